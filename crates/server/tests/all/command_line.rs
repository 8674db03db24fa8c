//! The commands that read a data folder beside the server that runs on it, as the real program.

use crate::house::{House, becomes};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

fn command(house: &House, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_houseful"));
    command.args(arguments).arg("--data").arg(house.folder());
    command
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test]
async fn rooms_and_what_happens_in_them_are_shown_beside_the_server() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let ann = house.person("Ann").await;
    let room = house.event(&owner).await;
    let hold = json!({ "seats": [0, 1] });
    house.command(&ann, &room, "hold", &hold).send().await.expect(200);

    let rooms = printed(&command(&house, &["rooms"]).output().unwrap());
    let line = rooms.lines().find(|line| line.starts_with(&room)).unwrap();
    assert_eq!(line.split_whitespace().nth(1), Some("seats"), "{rooms}");

    let told = command(&house, &["tail", &room, "--no-follow", "-n", "1"]).output().unwrap();
    let told = printed(&told);
    assert!(told.contains(&format!("Ann ({})", ann.id)), "{told}");
    assert!(told.contains("hold") && told.contains("seats: 0=1 1=1"), "{told}");
    assert!(told.contains(&format!("to member:{}", ann.id)), "{told}");

    let json = command(&house, &["tail", &room, "--no-follow", "--json", "-n", "100"]);
    let json = printed(&{ json }.output().unwrap());
    let entries: Vec<Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries[0]["seq"], 1);
    assert_eq!(entries.last().unwrap()["by"], ann.id);

    let none = command(&house, &["tail", "events/99/seats"]).output().unwrap();
    assert!(!none.status.success());
    let why = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(why.contains("there is no room \"events/99/seats\""), "{why}");
    house.close().await;
}

#[tokio::test]
async fn tail_goes_on_with_what_comes() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let room = house.event(&owner).await;
    let mut child =
        command(&house, &["tail", &room, "-n", "1"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let (out, heard) = (BufReader::new(child.stdout.take().unwrap()), lines.clone());
    let reading = std::thread::spawn(move || {
        out.lines().map_while(Result::ok).for_each(|line| heard.lock().unwrap().push(line));
    });
    let shows = |text: &str| lines.lock().unwrap().iter().any(|line| line.contains(text));
    becomes("the last entry is shown", || shows("publish")).await;
    let block = json!({ "seats": [3] });
    house.command(&owner, &room, "block", &block).send().await.expect(200);
    becomes("the entry is shown", || shows("seats: 3=3")).await;
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap();
    house.close().await;
}

#[test]
fn a_folder_without_a_database_is_named() {
    let folder = crate::temp::TempFolder::new();
    let output = Command::new(env!("CARGO_BIN_EXE_houseful"))
        .args(["rooms", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && why.contains("houseful.db"), "{why}");
}
