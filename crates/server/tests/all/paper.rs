//! What people get on paper and in mails: tickets that scan, tables that run nothing, words for those who book. PDFs
//! and codes are read by programs that are none of ours: poppler's and zbar's.

use crate::house::{Answer, House, Person, becomes, counted, room};
use crate::mail::{MailServer, by};
use crate::temp::TempFolder;
use houseful::limits;
use houseful::notify::Kind;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const LONG_TITLE: &str = "Ein Abend mit Liedern 🎭 und سهرة غنائية\nund Ελληνικά, Кириллица, 日本語 und noch sehr vielen \
    Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsfeierlichkeiten danach";

async fn event(house: &House, owner: &Person, more: Value) -> u64 {
    let mut event = json!({
        "title": "Songs", "startsAt": "2099-01-31T19:30:00Z", "timeZone": "Europe/Berlin",
        "place": "Town hall", "currency": "EUR", "capacity": 20, "prices": { "general": 1_250 },
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = house.post("/api/v1/events").by(owner).json(&event).send().await;
    let id = made.expect(201).json()["id"].as_u64().unwrap();
    house.post(&format!("/api/v1/events/{id}/publish")).by(owner).send().await.expect(200);
    id
}

async fn done(house: &House, who: &Person, event: u64, name: &str, body: Value) -> Value {
    house.command(who, &room(event), name, &body).send().await.expect(200).json()["body"].clone()
}

async fn book(house: &House, who: &Person, event: u64, places: u32) -> Value {
    done(house, who, event, "hold", json!({ "areas": [[0, places]] })).await;
    done(house, who, event, "book", json!({ "payment": "door" })).await
}

/// What a program says of a file.
fn told(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|_| panic!("{program}: `cargo xtask test` installs it"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn kept(folder: &TempFolder, name: &str, bytes: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The text of a PDF, and what its codes say, page by page.
fn read(folder: &TempFolder, pdf: &[u8]) -> (String, Vec<String>) {
    let file = kept(folder, "tickets.pdf", pdf);
    let pages = folder.path().join("page").to_str().unwrap().to_owned();
    told("pdftoppm", &["-r", "100", "-gray", &file, &pages]);
    let mut drawn: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .filter(|path| path.ends_with(".pgm"))
        .collect();
    drawn.sort();
    let scan = |page: &String| told("zbarimg", &["--quiet", "--raw", page]).trim().to_owned();
    (told("pdftotext", &["-layout", &file, "-"]), drawn.iter().map(scan).collect())
}

#[tokio::test]
async fn tickets_on_paper_say_what_they_are_for_and_scan() {
    let house = House::open().await;
    let (owner, ann, ben) =
        (house.organiser("Olga").await, house.person("Ann").await, house.person("Ben").await);
    let title = LONG_TITLE.replace('\n', " ");
    let id = event(&house, &owner, json!({ "title": title })).await;
    let booked = book(&house, &ann, id, 3).await;
    let path = format!("/api/v1/orders/{}/tickets", booked["order"].as_str().unwrap());
    let tickets = house.get(&path).by(&ann).send().await.expect(200).json();
    let paper = |who| house.get(&format!("{path}.pdf?language=en")).by(who);
    let pdf = paper(&ann).send().await.expect(200);
    assert_eq!(pdf.header("content-type"), "application/pdf");
    assert_eq!(pdf.header("cache-control"), "private, no-store");
    let folder = TempFolder::new();
    let (text, codes) = read(&folder, &pdf.body);
    let code = booked["code"].as_str().unwrap();
    for part in [
        "Ein Abend",
        "Ελληνικά",
        "Saturday, 31 January 2099, 20:30 (Europe/Berlin)",
        "Town hall",
        "General admission",
        "Ann",
        code,
        "Ticket 1 of 3",
        "Ticket 3 of 3",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let signed = tickets["items"].as_array().unwrap().iter();
    let signed: Vec<&str> = signed.map(|item| item["token"].as_str().unwrap()).collect();
    assert_eq!(codes, signed);
    let about = told("pdfinfo", &[folder.path().join("tickets.pdf").to_str().unwrap()]);
    for part in ["Tickets: Ein Abend", "Tagged:          yes", "Pages:           3"] {
        assert!(about.contains(part), "{part}: {about}");
    }
    // At the desk of its event anybody's; elsewhere it is not there.
    paper(&owner).send().await.expect(200);
    done(&house, &owner, id, "team", json!({ "account": ben.id, "role": "check_in" })).await;
    paper(&ben).send().await.problem(404, "no_such_order");
    house.get(&path).by(&ben).send().await.problem(404, "no_such_order");
    done(&house, &owner, id, "team", json!({ "account": ben.id, "role": "box_office" })).await;
    paper(&ben).send().await.expect(200);
    done(&house, &ann, id, "cancel", json!({ "order": booked["order"] })).await;
    paper(&ann).send().await.problem(409, "already_cancelled");
    house.close().await;
}

/// A table's file, as rows.
async fn table(house: &House, who: &Person, event: u64, kind: &str) -> Answer {
    house.get(&format!("/api/v1/events/{event}/bookings.{kind}?language=en")).by(who).send().await
}

fn rows_of(folder: &TempFolder, xlsx: &[u8]) -> Vec<Value> {
    let file = kept(folder, "bookings.xlsx", xlsx);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/xlsx.py");
    serde_json::from_str(&told("/usr/bin/python3", &[script, &file])).unwrap()
}

#[tokio::test]
async fn what_somebody_typed_is_never_a_formula() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let eve = json!({
        "email": "eve@house.example", "password": "a long and quiet evening",
        "name": "=HYPERLINK(\"https://x.example\",\"Ann\")",
    });
    let eve = house.post("/api/v1/auth/sign-up").json(&eve).send().await;
    let eve = Person::from(eve.expect(201));
    let id = event(&house, &owner, json!({})).await;
    let code = book(&house, &eve, id, 2).await["code"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/events/{id}/bookings.csv");
    let small = house.get(&path).by(&owner).header("accept-encoding", "gzip").send().await;
    assert_eq!(small.expect(200).header("content-encoding"), "gzip", "and it has an end");
    let csv = table(&house, &owner, id, "csv").await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = csv.text();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let head = "Code,Name,Email,Seats,Places,Total (EUR),Booked (Europe/Berlin),Status";
    assert_eq!(lines.next(), Some(head));
    let line = lines.next().unwrap();
    let name = "\"'=HYPERLINK(\"\"https://x.example\"\",\"\"Ann\"\")\"";
    assert!(line.starts_with(&format!("{code},{name},{},", eve.email)), "{line}");
    assert!(line.contains("2 × General admission,2,25.00,"), "{line}");
    let xlsx = table(&house, &owner, id, "xlsx").await.expect(200);
    let rows = rows_of(&TempFolder::new(), &xlsx.body);
    assert_eq!(rows[0][5], "Total (EUR)");
    assert_eq!(rows[1][1], "=HYPERLINK(\"https://x.example\",\"Ann\")", "a string as it is");
    assert_eq!((&rows[1][4], &rows[1][5]), (&json!(2.0), &json!(25.0)));
    // By the clock of the event: days since 1900, one or two hours ahead of the server's.
    let day = rows[1][6].as_f64().unwrap();
    let utc = 25_569.0 + house.now_s() as f64 / 86_400.0;
    assert!((day - utc) * 24.0 > 0.9 && (day - utc) * 24.0 < 2.1, "{day} {utc}");
    for kind in ["csv", "xlsx"] {
        table(&house, &eve, id, kind).await.problem(403, "not_allowed");
        table(&house, &owner, 999, kind).await.problem(404, "no_such_event");
    }
    house.close().await;
}

/// So many bookings more, as the room would have derived them.
fn more_bookings(data: &Path, event: u64, account: u64, count: usize) {
    let db = Connection::open(data.join("houseful.db")).unwrap();
    db.execute(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?3)
         INSERT INTO orders (account_id, id, code, event_id, total, currency, payment, status, at)
         SELECT ?2, printf('0199b6a0-0000-7000-8000-%012d', n), printf('BK-%d', n), ?1, 1250, 'EUR',
                'door', 'booked', 1700000000000 + n FROM n",
        params![event as i64, account as i64, count as i64],
    )
    .unwrap();
}

#[tokio::test]
async fn a_table_of_all_bookings_is_read_in_pieces_and_the_other_has_an_end() {
    let mut house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let id = event(&house, &owner, json!({})).await;
    house.stop().await;
    more_bookings(house.folder(), id, ann.id, limits::XLSX_ORDERS_MAX);
    house.begin().await;
    let owner = house.sign_in(&owner.email).await;
    let rows =
        rows_of(&TempFolder::new(), &table(&house, &owner, id, "xlsx").await.expect(200).body);
    assert_eq!(rows.len(), limits::XLSX_ORDERS_MAX + 1);
    let ann = house.sign_in(&ann.email).await;
    book(&house, &ann, id, 1).await;
    table(&house, &owner, id, "xlsx").await.problem(409, "too_many_bookings");
    let csv = table(&house, &owner, id, "csv").await.expect(200).text();
    assert_eq!(csv.lines().count(), limits::XLSX_ORDERS_MAX + 2);
    let codes: std::collections::BTreeSet<&str> =
        csv.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(codes.len(), limits::XLSX_ORDERS_MAX + 1, "each of them once");
    house.stop().await;
    let db = Connection::open(house.folder().join("houseful.db")).unwrap();
    db.execute("DELETE FROM orders WHERE at < 1700000100000", []).unwrap();
    drop(db);
    house.begin().await;
    house.close().await;
}

#[tokio::test]
async fn r121_who_books_reads_the_organisers_own_words_and_nobody_else_does() {
    let mut mails = MailServer::start().await;
    let house = House::open_with(by(mails.port)).await;
    let (owner, ann, ben) =
        (house.organiser("Olga").await, house.person("Ann").await, house.person("Ben").await);
    let words = "We meet at **https://meet.example/abc**.\n\n<script>alert(1)</script>";
    let id = event(&house, &owner, json!({ "bookingMail": { "words": words } })).await;
    let path = format!("/api/v1/events/{id}");
    let shown = house.get(&path).by(&ann).send().await.expect(200).json();
    assert_eq!(shown.get("bookingMail"), None, "{shown}");
    let own = house.get(&path).by(&owner).send().await.expect(200).json();
    assert_eq!(own["bookingMail"]["words"], words);
    let mut live = house.live(&ann).await;
    let joined = live.join(&room(id)).await;
    assert!(!joined.to_string().contains("meet.example"), "{joined}");

    let booked = book(&house, &ann, id, 2).await;
    let mail = mails.next().await;
    let (text, html) = (&mail["parts"]["text/plain"], &mail["parts"]["text/html"]);
    let plain = text.as_str().unwrap().replace("\r\n", "\n");
    assert!(plain.contains(words), "{plain}");
    let html = html.as_str().unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
    let order = booked["order"].as_str().unwrap();
    for part in [text.as_str().unwrap(), html] {
        assert!(part.contains(&format!("https://house.example/bookings/{order}")), "{part}");
        assert!(part.contains(&format!("https://house.example/events/{id}")), "{part}");
    }
    assert!(mail["parts"]["text/calendar"].is_string(), "{mail}");
    let names = mail["files"].as_array().unwrap();
    let pdf = format!("tickets-{}.pdf", booked["code"].as_str().unwrap());
    assert!(names.contains(&json!(pdf)), "{names:?}");

    let less = json!({ "bookingMail": { "words": "", "tickets": false, "calendar": false, "plan": false } });
    house.patch(&path).by(&owner).header("if-match", "*").json(&less).send().await.expect(200);
    book(&house, &ben, id, 1).await;
    let mail = mails.next().await;
    let text = mail["parts"]["text/plain"].as_str().unwrap();
    assert!(!text.contains("meet.example") && !text.contains("/events/"), "{text}");
    assert_eq!((&mail["files"], mail["parts"].get("text/calendar")), (&json!([]), None));
    house.close().await;
}

#[tokio::test]
async fn a_mail_is_shown_before_it_is_kept() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let id = event(&house, &owner, json!({})).await;
    let ask = |who, mail: Value| {
        let path = format!("/api/v1/events/{id}/booking-mail/preview");
        house.post(&path).by(who).json(&json!({ "language": "de", "bookingMail": mail }))
    };
    let mail = json!({ "words": "Bis **bald** <b>!", "calendar": false });
    let shown = ask(&owner, mail.clone()).send().await.expect(200).json();
    assert_eq!(shown["subject"], "Ihre Buchung: Songs");
    assert!(shown["text"].as_str().unwrap().contains("Bis **bald** <b>!"), "{shown}");
    let html = shown["html"].as_str().unwrap();
    assert!(html.contains("Bis <strong>bald</strong> &lt;b&gt;!"), "{html}");
    assert_eq!(shown["attachments"], json!(["tickets-BK-EXAMPLE.pdf"]));
    ask(&ann, mail).send().await.problem(403, "not_allowed");
    let path = format!("/api/v1/events/{id}");
    let own = house.get(&path).by(&owner).send().await.expect(200).json();
    assert_eq!(own["bookingMail"]["words"], "", "nothing is kept");
    // Nobody's mails end by a link of it.
    let link = html.split("/api/v1/unsubscribe/").nth(1).unwrap().split('"').next().unwrap();
    house.get(&format!("/api/v1/unsubscribe/{link}")).send().await.problem(404, "not_found");

    let long = |chars: usize| json!({ "words": "ß".repeat(chars) });
    let change = |mail: Value| {
        let change = json!({ "bookingMail": mail });
        house.patch(&path).by(&owner).header("if-match", "*").json(&change)
    };
    for (chars, status) in [(4_000, 200), (4_001, 422)] {
        assert_eq!(ask(&owner, long(chars)).send().await.status, status);
        assert_eq!(change(long(chars)).send().await.status, status);
    }
    let wrong = change(long(4_001)).send().await.problem(422, "event_invalid");
    assert!(wrong["fields"]["bookingMail.words"].is_string(), "{wrong}");
    house.close().await;
}

#[tokio::test]
async fn who_waits_is_told_of_an_offer_once() {
    let mut mails = MailServer::start().await;
    let mut house = House::open_with(by(mails.port)).await;
    let (owner, ann, ben) =
        (house.organiser("Olga").await, house.person("Ann").await, house.person("Ben").await);
    let id = event(&house, &owner, json!({ "capacity": 2, "limitPerPerson": 2 })).await;
    let sent = counted("houseful_mails_sent");
    let order = book(&house, &ann, id, 2).await["order"].clone();
    mails.next().await;
    done(&house, &ben, id, "queue", json!({ "count": 1 })).await;
    done(&house, &ann, id, "cancel", json!({ "order": order })).await;
    let mail = mails.next().await;
    assert_eq!(mail["to"], json!([ben.email]));
    let text = mail["parts"]["text/plain"].as_str().unwrap();
    assert!(text.contains("Places: 1") && text.contains("Kept for you until: "), "{text}");
    // What looks at it anew after a restart knows that he was told, though the offer begins anew.
    house.restart().await;
    let ben = house.sign_in(&ben.email).await;
    house.poke(&ben, &room(id)).await;
    becomes("the mails are counted", || counted("houseful_mails_sent") >= sent + 2).await;
    let inbox = house.get("/api/v1/me/notifications").by(&ben).send().await.expect(200).json();
    let items = inbox["items"].as_array().unwrap();
    let kinds: Vec<&Value> = items.iter().map(|item| &item["kind"]).collect();
    assert_eq!(kinds, [Kind::Offer.as_str()]);
    assert_eq!(
        (&items[0]["about"]["event"], &items[0]["about"]["places"]),
        (&json!(id), &json!(1))
    );
    // He takes it, and books as anybody does.
    book(&house, &ben, id, 1).await;
    assert_eq!(mails.next().await["headers"]["subject"], "Your booking: Songs");
    house.close().await;
}
