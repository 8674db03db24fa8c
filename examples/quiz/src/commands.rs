//! Everything that can be asked of a quiz: the table, what each command's body is, and who may. It decides; what
//! happens to the question is in `round`.

use crate::round;
use crate::state::{Chair, QuizState};
use houseful_room::{Audience, Caller, Read, Refusal, Tx, body};
use serde::Deserialize;

/// The longest question, in characters.
pub const QUESTION_CHARS_MAX: usize = 300;
/// The longest choice, in characters.
pub const CHOICE_CHARS_MAX: usize = 100;
/// The most choices: they fit on a telephone.
pub const CHOICES_MAX: usize = 6;
/// The shortest and the longest time to answer, in seconds.
pub const SECONDS: std::ops::RangeInclusive<u64> = 5..=300;
/// So many people can have a score: each is a row that everyone in the room is sent.
pub const PLAYERS_MAX: usize = 1_000;

/// A decoded command.
pub enum Command {
    /// Takes the host's chair.
    Host,
    /// Leaves it.
    StepDown,
    /// Asks a question.
    Ask(Ask),
    /// Answers it.
    Answer(Answer),
    /// Ends it before its time.
    Reveal,
}

/// The body of `ask`.
#[derive(Deserialize)]
pub struct Ask {
    /// The question.
    pub text: String,
    /// What can be answered.
    pub choices: Vec<String>,
    /// The right choice, from 0.
    pub right: usize,
    /// How long one may think.
    pub seconds: u64,
}

/// The body of `answer`.
#[derive(Deserialize)]
pub struct Answer {
    /// The question's number, so that a late answer is not taken for one to the next question.
    pub no: u64,
    /// The choice, from 0.
    pub choice: usize,
}

/// Each command's name, and how its body is read.
pub const COMMANDS: &[(&str, Read<Command>)] = &[
    ("host", |_| Ok(Command::Host)),
    ("step_down", |_| Ok(Command::StepDown)),
    ("ask", |text| body(text).and_then(Ask::checked).map(Command::Ask)),
    ("answer", |text| body(text).map(Command::Answer)),
    ("reveal", |_| Ok(Command::Reveal)),
];

/// What a handler works on.
type QuizTx<'a> = Tx<'a, QuizState>;

/// Decides a command. The reply is JSON.
pub(crate) fn run(tx: &mut QuizTx<'_>, by: &Caller, command: Command) -> Result<String, Refusal> {
    match command {
        Command::Host => take_chair(tx, by)?,
        Command::Answer(answer) => give_answer(tx, by, &answer)?,
        Command::StepDown => {
            only_host(tx, by)?;
            round::free_chair(tx);
        }
        Command::Ask(ask) => {
            only_host(tx, by)?;
            if tx.state.open_question().is_some() {
                return Err(Refusal::new("question_open", "One question at a time."));
            }
            return Ok(format!("{{\"no\":{}}}", round::ask(tx, ask)));
        }
        Command::Reveal => {
            only_host(tx, by)?;
            if tx.state.open_question().is_none() {
                return Err(no_question());
            }
            round::reveal(tx);
        }
    }
    Ok("{}".to_owned())
}

fn take_chair(tx: &mut QuizTx<'_>, by: &Caller) -> Result<(), Refusal> {
    if !tx.is_member(by.account) {
        return Err(Refusal::new("not_here", "Enter the room before you take the chair."));
    }
    match tx.state.host() {
        Some(host) if host == by.account => return Ok(()),
        Some(host) if tx.is_member(host) => {
            return Err(Refusal::new("chair_taken", "Somebody else is the host."));
        }
        Some(_) => round::free_chair(tx),
        None => {}
    }
    tx.state.chair.set(Chair { host: Some(by.account) });
    // As the host they see the right choice: they join again, and get what they lack.
    tx.readmit(by.account, "host");
    Ok(())
}

fn give_answer(tx: &mut QuizTx<'_>, by: &Caller, answer: &Answer) -> Result<(), Refusal> {
    let question = tx.state.question.get().ok_or_else(no_question)?;
    if question.no != answer.no || question.outcome.is_some() {
        return Err(Refusal::new("too_late", "This question is over."));
    }
    if answer.choice >= question.choices.len() {
        let most = question.choices.len() - 1;
        let text = "There is no such choice.";
        return Err(Refusal::new("invalid_command", text).field("choice", format!("0 to {most}")));
    }
    if tx.state.is_host(by.account) {
        return Err(Refusal::new("host_knows", "The host knows the answer."));
    }
    if tx.state.answers.get(&by.account).is_some() {
        return Err(Refusal::new("already_answered", "The first answer counts."));
    }
    if tx.state.answers.len() >= PLAYERS_MAX {
        return Err(Refusal::new("full", "As many as can play have answered."));
    }
    tx.state.answers.put(by.account, Audience::Member(by.account), answer.choice);
    tx.state.answered.set(tx.state.answers.len());
    Ok(())
}

fn only_host(tx: &QuizTx<'_>, by: &Caller) -> Result<(), Refusal> {
    match tx.state.is_host(by.account) {
        true => Ok(()),
        false => Err(Refusal::new("not_allowed", "Only the host may do this.")),
    }
}

fn no_question() -> Refusal {
    Refusal::new("no_question", "No question is open.")
}

impl Ask {
    /// Names everything that is wrong with it at once.
    fn checked(self) -> Result<Ask, Refusal> {
        let mut wrong = Refusal::new("invalid_command", "This question cannot be asked so.");
        if !is_fit(&self.text, QUESTION_CHARS_MAX) {
            wrong = wrong.field("text", format!("1 to {QUESTION_CHARS_MAX} characters"));
        }
        if !(2..=CHOICES_MAX).contains(&self.choices.len()) {
            wrong = wrong.field("choices", format!("2 to {CHOICES_MAX} choices"));
        }
        for (nth, choice) in self.choices.iter().enumerate().take(CHOICES_MAX) {
            if !is_fit(choice, CHOICE_CHARS_MAX) {
                let reason = format!("1 to {CHOICE_CHARS_MAX} characters");
                wrong = wrong.field(format!("choices[{nth}]"), reason);
            }
        }
        if self.right >= self.choices.len() {
            wrong = wrong.field("right", "the place of a choice, from 0");
        }
        if !SECONDS.contains(&self.seconds) {
            let (least, most) = (SECONDS.start(), SECONDS.end());
            wrong = wrong.field("seconds", format!("{least} to {most}"));
        }
        if wrong.fields.is_empty() { Ok(self) } else { Err(wrong) }
    }
}

fn is_fit(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.contains(char::is_control)
}
