//! Figures over time: counted once a minute from the tables and from this process's own counts, and kept. What was not
//! counted, because no server ran, is a gap and never filled in.

use crate::clock::Clock;
use crate::drain::Tasks;
use crate::limits::{HOUR_SAMPLES_MS, MINUTE_SAMPLES_MS, SAMPLE_MS};
use crate::places::Places;
use crate::room::Registry;
use crate::store::{Store, StoreError};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// An hour, the coarser of the two grains.
pub const HOUR_MS: i64 = 60 * SAMPLE_MS;

/// What was counted at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Sample {
    /// Accounts that are not erased.
    pub accounts: u64,
    /// Events that are published, past ones too.
    pub events: u64,
    /// Orders that stand.
    pub bookings: u64,
    /// Places that they have.
    pub places: u64,
    /// What they cost together, in minor units by currency.
    pub revenue: BTreeMap<String, i64>,
    /// Mails that wait.
    pub mails_waiting: u64,
    /// Mails that were given up.
    pub mails_failed: u64,
    /// People with a live connection.
    pub people: u64,
    /// Live connections.
    pub connections: u64,
    /// Rooms in memory.
    pub rooms: u64,
    /// Entries that rooms made visible since the sample before of the same grain.
    pub entries: u64,
    /// Writes to live connections since then.
    pub messages: u64,
    /// Panics and alarms since then: each is a defect.
    pub errors: u64,
}

/// Counts that only rise while the process lives.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    entries: u64,
    messages: u64,
    errors: u64,
}

/// Counts what is now.
#[derive(Clone)]
pub struct Counter {
    /// The tables.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Who is connected.
    pub places: Arc<Places>,
    /// The rooms that are awake.
    pub registry: Registry,
    /// This process's counts.
    pub metrics: PrometheusHandle,
    /// Where reading does not keep others waiting.
    pub tasks: Tasks,
}

impl Counter {
    /// What is now; counts that rise are since the process began.
    pub async fn count(&self) -> Result<Sample, StoreError> {
        let store = self.store.clone();
        let figures = self.tasks.blocking(move || store.figures()).await;
        let figures = figures.map_err(|error| StoreError::Failed(error.to_string()))??;
        let (people, connections) = self.places.live_now();
        let Counted { entries, messages, errors } = self.counted();
        Ok(Sample {
            accounts: figures.accounts,
            events: figures.events,
            bookings: figures.bookings,
            places: figures.places,
            revenue: figures.revenue,
            mails_waiting: figures.mails_waiting,
            mails_failed: figures.mails_failed,
            people: people as u64,
            connections: connections as u64,
            rooms: self.registry.awake() as u64,
            entries,
            messages,
            errors,
        })
    }

    fn counted(&self) -> Counted {
        let text = self.metrics.render();
        Counted {
            entries: sum(&text, "houseful_entries_published"),
            messages: sum(&text, "houseful_socket_writes"),
            errors: sum(&text, "houseful_panics") + sum(&text, "houseful_room_alarms"),
        }
    }

    /// How often this process refused for want of room or time since it began, by code.
    pub fn refused(&self) -> BTreeMap<String, u64> {
        let text = self.metrics.render();
        let read = |line: &str| {
            let (code, count) = line.strip_prefix("houseful_refused{code=\"")?.split_once("\"}")?;
            Some((code.to_owned(), count.trim().parse().ok()?))
        };
        text.lines().filter_map(read).collect()
    }

    /// Keeps a sample a minute, and one an hour. Runs until the server drains.
    pub async fn run(self) {
        let drain = self.tasks.draining();
        let mut last = [(SAMPLE_MS, None), (HOUR_MS, None)];
        // What was counted before this server began is not its first minute's.
        let mut before = [self.counted(), self.counted()];
        loop {
            let now = self.clock.wall().ms();
            for ((grain, done), before) in last.iter_mut().zip(&mut before) {
                let at = now - now.rem_euclid(*grain);
                if *done == Some(at) {
                    continue;
                }
                match self.keep(*grain, at, before).await {
                    Ok(()) => *done = Some(at),
                    Err(error) => tracing::warn!(%error, "figures could not be kept"),
                }
            }
            let left = SAMPLE_MS - self.clock.wall().ms().rem_euclid(SAMPLE_MS);
            tokio::select! {
                () = drain.cancelled() => return,
                () = tokio::time::sleep(Duration::from_millis(left.unsigned_abs())) => {}
            }
        }
    }

    async fn keep(&self, grain: i64, at: i64, before: &mut Counted) -> Result<(), StoreError> {
        let now = self.count().await?;
        let total = Counted { entries: now.entries, messages: now.messages, errors: now.errors };
        let sample = Sample {
            entries: total.entries.saturating_sub(before.entries),
            messages: total.messages.saturating_sub(before.messages),
            errors: total.errors.saturating_sub(before.errors),
            ..now
        };
        let body = serde_json::to_string(&sample).unwrap_or_default();
        let kept_ms = if grain == SAMPLE_MS { MINUTE_SAMPLES_MS } else { HOUR_SAMPLES_MS };
        let store = self.store.clone();
        let put = move || store.put_sample(grain, at, body, at - kept_ms);
        let put = self.tasks.blocking(put).await;
        put.map_err(|error| StoreError::Failed(error.to_string()))??;
        *before = total;
        Ok(())
    }
}

/// A counter's value, its labels added up.
fn sum(text: &str, name: &str) -> u64 {
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let is_it = rest.starts_with([' ', '{']);
        is_it.then(|| rest.rsplit(' ').next()?.parse::<u64>().ok())?
    };
    text.lines().filter_map(value).sum()
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn a_counter_is_the_sum_over_its_labels_and_no_others() {
        let text = "# TYPE a counter\na{code=\"1\"} 2\na{code=\"2\"} 3\nab 7\na 1\n";
        assert_eq!((sum(text, "a"), sum(text, "ab"), sum(text, "b")), (6, 7, 0));
    }
}
