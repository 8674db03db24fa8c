//! Access tokens: `sign HEADER CLAIMS` in two lines is signed with the server's own key, anything else is
//! taken as it is. What is accepted says what it must.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use houseful::accounts::Accounts;
use houseful::clock::{Clock, SystemClock};
use houseful::config::AccountLimits;
use houseful::db::sqlite::{Options, Sqlite, exit_on_fatal};
use houseful::drain::Tasks;
use houseful::store::Store;
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::{Arc, LazyLock};
use tokio::runtime::Builder;

struct Server {
    accounts: Accounts,
    kid: String,
    key: EncodingKey,
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("houseful-fuzz-{}", std::process::id()));
    let options = Options { folder, fatal: exit_on_fatal };
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(&options).expect("a database"));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let limits = AccountLimits::default();
    // Nothing here asks it for anything.
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let tasks = Tasks::new(runtime.handle().clone());
    let accounts = Accounts::open(store.clone(), clock, &limits, tasks).expect("accounts");
    let row = store.signing_keys().expect("keys").remove(0);
    // Both the files and what is open of them go with the process.
    let _ = std::fs::remove_dir_all(&options.folder);
    Server { accounts, kid: row.kid, key: EncodingKey::from_secret(&row.secret) }
});

fuzz_target!(|text: &str| {
    let signed = text.strip_prefix("sign ").and_then(|rest| rest.split_once('\n'));
    let Some((header, claims)) = signed else {
        assert!(SERVER.accounts.verify(text).is_err(), "nobody but us can sign");
        return;
    };
    let now = SystemClock::new().wall().ms() / 1_000;
    let header = header.replace("KID", &SERVER.kid);
    let claims = claims.replace("NOW", &now.to_string()).replace("SOON", &(now + 300).to_string());
    let message = format!("{}.{}", BASE64.encode(&header), BASE64.encode(&claims));
    let signature = sign(message.as_bytes(), &SERVER.key, Algorithm::HS256).expect("a signature");
    let Ok(identity) = SERVER.accounts.verify(&format!("{message}.{signature}")) else { return };
    let claims: Value = serde_json::from_str(&claims).expect("accepted claims are JSON");
    let header: Value = serde_json::from_str(&header).expect("an accepted header is JSON");
    assert_eq!((&header["alg"], &header["typ"]), (&"HS256".into(), &"at+jwt".into()));
    assert_eq!((&claims["iss"], &claims["aud"]), (&"houseful".into(), &"houseful".into()));
    assert_eq!(claims["sub"], identity.account.0.to_string());
    assert!(claims["exp"].as_u64().expect("an integer") + 31 > now.unsigned_abs());
    assert!(claims["nbf"].as_u64().expect("an integer") < now.unsigned_abs() + 32);
});
