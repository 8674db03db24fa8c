//! Logs and metrics. No line and no label carries a token, a password, an address or a name.

use crate::config::{Log, LogFormat};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::panic;
use std::sync::Once;
use tracing_subscriber::EnvFilter;

/// Starts logging, to standard error.
pub fn start_logs(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A line that cannot be written, such as on a full disk, is lost. To say so would need the same
    // stream, and a panic there would take the thread that logged with it.
    let lines = lines.log_internal_errors(false);
    let started = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}

/// From now on every panic is counted, and logged with the thread and the place, whoever catches it.
pub fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            metrics::counter!("houseful_panics").increment(1);
            if tracing::enabled!(tracing::Level::ERROR) {
                let thread = std::thread::current().name().unwrap_or_default().to_owned();
                let place = info.location().map(ToString::to_string).unwrap_or_default();
                let payload = info.payload();
                let text = payload.downcast_ref::<&str>().copied();
                let text = text.or(payload.downcast_ref::<String>().map(String::as_str));
                let text = text.unwrap_or_default();
                tracing::error!(thread, place, text, "panic");
            } else {
                usual(info);
            }
        }));
    });
}

/// Starts counting; the handle renders what was counted.
pub fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new().install_recorder()?;
    metrics::describe_counter!("houseful_entries_published", "Entries that became visible.");
    metrics::describe_counter!("houseful_socket_writes", "Writes to live connections.");
    metrics::describe_counter!("houseful_closes", "Live connections closed, by close code.");
    metrics::describe_counter!("houseful_panics", "Panics, whoever caught them: each is a defect.");
    metrics::describe_counter!("houseful_store_reads", "Reads of the database.");
    metrics::counter!("houseful_panics").absolute(0);
    metrics::describe_counter!("houseful_password_hashes", "Passwords that were hashed.");
    metrics::describe_counter!("houseful_room_alarms", "Panics and failures inside rooms.");
    metrics::describe_counter!(
        "houseful_connection_panics",
        "Live connections that a panic of ours has ended."
    );
    metrics::describe_counter!("houseful_request_panics", "HTTP requests whose handler panicked.");
    metrics::describe_counter!(
        "houseful_refused",
        "HTTP requests refused for want of room or time, by code."
    );
    metrics::describe_gauge!("houseful_connections", "Live connections.");
    metrics::describe_gauge!(
        "houseful_send_queue_bytes",
        "Bytes that connections have not taken yet, as of the last second."
    );
    metrics::describe_gauge!("houseful_rooms_awake", "Rooms in memory.");
    Ok(handle)
}
