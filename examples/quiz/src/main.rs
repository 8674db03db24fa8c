//! Houseful with one more room application: the same program, the same commands, and a quiz that is always there.

use houseful::app::apps;
use houseful::apps::{App, PageFile};
use quiz::Quiz;
use std::process::ExitCode;

/// The files of its page, served below `/apps/quiz/`.
const PAGE: &[PageFile] = &[
    ("page.js", include_bytes!("../page/page.js")),
    ("page.css", include_bytes!("../page/page.css")),
    ("lobby.js", include_bytes!("../page/lobby.js")),
];

fn main() -> ExitCode {
    let quiz = App::of::<Quiz>().with_page(PAGE).with_open_room("rooms/quiz", "Quiz", "{}");
    houseful::run(apps().with(quiz))
}
