//! What an operator can set, and what is said of a mistake.

use crate::temp::TempFolder;
use houseful::config::{AccountLimits, Config, DialectAt, Overrides};
use std::net::SocketAddr;
use std::path::PathBuf;

fn load(toml: &str) -> Result<Config, String> {
    let folder = TempFolder::new();
    std::fs::write(folder.path().join("houseful.toml"), toml).unwrap();
    let data = Some(folder.path().to_owned());
    Config::load(&Overrides { data, ..Overrides::default() }).map_err(|error| error.to_string())
}

fn at(all: &[&str]) -> Vec<SocketAddr> {
    all.iter().map(|one| one.parse().unwrap()).collect()
}

#[test]
fn without_a_file_the_defaults_hold() {
    let folder = TempFolder::new();
    let data = Some(folder.path().to_owned());
    let config = Config::load(&Overrides { data, ..Overrides::default() }).unwrap();
    assert_eq!(config, Config { data: folder.path().to_owned(), ..Config::default() });
    assert_eq!(config.listen, at(&["127.0.0.1:8787"]));
}

#[test]
fn the_file_of_the_data_folder_is_read_and_the_command_line_wins() {
    let toml = "listen = \"0.0.0.0:80\"\n[accounts]\nsign_up_per_hour_address = 50\n";
    let config = load(toml).unwrap();
    assert_eq!(config.listen, at(&["0.0.0.0:80"]));
    let changed = AccountLimits { sign_up_per_hour_address: 50, ..AccountLimits::default() };
    assert_eq!(config.accounts, changed);

    let folder = TempFolder::new();
    std::fs::write(folder.path().join("other.toml"), toml).unwrap();
    let overrides = Overrides {
        data: Some(PathBuf::from("elsewhere")),
        listen: at(&["127.0.0.1:9", "[::1]:9"]),
        file: Some(folder.path().join("other.toml")),
        ..Overrides::default()
    };
    let config = Config::load(&overrides).unwrap();
    assert_eq!(config.listen, at(&["127.0.0.1:9", "[::1]:9"]));
    assert_eq!(config.data, PathBuf::from("elsewhere"));
    assert_eq!(config.accounts, changed);
}

#[test]
fn a_misspelt_key_is_named() {
    assert!(load("lisen = 1").unwrap_err().contains("lisen"));
    let nested = load("[accounts]\nsign_ups = 3").unwrap_err();
    assert!(nested.contains("sign_ups"), "{nested}");
    assert!(nested.contains("accounts.sign_ups: there is no such setting"), "{nested}");
    assert!(load("listen = \"here\"").unwrap_err().contains("listen"));
}

#[test]
fn one_listens_at_one_address_or_at_several() {
    let several = load("listen = [\"127.0.0.1:80\", \"[::1]:80\"]").unwrap();
    assert_eq!(several.listen, at(&["127.0.0.1:80", "[::1]:80"]));
    let none = load("listen = []").unwrap_err();
    assert!(none.contains("listen: at least one address is needed"), "{none}");
    let bad = load("listen = [\"127.0.0.1:80\", \"localhost\"]").unwrap_err();
    assert!(bad.contains("listen") && bad.contains("`localhost` is no address"), "{bad}");
    assert!(load("listen = 80").unwrap_err().contains("or a list of them"));
}

#[test]
fn dialects_are_off_unless_they_are_named() {
    let listeners = |config: &Config| -> Vec<String> {
        let all = config.dialects.listeners().into_iter();
        all.map(|DialectAt { dialect, at }| format!("{dialect}={at}")).collect()
    };
    assert!(listeners(&Config::default()).is_empty());
    let config = load("[dialects.lobby]\n[dialects.events]\nlisten = \"[::1]:80\"").unwrap();
    let named = ["events=[::1]:80", "events-live=[::1]:81", "lobby=127.0.0.1:8089"];
    assert_eq!(listeners(&config), named);
    assert!(!config.dialects.lobby.as_ref().unwrap().guests);
    let demo = listeners(&Config::default().for_demo());
    let ports = "seats=127.0.0.1:3001 events=127.0.0.1:8080 events-live=127.0.0.1:8081 \
        booking=127.0.0.1:3000 chat=127.0.0.1:34000 lobby=127.0.0.1:8089";
    assert_eq!(demo.join(" "), ports);
    let said = ["seats=127.0.0.1:9", "events-live=[::1]:7"];
    let said = said.map(|text| text.parse().unwrap()).to_vec();
    let config = Config::load(&Overrides { dialects: said, ..Overrides::default() }).unwrap();
    let named = ["seats=127.0.0.1:9", "events=127.0.0.1:8080", "events-live=[::1]:7"];
    assert_eq!(listeners(&config), named);
}

#[test]
fn a_dialects_problems_are_named() {
    let wrong = |text: &str| text.parse::<DialectAt>().unwrap_err();
    assert!(wrong("seats").contains("NAME=ADDR"));
    assert!(wrong("seat=127.0.0.1:1").contains("seats, events, events-live, booking, chat, lobby"));
    assert!(wrong("seats=3001").contains("`3001` is no address"));
    let problems = load(
        "[dialects.events]\nrequests_per_second = 0\n[dialects.booking]\norigins = [\"*\"]\n\
         [dialects.chat]\nrooms = [\"events/1/chat\"]\n[dialects.lobby]\nnames = [\" \"]\nrooms = [\"\"]",
    );
    let problems = problems.unwrap_err();
    let lobby = ["lobby.names", "lobby.rooms"];
    for key in ["events.requests_per_second", "booking.origins", "chat.rooms"].iter().chain(&lobby)
    {
        assert!(problems.contains(&format!("dialects.{key}: ")), "{problems}");
    }
    assert!(load("[dialects.seats]\nports = 1").unwrap_err().contains("dialects.seats.ports"));
}

#[test]
fn every_problem_is_listed() {
    let problems = load(
        "public_url = \"https://a.example/path\"\nallowed_origins = [\"a.example\", \"*\"]\n\
         [accounts]\nsign_in_per_minute_account = 0",
    )
    .unwrap_err();
    assert_eq!(problems.lines().count(), 5, "{problems}");
    assert!(problems.contains("sign_in_per_minute_account"));
    let holds = |per_hour: u32| load(&format!("[seats]\nholds_per_hour = {per_hour}"));
    assert!(holds(0).unwrap_err().contains("seats.holds_per_hour: must be 1 to 1000000"));
    assert_eq!(holds(1_000_000).unwrap().seats.holds_per_hour, 1_000_000);
    assert!(holds(1_000_001).is_err());
    let missing = Overrides { file: Some(PathBuf::from("/nowhere.toml")), ..Overrides::default() };
    assert!(Config::load(&missing).unwrap_err().to_string().contains("/nowhere.toml"));
}

#[test]
#[ignore = "the child of the test below"]
fn child_reads_its_environment() {
    let config = Config::load(&Overrides::default()).unwrap();
    assert_eq!(config.listen, at(&["127.0.0.1:99"]));
    assert_eq!(config.accounts.sign_up_per_hour_address, 77);
    assert_eq!(config.allowed_origins, ["https://a.example", "https://b.example"]);
}

#[test]
fn the_environment_is_read_and_a_misspelt_variable_is_an_error() {
    let child = |more: Option<(&str, &str)>| {
        let folder = TempFolder::new();
        let done = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "config::child_reads_its_environment", "--ignored", "--nocapture"])
            .env("HOUSEFUL_DATA", folder.path())
            .env("HOUSEFUL_LISTEN", "127.0.0.1:99")
            .env("HOUSEFUL_ACCOUNTS__SIGN_UP_PER_HOUR_ADDRESS", "77")
            .env("HOUSEFUL_ALLOWED_ORIGINS", "[\"https://a.example\", \"https://b.example\"]")
            .env("HOUSEFUL_WEB_DIST", "/somewhere")
            .envs(more)
            .output()
            .unwrap();
        (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let (is_good, said) = child(None);
    assert!(is_good, "{said}");
    let (is_good, said) = child(Some(("HOUSEFUL_LISTENS", "x")));
    assert!(!is_good && said.contains("listens"), "{said}");
}
