//! The HTTP interface as far as fault runs and measurements need it: people, plans, events.

use super::live::{address, connect};
use super::process::Server;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Whom `serve --demo` makes, and with which password.
const ORGANISER: &str = "organiser@demo.example";
const PASSWORD: &str = "curtain-up-demo";
/// People who sign up at once: fewer than may wait for a password to be hashed.
const SIGN_UPS_AT_ONCE: usize = 20;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub account: u64,
    /// The access token.
    pub token: String,
    /// The address that they come from.
    pub from: Ipv4Addr,
}

/// An event to sell.
#[derive(Clone, Debug)]
pub struct Event {
    /// The path of its room.
    pub room: String,
    /// Its seats.
    pub seats: u64,
}

/// Sends one request and reads its answer.
async fn request(
    server: SocketAddr,
    from: Ipv4Addr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> Result<Value> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let head = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n{}\r\n",
        body.len(),
        bearer.unwrap_or_default()
    );
    let mut stream = connect(server, from).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8(answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a head")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if !status.starts_with('2') {
        bail!("{method} {path} was answered {status}: {body}");
    }
    Ok(if body.is_empty() { Value::Null } else { serde_json::from_str(body)? })
}

/// What the server has counted under a name; 0 if it has not counted that yet.
pub async fn counted(server: &Server, name: &str) -> Result<u64> {
    let metrics = metrics(server).await?;
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(value.map_or(Ok(0), |value| value.trim().parse())?)
}

/// The sum of all that has this name, whatever its labels.
pub async fn gauged(server: &Server, name: &str) -> Result<u64> {
    let metrics = metrics(server).await?;
    let values = metrics.lines().filter_map(|line| line.strip_prefix(name)?.split_once(' '));
    let values: Vec<f64> =
        values.map(|(_, value)| value.trim().parse()).collect::<Result<_, _>>()?;
    anyhow::ensure!(!values.is_empty(), "nothing is measured under {name}");
    Ok(values.iter().sum::<f64>() as u64)
}

async fn metrics(server: &Server) -> Result<String> {
    let operator = server.operator().await?;
    let head = format!("GET /metrics HTTP/1.1\r\nHost: {operator}\r\nConnection: close\r\n\r\n");
    let mut stream = connect(operator, Ipv4Addr::LOCALHOST).await?;
    stream.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if !answer.starts_with("HTTP/1.1 200") || !answer.contains("\nhouseful_") {
        bail!("/metrics was answered {answer:.80}");
    }
    Ok(answer)
}

/// The list of events, as a page asks for it.
pub async fn events(server: SocketAddr, from: Ipv4Addr) -> Result<Value> {
    request(server, from, "GET", "/events?limit=100", None, &Value::Null).await
}

fn person(session: &Value, from: Ipv4Addr) -> Result<Person> {
    Ok(Person {
        account: session["account"]["id"].as_u64().context("an account's number")?,
        token: session["accessToken"].as_str().context("an access token")?.to_owned(),
        from,
    })
}

/// The demo's organiser.
pub async fn organiser(server: SocketAddr, from: Ipv4Addr) -> Result<Person> {
    sign_in(server, from, ORGANISER).await
}

/// Signs somebody in who has the password of all.
pub async fn sign_in(server: SocketAddr, from: Ipv4Addr, email: &str) -> Result<Person> {
    let body = json!({ "email": email, "password": PASSWORD });
    person(&request(server, from, "POST", "/auth/sign-in", None, &body).await?, from)
}

/// Makes an account for a buyer.
pub async fn sign_up(server: SocketAddr, from: Ipv4Addr, email: &str) -> Result<Person> {
    let body = json!({ "email": email, "name": "A Buyer", "password": PASSWORD });
    person(&request(server, from, "POST", "/auth/sign-up", None, &body).await?, from)
}

/// Has a room do something; answers what it says.
pub async fn command(
    server: SocketAddr,
    by: &Person,
    room: &str,
    name: &str,
    body: &Value,
) -> Result<Value> {
    let path = format!("/rooms/{}/commands/{name}", room.replace('/', "%2F"));
    let body = json!({ "body": body });
    request(server, by.from, "POST", &path, Some(&by.token), &body).await
}

/// What somebody's inbox has.
pub async fn inbox(server: SocketAddr, by: &Person) -> Result<Value> {
    request(server, by.from, "GET", "/me/notifications", Some(&by.token), &Value::Null).await
}

/// Sets one's notifications as they are by default, which has the server look at what is due.
pub async fn set_notifications(server: SocketAddr, by: &Person) -> Result<()> {
    let path = "/me/notification-settings";
    request(server, by.from, "PUT", path, Some(&by.token), &json!({})).await.map(drop)
}

/// Makes a room that everyone may come to, and that keeps who came and left; answers its path.
pub async fn make_room(server: SocketAddr, by: &Person, app: &str, title: &str) -> Result<String> {
    let new = json!({ "app": app, "title": title, "keepsComings": true });
    let made = request(server, by.from, "POST", "/rooms", Some(&by.token), &new).await?;
    Ok(made["path"].as_str().context("the new room's path")?.to_owned())
}

/// Makes so many accounts, each with an address of its own, some at once.
pub async fn sign_up_many(server: SocketAddr, count: usize) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    while people.len() < count {
        let first = people.len();
        let last = count.min(first + SIGN_UPS_AT_ONCE);
        let signing_up = (first..last).map(|nth| {
            let email = format!("person{nth}@load.example");
            tokio::task::spawn_local(async move { sign_up(server, address(nth + 1), &email).await })
        });
        for person in signing_up.collect::<Vec<_>>() {
            people.push(person.await??);
        }
    }
    Ok(people)
}

/// How many events a stranger is shown.
pub async fn titles(server: SocketAddr) -> Result<usize> {
    let stranger = address(0);
    let list = request(server, stranger, "GET", "/events?limit=100", None, &Value::Null).await?;
    Ok(list["items"].as_array().context("a list of events")?.len())
}

/// Makes and publishes an event in the demo's largest hall, with so many places for each person.
pub async fn make_event(server: SocketAddr, by: &Person, limit: u32) -> Result<Event> {
    make_event_at(server, by, limit, "A sale under load", "2099-01-31T19:30:00Z").await
}

/// A zone where it is midday at this moment (RFC 3339, UTC): nobody is reminded at night.
fn midday_zone(moment: &str) -> Result<String> {
    let hour: i64 = moment.get(11..13).context("a moment without an hour")?.parse()?;
    // These names count westwards.
    Ok(format!("Etc/GMT{:+}", hour - 12))
}

/// The same, with its title and its start.
pub async fn make_event_at(
    server: SocketAddr,
    by: &Person,
    limit: u32,
    title: &str,
    starts_at: &str,
) -> Result<Event> {
    let token = Some(by.token.as_str());
    let list = request(server, by.from, "GET", "/events?limit=100", token, &Value::Null).await?;
    let events = list["items"].as_array().context("a list of events")?;
    let largest = events.iter().max_by_key(|event| event["capacity"].as_u64());
    let id = largest.context("the demo has no event")?["id"].as_u64().unwrap_or_default();
    let path = format!("/events/{id}");
    let model = request(server, by.from, "GET", &path, token, &Value::Null).await?;
    let new = json!({
        "title": title,
        "description": "An evening of the usual length, with an interval. ".repeat(8),
        "startsAt": starts_at,
        "timeZone": midday_zone(starts_at)?,
        "place": "The usual hall",
        "currency": "EUR",
        "planId": model["planId"],
        "prices": model["prices"],
        "limitPerPerson": limit,
    });
    let made = request(server, by.from, "POST", "/events", token, &new).await?;
    let id = made["id"].as_u64().context("the new event's number")?;
    request(server, by.from, "POST", &format!("/events/{id}/publish"), token, &json!({})).await?;
    let seats = made["capacity"].as_u64().context("the hall's size")?;
    Ok(Event { room: format!("events/{id}/seats"), seats })
}
