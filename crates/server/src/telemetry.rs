//! Logs and metrics. No line and no label carries a token, a password, an address or a name.

use crate::config::{Log, LogFormat};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
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

/// Starts counting; the handle renders what was counted.
pub fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new().install_recorder()?;
    metrics::describe_counter!("houseful_entries_published", "Entries that became visible.");
    metrics::describe_counter!("houseful_socket_writes", "Writes to live connections.");
    metrics::describe_counter!("houseful_closes", "Live connections closed, by close code.");
    metrics::describe_gauge!("houseful_connections", "Live connections.");
    metrics::describe_gauge!("houseful_rooms_awake", "Rooms in memory.");
    Ok(handle)
}
