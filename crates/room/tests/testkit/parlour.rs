//! A small application with a log, volatile values and a door, and what is promised of them.

use houseful_room::testkit::{Guest, Script};
use houseful_room::{
    AccountId, Admission, Audience, Caller, CommandId, LIVE_BYTES_MAX, LOG_ROWS_KEPT,
    LOG_ROWS_SHOWN, Limits, Log, Principal, Refusal, RoomApp, Rows, Tx, body, synced,
};
use serde::Deserialize;

synced! {
    pub struct Said {
        pub said: Log<String>,
        pub noted: Log<String>,
        pub banned: Rows<AccountId, bool>,
        pub hosts: Rows<AccountId, bool>,
    }
}

struct Parlour;

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    no: u64,
    #[serde(default)]
    text: String,
}

enum Do {
    Say(Row),
    Mend(Row),
    Ban(Row),
    Raise(Row),
    Fail,
}

impl RoomApp for Parlour {
    const NAME: &'static str = "parlour";
    const VERSION: u32 = 1;
    type State = Said;
    type Command = Do;
    const COMMANDS: &'static [(&'static str, houseful_room::Read<Do>)] = &[
        ("say", |text| body(text).map(Do::Say)),
        ("mend", |text| body(text).map(Do::Mend)),
        ("ban", |text| body(text).map(Do::Ban)),
        ("raise", |text| body(text).map(Do::Raise)),
        ("fail", |_| Ok(Do::Fail)),
    ];

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Parlour)
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn empty(&self) -> Said {
        let noted = Log::for_audience(Audience::role("host"));
        let (banned, hosts) = (Rows::default(), Rows::default());
        Said { said: Log::default(), noted, banned, hosts }
    }

    fn open(&self, _: &mut Tx<'_, Said>) -> Result<(), Refusal> {
        Ok(())
    }

    fn admit(&self, state: &Said, who: &Principal) -> Admission {
        match who.account {
            Some(id) if state.banned.get(&id).is_some() => Admission::Refuse("banned"),
            Some(id) if state.hosts.get(&id).is_some() => Admission::Enter("host"),
            _ => Admission::Enter("guest"),
        }
    }

    fn wants(&self, state: &Said, name: &str, text: &str) -> Option<(&'static str, u64)> {
        let row: Row = body(text).ok().filter(|_| name == "mend")?;
        state.said.get(row.no).is_none().then_some(("said", row.no))
    }

    fn command(&self, tx: &mut Tx<'_, Said>, _: &Caller, asked: Do) -> Result<String, Refusal> {
        match asked {
            Do::Say(Row { text, .. }) => {
                tx.state.noted.push(format!("{} bytes", text.len()));
                return Ok(tx.state.said.push(text).to_string());
            }
            Do::Mend(Row { no, text }) => {
                let before = tx.state.said.get(no).cloned().or_else(|| tx.attached());
                let before = before.ok_or_else(|| Refusal::new("no_such_row", "There is none."))?;
                tx.state.said.amend(no, format!("{before}, that is {text}"));
            }
            Do::Ban(Row { no, .. }) => {
                tx.state.banned.put(AccountId(no), Audience::Nobody, true);
                tx.expel(AccountId(no), "banned");
            }
            Do::Raise(Row { no, .. }) => {
                tx.state.hosts.put(AccountId(no), Audience::Nobody, true);
                tx.readmit(AccountId(no), "raised");
            }
            Do::Fail => {
                tx.expel(AccountId(1), "never");
                tx.state.said.push("never".to_owned());
                return Err(Refusal::new("failed", "It fails."));
            }
        }
        Ok("{}".to_owned())
    }

    fn live(&self, _: &Said, _: &Caller, shape: &str, value: &str) -> Result<String, Refusal> {
        match shape {
            "cursor" => Ok(value.to_owned()),
            _ => Err(Refusal::new("unknown_live", "Not shown here.")),
        }
    }

    fn timer(&self, _: &mut Tx<'_, Said>, _: &str) {}
}

fn say(script: &mut Script<Parlour>, guest: Guest, text: &str) {
    let body = serde_json::json!({ "text": text }).to_string();
    script.command(guest, "say", &body).expect("said");
}

fn said(script: &Script<Parlour>, guest: Guest) -> Vec<(u64, String)> {
    let rows = script.copy(guest).log("said");
    rows.map(|(no, value)| (no, value.as_str().unwrap_or_default().to_owned())).collect()
}

#[test]
fn r50_a_log_is_added_to_and_amended_and_a_newcomer_sees_its_end() {
    let mut script = Script::<Parlour>::open("{}");
    let ann = script.join(1);
    for nth in 1..=LOG_ROWS_SHOWN + 5 {
        say(&mut script, ann, &nth.to_string());
    }
    script.command(ann, "mend", r#"{"no":50,"text":"half"}"#).expect("it is in the tail");
    let ben = script.join(2);
    assert_eq!(said(&script, ben).len(), LOG_ROWS_SHOWN);
    assert_eq!(said(&script, ben)[44], (50, "50, that is half".to_owned()));
    assert_eq!(said(&script, ann), said(&script, ben), "a copy vouches for the same rows");
    // Who may not see a log gets nothing of it.
    assert_eq!(script.copy(ben).log("noted").count(), 0);
    script.crash();
    script.rejoin(ann);
    assert_eq!(said(&script, ann), said(&script, ben));
}

#[test]
fn a_row_before_the_tail_is_attached_to_who_amends_it() {
    let mut script = Script::<Parlour>::open("{}");
    let ann = script.join(1);
    for nth in 1..=LOG_ROWS_KEPT + 1 {
        say(&mut script, ann, &nth.to_string());
    }
    // What has just left the tail is forgotten with the process.
    script.crash();
    script.rejoin(ann);
    assert_eq!(script.command(ann, "mend", r#"{"no":0}"#).expect_err("none").code, "no_such_row");
    let ben = script.join(2);
    script.command(ann, "mend", r#"{"no":1,"text":"first"}"#).expect("it is attached");
    script.command(ann, "mend", r#"{"no":1,"text":"one"}"#).expect("it is attached as amended");
    let row = script.log().logged("said", 1).expect("history has it");
    assert_eq!(&*row, r#""1, that is first, that is one""#);
    assert_eq!(said(&script, ann), said(&script, ben), "nobody shows it any more");
    script.crash();
    script.rejoin(ann);
    assert_eq!(said(&script, ann), said(&script, ben));
}

#[test]
fn amendments_under_way_build_on_each_other() {
    let mut script = Script::<Parlour>::open("{}");
    let ann = script.join(1);
    for nth in 1..=LOG_ROWS_KEPT + 1 {
        say(&mut script, ann, &nth.to_string());
    }
    script.crash();
    script.rejoin(ann);
    script.hold_flushes();
    // Both have the row attached as it was before either: nothing is flushed in between.
    let id = |nth| CommandId(uuid::Uuid::from_u128(nth));
    script.send(ann, id(1), "mend", r#"{"no":1,"text":"first"}"#);
    script.send(ann, id(2), "mend", r#"{"no":1,"text":"one"}"#);
    script.flush();
    let row = script.log().logged("said", 1).expect("history has it");
    assert_eq!(&*row, r#""1, that is first, that is one""#);
}

#[test]
fn r53_what_is_shown_goes_with_its_session() {
    let mut script = Script::<Parlour>::open("{}");
    let (ann, ben) = (script.join(1), script.join(2));
    let window = script.join(1);
    script.show(ann, "cursor", "[1,2]").expect("allowed");
    script.show(window, "cursor", "[3,4]").expect("allowed");
    script.show(ann, "away", "true").expect("every room has it");
    let cursor = |at: &str| ("cursor".to_owned(), AccountId(1), at.to_owned());
    let away = ("away".to_owned(), AccountId(1), "true".to_owned());
    assert_eq!(script.shown(ben), [away.clone(), cursor("[1,2]"), cursor("[3,4]")]);
    let cid = script.join(3);
    assert_eq!(script.shown(cid), script.shown(ben), "a newcomer is told");
    script.show(ann, "cursor", "null").expect("allowed");
    assert_eq!(script.shown(ben), [away, cursor("[3,4]")]);
    script.lose(ann);
    assert_eq!(script.shown(ben), [cursor("[3,4]")]);
    script.join_again_as(window, Principal::VISITOR);
    assert_eq!(script.shown(cid), []);
    assert_eq!(script.log().head(), 4, "opened, and three came: none of it is an entry");
}

#[test]
fn r52_what_may_not_be_shown_is_refused() {
    let mut script = Script::<Parlour>::open("{}");
    let (ann, visitor) = (script.join(1), script.join_as(Principal::VISITOR));
    let code = |shown: Result<(), Refusal>| shown.map_or_else(|refusal| refusal.code, |()| "ok");
    let exactly = format!("\"{}\"", "x".repeat(LIVE_BYTES_MAX - 2));
    assert_eq!(code(script.show(ann, "cursor", &exactly)), "ok");
    assert_eq!(code(script.show(ann, "cursor", &format!("{exactly} "))), "invalid_live");
    assert_eq!(code(script.show(ann, "away", "\"gone fishing\"")), "invalid_live");
    assert_eq!(code(script.show(ann, "mood", "1")), "unknown_live");
    assert_eq!(code(script.show(visitor, "cursor", "1")), "not_joined");
    script.leave(ann);
    assert_eq!(code(script.show(ann, "cursor", "1")), "not_joined");
}

#[test]
fn r55_a_room_puts_people_out_and_has_them_in_again_as_another() {
    let mut script = Script::<Parlour>::open("{}");
    let (ann, ben, window) = (script.join(1), script.join(2), script.join(2));
    script.show(ben, "cursor", "1").expect("allowed");
    say(&mut script, ann, "hello");
    assert_eq!(script.command(ann, "fail", "{}").expect_err("it fails").code, "failed");
    assert_eq!((script.put_out(ann), said(&script, ann).len()), (None, 1));
    script.command(ann, "raise", r#"{"no":1}"#).expect("done");
    assert_eq!(script.copy(ann).log("noted").count(), 1, "a host sees more, from the beginning");
    script.command(ann, "ban", r#"{"no":2}"#).expect("done");
    assert_eq!((script.put_out(ben), script.put_out(window)), (Some("banned"), Some("banned")));
    assert_eq!(script.copy(ann).row("members", "2"), None, "they have left, without grace");
    assert_eq!(script.shown(ann), []);
    script.rejoin(ben);
    assert_eq!(script.refused_at_the_door(ben).map(|refusal| refusal.code), Some("banned"));
}
