//! The quiz as stories: people come, ask, answer; time passes, power fails.

use houseful_room::testkit::{Guest, Script, same_for};
use houseful_room::{Principal, Refusal};
use quiz::Quiz;
use serde_json::{Value, json};

/// A host and two players.
fn opened() -> (Script<Quiz>, Guest, Guest, Guest) {
    let mut script = Script::<Quiz>::open("{}");
    let (host, ann, ben) = (script.join(1), script.join(2), script.join(3));
    script.command(host, "host", "{}").expect("the chair is free");
    (script, host, ann, ben)
}

fn ask(script: &mut Script<Quiz>, host: Guest) -> u64 {
    let body = json!({ "text": "Who wrote Hamlet?", "choices": ["Marlowe", "Shakespeare"],
        "right": 1, "seconds": 20 });
    let reply = script.command(host, "ask", &body.to_string()).expect("it is a question");
    reply["no"].as_u64().expect("it has a number")
}

fn answer(script: &mut Script<Quiz>, who: Guest, no: u64, choice: u64) -> Result<Value, Refusal> {
    script.command(who, "answer", &json!({ "no": no, "choice": choice }).to_string())
}

fn code(answer: Result<Value, Refusal>) -> &'static str {
    answer.map_or_else(|refusal| refusal.code, |_| "done")
}

#[test]
fn a_round_is_asked_answered_and_revealed_in_time() {
    let (mut script, host, ann, ben) = opened();
    let no = ask(&mut script, host);
    answer(&mut script, ann, no, 1).expect("in time");
    answer(&mut script, ben, no, 0).expect("in time");
    assert_eq!(script.copy(ben).cell("answered"), Some(&json!(2)));
    script.advance_ms(19_999);
    assert_eq!(script.copy(ben).cell("question").unwrap()["outcome"], Value::Null);
    script.advance_ms(1);
    let outcome = json!({ "right": 1, "counts": [1, 1] });
    assert_eq!(script.copy(ben).cell("question").unwrap()["outcome"], outcome);
    let scores: Vec<_> = script.copy(ben).rows("scores").collect();
    assert_eq!(scores, [("2", &json!(1))]);
    assert_eq!(script.copy(ben).log("rounds").count(), 1);
    assert_eq!(code(answer(&mut script, ben, no, 1)), "too_late");
}

#[test]
fn nobody_but_the_host_sees_the_key_and_nobody_anothers_answer() {
    let (mut script, host, ann, ben) = opened();
    let no = ask(&mut script, host);
    answer(&mut script, ann, no, 1).expect("in time");
    assert_eq!(script.copy(host).cell("key"), Some(&json!(1)));
    assert_eq!(script.copy(ann).cell("key"), None);
    assert_eq!(script.copy(ann).row("answers", "2"), Some(&json!(1)));
    assert_eq!(script.copy(ben).rows("answers").count(), 0);
    assert_eq!(script.copy(host).rows("answers").count(), 0);
}

#[test]
fn until_it_is_revealed_no_player_can_tell_which_choice_is_right() {
    let told = same_for("{}", |script: &mut Script<Quiz>, is_second| {
        let (host, ann) = (script.join(1), script.join(2));
        script.command(host, "host", "{}").expect("the chair is free");
        let body = json!({ "text": "Which?", "choices": ["a", "b"],
            "right": u8::from(is_second), "seconds": 20 });
        script.command(host, "ask", &body.to_string()).expect("it is a question");
        answer(script, ann, 1, 0).expect("in time");
        script.rejoin(ann);
        ann
    });
    assert_eq!(told, Ok(()));
}

#[test]
fn a_crash_takes_no_time_away() {
    let (mut script, host, ann, _) = opened();
    let no = ask(&mut script, host);
    script.advance_ms(15_000);
    let promised = script.copy(ann).cell("question").unwrap()["until"].clone();
    script.crash();
    script.rejoin(host);
    script.rejoin(ann);
    let until = &script.copy(ann).cell("question").unwrap()["until"];
    assert!(until.as_i64() > promised.as_i64(), "the timer runs in full again, and all are told");
    script.advance_ms(19_000);
    answer(&mut script, ann, no, 1).expect("still in time");
    script.advance_ms(1_000);
    assert_eq!(code(answer(&mut script, ann, no, 1)), "too_late");
}

#[test]
fn what_may_not_be_done_is_refused_by_a_code() {
    let (mut script, host, ann, ben) = opened();
    assert_eq!(code(answer(&mut script, ann, 1, 0)), "no_question");
    assert_eq!(code(script.command(host, "reveal", "{}")), "no_question");
    assert_eq!(code(script.command(ann, "host", "{}")), "chair_taken");
    assert_eq!(code(script.command(ann, "step_down", "{}")), "not_allowed");
    let body = json!({ "text": "", "choices": ["one"], "right": 4, "seconds": 1 }).to_string();
    let refusal = script.command(host, "ask", &body).expect_err("it is none");
    let named: Vec<&str> = refusal.fields.keys().map(String::as_str).collect();
    assert_eq!(named, ["choices", "right", "seconds", "text"], "all that is wrong, at once");
    let no = ask(&mut script, host);
    assert_eq!(code(answer(&mut script, host, no, 1)), "host_knows");
    assert_eq!(code(answer(&mut script, ann, no, 2)), "invalid_command");
    assert_eq!(code(answer(&mut script, ben, no, 0)), "done");
    assert_eq!(code(answer(&mut script, ben, no, 1)), "already_answered");
    let visitor = script.join_as(Principal::VISITOR);
    assert_eq!(code(answer(&mut script, visitor, no, 1)), "sign_in_required");
}

#[test]
fn who_leaves_the_chair_ends_the_question_and_forgets_the_key() {
    let (mut script, host, ann, _) = opened();
    let no = ask(&mut script, host);
    answer(&mut script, ann, no, 1).expect("in time");
    script.lose(host);
    script.advance_ms(14_000);
    assert_eq!(script.copy(ann).cell("chair"), Some(&json!({ "host": 1 })), "within grace");
    script.advance_ms(1_000);
    assert_eq!(script.copy(ann).cell("chair"), Some(&json!({ "host": null })));
    assert_eq!(script.copy(ann).row("scores", "2"), Some(&json!(1)), "it was revealed");
    script.rejoin(host);
    assert_eq!(script.copy(host).cell("key"), None, "they are a player now");
    script.command(ann, "host", "{}").expect("the chair is free");
    assert_eq!(script.copy(ann).cell("key"), Some(&json!(1)), "the last question's");
}

#[test]
fn who_is_thinking_is_shown_and_not_kept() {
    let (mut script, _, ann, ben) = opened();
    let head = script.log().head();
    script.show(ann, "thinking", "true").expect("shown");
    assert_eq!(script.shown(ben).len(), 1);
    assert_eq!(script.show(ann, "thinking", "\"hard\"").expect_err("no").code, "invalid_live");
    assert_eq!(script.show(ann, "cursor", "1").expect_err("no").code, "unknown_live");
    script.lose(ann);
    assert!(script.shown(ben).is_empty());
    assert_eq!(script.log().head(), head + 1, "her lapsing is an entry; her thinking was none");
}
