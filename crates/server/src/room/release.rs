//! Letting out what is durable: sorted by shard, fragments first, so that an answer never overtakes
//! what it speaks of.

use super::mail::answered;
use super::recover::stored_reply;
use super::turn::{Runner, To};
use super::{AnswerTo, Attendance, Notice};
use crate::fanout::{Answered, Released};
use crate::limits;
use houseful_room::{Accepted, Joined, LiveValue, Output, Published, Refusal, SessionId, Ticket};
use std::sync::Arc;

impl Runner {
    /// Lets out what may be seen.
    pub(super) async fn release(&mut self, outputs: Vec<Output>, attendance: Attendance) {
        let mut shards: Vec<Released> = Vec::new();
        shards.resize_with(self.per_shard.len(), Released::default);
        let mut published: Vec<Arc<Published>> = Vec::new();
        let mut live: Vec<LiveValue> = Vec::new();
        for output in outputs {
            match output {
                Output::Publish(entry) => published.push(entry),
                Output::Joined(ticket, joined) => self.joined(ticket, joined, &mut shards),
                Output::Answer(ticket, answer) => self.answer(ticket, answer, &mut shards),
                Output::Live(value) => live.push(value),
                Output::Refused(session, refusal) => {
                    let shard = self.context.shards.shard_of(session);
                    shards[shard].refused.push((session, refusal));
                }
                Output::Gone(session, code) => {
                    let shard = self.context.shards.shard_of(session);
                    self.forget(session);
                    shards[shard].gone.push((session, code));
                }
                Output::Rejoin(session, code) => {
                    let shard = self.context.shards.shard_of(session);
                    shards[shard].rejoin.push((session, code));
                }
                Output::Alarm(text) => {
                    metrics::counter!("houseful_room_alarms").increment(1);
                    tracing::error!(room = %self.path, text, "room alarm");
                }
            }
        }
        self.tell_attendance(attendance, &mut shards);
        metrics::counter!("houseful_entries_published").increment(published.len() as u64);
        let published: Arc<[Arc<Published>]> = published.into();
        let live: Arc<[LiveValue]> = live.into();
        for (shard, mut released) in shards.into_iter().enumerate() {
            if self.per_shard[shard] > 0 {
                released.published = published.clone();
                released.live = live.clone();
            }
            if !released.is_empty() {
                released.room = Some(self.path.clone());
                self.context.shards.release(shard, released).await;
            }
        }
    }

    fn joined(&mut self, ticket: Ticket, joined: Result<Joined, Refusal>, shards: &mut [Released]) {
        let Some(To::Join(session, reference)) = self.tickets.remove(&ticket) else { return };
        let shard = self.context.shards.shard_of(session);
        let stays = self.arriving.get(&session) == Some(&ticket);
        if stays {
            self.arriving.remove(&session);
        }
        if stays && joined.is_ok() {
            self.told = None;
            if self.sessions.insert(session) {
                self.per_shard[shard] += 1;
            }
        }
        shards[shard].joined.push((session, reference, joined));
    }

    fn answer(
        &mut self,
        ticket: Ticket,
        answer: Result<Accepted, Refusal>,
        shards: &mut [Released],
    ) {
        let Some(To::Answer(to)) = self.tickets.remove(&ticket) else { return };
        let answer = match answer {
            Ok(accepted) if accepted.reply.is_none() => {
                return self.answer_from_journal(to, accepted);
            }
            Ok(accepted) => answered(accepted, None),
            Err(refusal) => Err(refusal),
        };
        match to {
            AnswerTo::Session(session, reference) => {
                let shard = self.context.shards.shard_of(session);
                shards[shard].answers.push((session, reference, answer));
            }
            AnswerTo::Caller(caller) => drop(caller.send(answer)),
        }
    }

    /// The reply is no longer in memory: a repeat of a command from long ago.
    fn answer_from_journal(&self, to: AnswerTo, accepted: Accepted) {
        let (context, id, path) = (self.context.clone(), self.id, self.path.clone());
        self.context.tasks.spawn(async move {
            let (journal, seq) = (context.journal.clone(), accepted.seq);
            let stored = context.tasks.blocking(move || stored_reply(&*journal, id, seq));
            let answer = answered(accepted, stored.await.ok().flatten());
            send(&context.shards, &path, to, answer).await;
        });
    }

    /// Refuses what waits for a turn that will not be.
    pub(super) async fn refuse(&mut self, to: To, refusal: Refusal) {
        match to {
            To::Answer(to) => send(&self.context.shards, &self.path, to, Err(refusal)).await,
            To::Join(session, reference) => {
                self.answer_join(session, reference, Err(refusal)).await;
            }
        }
    }

    /// Answers a join outside any turn.
    pub(super) async fn answer_join(
        &mut self,
        session: SessionId,
        reference: u64,
        joined: Result<Joined, Refusal>,
    ) {
        let (room, joined) = (Some(self.path.clone()), vec![(session, reference, joined)]);
        let released = Released { room, joined, ..Released::default() };
        self.context.shards.release(self.context.shards.shard_of(session), released).await;
    }

    /// Has everyone who is here join again.
    pub(super) fn reconsider(&self) {
        let sessions: Vec<SessionId> = self.sessions.iter().copied().collect();
        let (context, path) = (self.context.clone(), self.path.clone());
        self.context.tasks.spawn(async move {
            for session in sessions {
                context.shards.resync(session, &path, "parent").await;
            }
        });
    }

    /// A session is no longer here.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.arriving.remove(&session);
        if self.sessions.remove(&session) {
            self.per_shard[self.context.shards.shard_of(session)] -= 1;
        }
    }

    fn tell_attendance(&mut self, attendance: Attendance, shards: &mut [Released]) {
        let now = crate::clock::now(&*self.context.clock).mono;
        let is_told = self.told.as_ref() == Some(&attendance);
        if is_told || self.told_at.until_ms(now) < limits::HEADCOUNT_TICK_MS {
            return;
        }
        let headcount = attendance.headcount;
        let was_told = self.told.as_ref().map(|told| told.headcount);
        self.told_at = now;
        for (shard, released) in shards.iter_mut().enumerate() {
            let is_news = was_told != Some(headcount) && self.per_shard[shard] > 0;
            released.headcount = is_news.then_some(headcount);
        }
        let _ = self
            .context
            .notices
            .try_send(Notice::Attendance(self.path.clone(), attendance.clone()));
        self.told = Some(attendance);
    }
}

async fn send(
    shards: &crate::fanout::Shards,
    path: &Arc<str>,
    to: AnswerTo,
    answer: Result<Answered, Refusal>,
) {
    match to {
        AnswerTo::Caller(caller) => drop(caller.send(answer)),
        AnswerTo::Session(session, reference) => {
            let answers = vec![(session, reference, answer)];
            let released = Released { room: Some(path.clone()), answers, ..Released::default() };
            shards.release(shards.shard_of(session), released).await;
        }
    }
}
