//! The real program at the command line: what it says, where, and how it ends.

use crate::temp::TempFolder;
use houseful::config::Config;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a run of the program ended.
struct Ended {
    status: Option<i32>,
    out: String,
    errors: String,
}

/// Runs a command of the program on a folder with this configuration.
fn run(what: &str, toml: &str) -> (Ended, TempFolder) {
    let folder = TempFolder::new();
    fs::write(folder.path().join("houseful.toml"), toml).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_houseful"));
    let output = program.arg(what).arg("--data").arg(folder.path()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, errors) = (text(output.stdout), text(output.stderr));
    (Ended { status: output.status.code(), out, errors }, folder)
}

fn names(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn check_prints_every_setting_as_it_is_in_force() {
    let toml = "public_url = \"https://a.example\"\n[live]\nrequests_per_minute = 77\n";
    let (ended, folder) = run("check", toml);
    assert_eq!((ended.status, ended.errors.as_str()), (Some(0), ""));
    assert!(ended.out.contains("houseful.toml: read\n"), "{}", ended.out);
    // What is printed is a configuration itself.
    let printed: Config = toml::from_str(&ended.out).unwrap();
    assert_eq!(printed.public_url.as_deref(), Some("https://a.example"));
    assert_eq!(printed.live.requests_per_minute, 77);
    assert_eq!(printed.http, Config::default().http);
    assert_eq!(names(folder.path()), [folder.path().join("houseful.toml")], "it changes nothing");
}

#[test]
fn check_names_what_is_wrong_and_fails() {
    for (toml, names) in [
        ("shards = 1000\npublic_url = \"a.example\"", &["shards: ", "public_url: "][..]),
        ("lisen = \"127.0.0.1:1\"", &["lisen: there is no such setting"]),
        ("listen = ", &["houseful.toml"]),
        (
            "[tls]\nlisten = \"127.0.0.1:0\"\ncertificate = \"/nowhere.pem\"\nkey = \"/no.pem\"",
            &["/nowhere.pem cannot be read"],
        ),
    ] {
        let (ended, _folder) = run("check", toml);
        assert_eq!((ended.status, ended.out.contains("fine")), (Some(1), false), "{toml}");
        for name in names {
            assert!(ended.errors.contains(name), "{toml}: {}", ended.errors);
        }
    }
}

#[test]
fn a_port_that_is_taken_is_named_before_the_folder_is_touched() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    for (toml, setting) in [
        (format!("listen = \"127.0.0.1:0\"\n[operator]\nlisten = \"{at}\""), "operator.listen"),
        (format!("listen = \"{at}\"\n[operator]\nlisten = \"127.0.0.1:0\""), "listen"),
    ] {
        let (ended, folder) = run("serve", &toml);
        assert_eq!((ended.status, ended.out.as_str()), (Some(1), ""));
        assert!(ended.errors.contains(&format!("cannot listen on {at}")), "{}", ended.errors);
        assert!(ended.errors.contains(&format!("({setting})")), "{}", ended.errors);
        assert_eq!(names(folder.path()), [folder.path().join("houseful.toml")]);
    }
}
