//! The way between clients and the server: messages are lost, repeated, late and out of order, until
//! the faults end.

use super::World;
use super::queue::{Event, Message, Request};
use crate::SessionId;
use crate::testkit::Workload;
use std::rc::Rc;

/// Lost, of a hundred.
const LOST: u64 = 6;
/// Repeated, of a hundred.
const REPEATED: u64 = 3;
/// Overtaken by later ones, of a hundred.
const OVERTAKEN: u64 = 3;
/// The usual way.
const WAY_MS: u64 = 25;
/// A repeated one may be as late as this, so that it can arrive after a restart.
const REPEATED_MS: u64 = 4_000;

impl<W: Workload> World<W> {
    pub(super) fn send_request(&mut self, request: Request) {
        let request = Rc::new(request);
        if self.is_quiet() {
            let ms = 1 + self.rng.below(WAY_MS);
            return self.after(ms, Event::ToNode(request));
        }
        if self.rng.percent(REPEATED) {
            let ms = 1 + self.rng.below(REPEATED_MS);
            self.fault(|| format!("{request:?} is repeated in {ms} ms"));
            self.after(ms, Event::ToNode(request.clone()));
        }
        if self.rng.percent(LOST) {
            return self.fault(|| format!("{request:?} is lost"));
        }
        let late = if self.rng.percent(OVERTAKEN) { self.rng.below(400) } else { 0 };
        let ms = 1 + self.rng.below(WAY_MS) + late;
        self.after(ms, Event::ToNode(request));
    }

    /// What goes to one session stays in order, but for what is overtaken.
    pub(super) fn send(&mut self, client: usize, session: SessionId, message: Rc<Message>) {
        let mut at = self.clock.true_ms() + 1 + self.rng.below(WAY_MS);
        if !self.is_quiet() {
            if self.rng.percent(LOST) {
                return self.fault(|| format!("{message:?} to {client} is lost"));
            }
            if self.rng.percent(REPEATED) {
                let ms = 1 + self.rng.below(800);
                self.fault(|| format!("{message:?} to {client} is repeated in {ms} ms"));
                self.after(ms, Event::ToClient(client, session, message.clone()));
            }
            if self.rng.percent(OVERTAKEN) {
                at += self.rng.below(200);
                self.fault(|| format!("{message:?} to {client} is overtaken"));
                return self.queue.at(at, Event::ToClient(client, session, message));
            }
        }
        let line = self.lines.entry(session).or_default();
        at = at.max(*line);
        *line = at;
        self.queue.at(at, Event::ToClient(client, session, message));
    }
}
