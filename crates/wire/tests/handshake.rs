//! Which upgrades are accepted, and how the others are turned away.

use houseful_wire::ws::{HandshakeError, Upgrade, accept_key, validate_upgrade};

const GOOD: Upgrade<'static> = Upgrade {
    method: "GET",
    connection: Some("keep-alive, Upgrade"),
    upgrade: Some("WebSocket"),
    version: Some("13"),
    key: Some("dGhlIHNhbXBsZSBub25jZQ=="),
    protocol: Some("other, houseful.v1"),
};

fn refused(request: Upgrade<'_>) -> HandshakeError {
    validate_upgrade(&request, Some("houseful.v1")).expect_err("refused")
}

#[test]
fn the_answer_is_that_of_the_rfc() {
    assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    let accepted = validate_upgrade(&GOOD, Some("houseful.v1"));
    assert_eq!(accepted.as_deref(), Ok("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

#[test]
fn each_header_is_needed() {
    use HandshakeError::{Key, NotAnUpgrade, SubProtocol, Version};
    assert_eq!(refused(Upgrade { method: "POST", ..GOOD }), NotAnUpgrade);
    assert_eq!(refused(Upgrade { connection: Some("close"), ..GOOD }), NotAnUpgrade);
    assert_eq!(refused(Upgrade { upgrade: None, ..GOOD }), NotAnUpgrade);
    assert_eq!(refused(Upgrade { version: Some("8"), ..GOOD }), Version);
    assert_eq!(refused(Upgrade { key: None, ..GOOD }), Key);
    assert_eq!(refused(Upgrade { key: Some("c2hvcnQ="), ..GOOD }), Key);
    assert_eq!(refused(Upgrade { protocol: None, ..GOOD }), SubProtocol);
    assert_eq!(refused(Upgrade { protocol: Some("houseful.v10"), ..GOOD }), SubProtocol);
}

#[test]
fn where_no_sub_protocol_is_spoken_none_is_needed() {
    for protocol in [None, Some("other")] {
        assert!(validate_upgrade(&Upgrade { protocol, ..GOOD }, None).is_ok());
    }
    let error = validate_upgrade(&Upgrade { key: None, ..GOOD }, None);
    assert_eq!(error, Err(HandshakeError::Key));
}
