//! The simulated host that runs the real server: what it is configured with, its clock, and who is there from the
//! beginning. What is in the data folder outlives its crashes.

use crate::bug::Saboteur;
use crate::journal;
use crate::network::Simulated;
use houseful::accounts::Applicant;
use houseful::app::{Server, Surroundings};
use houseful::clock::Clock;
use houseful::config::Config;
use houseful::store::Role;
use houseful_room::testkit::Rng;
use houseful_room::{Mono, Wall};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// The host's name.
pub const NAME: &str = "house";
/// Where it listens.
pub const ADDRESS: &str = "house:8787";
/// Who makes the event.
pub const ORGANISER: &str = "olivia@house.example";
/// Everybody's password.
pub const PASSWORD: &str = "row-A-seat-12-please";

/// 2026-11-21T12:00:00Z, when every world begins.
const BEGIN_MS: i64 = 1_795_262_400_000;

/// The simulation's time. The monotonic clock begins with the process.
pub struct HostClock {
    since: Duration,
}

impl HostClock {
    /// The clock of a process that begins now.
    pub fn new() -> HostClock {
        HostClock { since: now() }
    }
}

impl Clock for HostClock {
    fn mono(&self) -> Mono {
        Mono(0) + now().saturating_sub(self.since)
    }

    fn wall(&self) -> Wall {
        Wall(BEGIN_MS) + now()
    }
}

/// Virtual time since the world began.
pub fn now() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}

/// Runs the server until it is told to stop, or the host crashes.
pub async fn run(
    folder: PathBuf,
    saboteur: Arc<Saboteur>,
    rng: Rng,
    stop: Arc<Notify>,
) -> turmoil::Result {
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let spoiled = saboteur.clone();
    let surroundings = Surroundings {
        machine: Arc::new(Simulated(saboteur)),
        open: Box::new(move |config| journal::open(config, spoiled, rng)),
        ..Surroundings::new(Arc::new(HostClock::new()), metrics)
    };
    let server = Server::start(config(folder), surroundings).await?;
    if !server.accounts.is_known(ORGANISER)? {
        let olivia = Applicant {
            email: ORGANISER.to_owned(),
            name: "Olivia".to_owned(),
            password: PASSWORD.to_owned(),
        };
        server.accounts.enrol(olivia, Role::Organiser).await?;
    }
    stop.notified().await;
    server.stop().await;
    Ok(())
}

/// Limits that nobody here runs into by themselves.
fn config(data: PathBuf) -> Config {
    let mut config = Config { data, shards: 2, ..Config::default() };
    config.listen = vec![([0, 0, 0, 0], 8787).into()];
    config.operator.listen = ([127, 0, 0, 1], 8788).into();
    config.accounts.sign_up_per_hour_address = 10_000;
    config.accounts.sign_in_per_minute_address = 10_000;
    config.accounts.sign_in_per_minute_account = 10_000;
    config.http.requests_per_minute_person = 100_000;
    config.http.requests_per_minute_address = 100_000;
    config.live.requests_per_minute = 60_000;
    config.live.requests_burst = 60_000;
    config
}
