//! Panics in an application's handlers: what they wrote is taken back, and nobody else notices.

use houseful_room::testkit::Script;
use houseful_room::{
    Admission, Audience, Caller, Cell, PresenceChange, Principal, Read, Refusal, RoomApp, Rows, Tx,
    synced,
};

synced! {
    pub struct Notes { pub last: Cell<String>, pub notes: Rows<u32, String> }
}

/// An application whose handlers panic where they are told to.
struct Brittle;

impl RoomApp for Brittle {
    const NAME: &'static str = "brittle";
    const VERSION: u32 = 1;
    type State = Notes;
    type Command = &'static str;
    const COMMANDS: &'static [(&'static str, Read<&'static str>)] = &[
        ("fine", |_| Ok("fine")),
        ("fine too", |_| Ok("fine too")),
        ("alarm", |_| Ok("alarm")),
        ("panic", |_| Ok("panic")),
    ];

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Brittle)
    }

    fn limits(&self) -> houseful_room::Limits {
        houseful_room::Limits::default()
    }

    fn empty(&self) -> Notes {
        Notes { last: Cell::default(), notes: Rows::default() }
    }

    fn open(&self, _: &mut Tx<'_, Notes>) -> Result<(), Refusal> {
        Ok(())
    }

    fn admit(&self, _: &Notes, _: &Principal) -> Admission {
        Admission::Enter("guest")
    }

    fn command(
        &self,
        tx: &mut Tx<'_, Notes>,
        _: &Caller,
        command: &str,
    ) -> Result<String, Refusal> {
        tx.state.last.set(command.to_owned());
        tx.state.notes.put(1, Audience::All, command.to_owned());
        match command {
            "panic" => panic!("on purpose"),
            "alarm" => tx.after("panic", 100),
            _ => {}
        }
        Ok("{}".to_owned())
    }

    fn timer(&self, tx: &mut Tx<'_, Notes>, _: &str) {
        tx.state.last.set("half done".to_owned());
        panic!("on purpose");
    }

    fn presence(&self, tx: &mut Tx<'_, Notes>, change: PresenceChange) {
        if matches!(change, PresenceChange::Joined(id) if id.0 == 13) {
            tx.state.last.set("half done".to_owned());
            panic!("on purpose");
        }
    }
}

#[test]
fn a_command_that_panics_is_refused_and_leaves_nothing_behind() {
    let mut script = Script::<Brittle>::open("{}");
    let (ann, ben) = (script.join(1), script.join(2));
    script.expect_alarms();
    script.command(ann, "fine", "{}").expect("a command that does not panic");
    let before = script.host().room().seq();
    assert_eq!(script.command(ann, "panic", "{}").expect_err("it panics").code, "internal");
    assert_eq!(script.host().room().seq(), before, "no entry");
    assert_eq!(script.alarms(), ["the command \"panic\" failed inside"]);
    script.command(ben, "fine too", "{}").expect("the room goes on");
    let public = script.host().room().part(&Audience::All);
    assert!(public.contains("fine too") && !public.contains("panic"), "{public}");
}

#[test]
fn a_timer_that_panics_three_times_is_set_aside() {
    let mut script = Script::<Brittle>::open("{}");
    let ann = script.join(1);
    script.expect_alarms();
    script.command(ann, "alarm", "{}").expect("armed");
    let before = script.host().room().seq();
    script.advance_ms(60_000);
    assert_eq!(script.alarms().len(), 1, "told once");
    assert_eq!(script.host().room().seq(), before, "what the timer wrote is taken back");
    script.command(ann, "fine", "{}").expect("the room goes on");
    assert!(script.host().room().sleeps_after_ms().is_none(), "somebody is here");
}

#[test]
fn a_presence_hook_that_panics_keeps_nobody_out() {
    let mut script = Script::<Brittle>::open("{}");
    script.expect_alarms();
    script.join(13);
    assert_eq!(script.alarms(), ["the presence hook panicked at join"]);
    let public = script.host().room().part(&Audience::All);
    assert!(public.contains("\"members\":{\"rows\":[[13,"), "{public}");
    assert!(!public.contains("half done"), "{public}");
}
