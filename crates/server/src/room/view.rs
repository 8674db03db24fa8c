//! What a room does while nothing can be written: it shows what is durable, and never decides. The term
//! stays what it was, for to write another is to write.

use super::Mail;
use super::mail::read_only;
use super::recover::look;
use super::turn::Runner;
use houseful_room::{Epoch, Joined, Principal, Refusal, Seq};
use std::panic::{AssertUnwindSafe, catch_unwind};

impl Runner {
    /// Reads the room back to be shown. If that fails too, everything is refused.
    pub(super) async fn show_what_is_durable(&mut self) {
        let (context, path) = (self.context.clone(), self.path.clone());
        let tasks = self.context.tasks.clone();
        let looking =
            tasks.blocking(move || look(&context.apps, &*context.journal, &*context.clock, &path));
        match looking.await {
            Ok(Ok(view)) => self.view = view,
            Ok(Err(error)) => tracing::warn!(room = %self.path, %error, "a room cannot be shown"),
            Err(error) => tracing::error!(room = %self.path, %error, "a room cannot be shown"),
        }
    }

    /// Answers what comes while the room is not at work.
    pub(super) async fn answer_meanwhile(&mut self, mail: Mail, refusal: &Refusal) {
        let Some(view) = &self.view else { return self.refuse_mail(mail, refusal).await };
        match mail {
            Mail::Join { session, reference, who, have } => {
                let joined = self.look(who, have);
                if joined.is_ok() && self.sessions.insert(session) {
                    self.per_shard[self.context.shards.shard_of(session)] += 1;
                }
                self.answer_join(session, reference, joined).await;
            }
            Mail::Leave(session) | Mail::Lost(session) => self.forget(session),
            Mail::Involved { mut accounts, to } => {
                accounts.retain(|account| view.room().involves(*account));
                // Whoever asked may be gone.
                let _ = to.send(accounts);
            }
            Mail::Admits { who, to } => drop(to.send(view.room().admits(who))),
            Mail::Inspect { who, to } => drop(to.send(self.inspection(who, view.room()))),
            Mail::Reconsider => self.reconsider(),
            // Nobody is a member here, so nobody shows anything or is spoken of.
            Mail::Live { .. } => {}
            // It is read anew in any case.
            Mail::StartOver => {}
            Mail::Known { to, .. } => drop(to.send(Vec::new())),
            command @ Mail::Command { .. } => self.refuse_mail(command, refusal).await,
        }
    }

    /// An application that panics when it is asked is asked no more.
    fn look(&mut self, who: Principal, have: Option<(Epoch, Seq)>) -> Result<Joined, Refusal> {
        let Some(view) = &mut self.view else { return Err(read_only()) };
        let joined = catch_unwind(AssertUnwindSafe(|| view.join(who, have)));
        joined.unwrap_or_else(|_| {
            self.view = None;
            Err(read_only())
        })
    }
}
