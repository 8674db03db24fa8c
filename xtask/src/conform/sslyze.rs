//! SSLyze against the server's TLS listener with a certificate that is made for the run: held to Mozilla's
//! intermediate profile. That nobody signed the certificate is the one thing it may say.

use super::{Sslyze, environment, start};
use crate::client::process::Server;
use anyhow::{Context, Result, bail};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

const PACKAGE: &str = "sslyze==6.3.1";

/// What it says of any certificate that is self-signed.
const EXPLAINED: &[(&str, &str)] = &[(
    "certificate_path_validation",
    "the certificate of the run is self-signed: nobody vouches for it",
)];

/// Starts the server with a certificate and has it looked at.
pub fn run(sslyze: &Sslyze) -> Result<()> {
    let program = environment::program("sslyze", PACKAGE)?;
    let start = start(sslyze.binary.as_ref(), "conform-sslyze")?;
    make_certificate(&start.data)?;
    let tls = free_address()?;
    let mut command = Command::new(&start.binary);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&start.data);
    command.env("HOUSEFUL_TLS__LISTEN", tls.to_string());
    command.env("HOUSEFUL_TLS__CERTIFICATE", start.data.join("certificate.pem"));
    command.env("HOUSEFUL_TLS__KEY", start.data.join("key.pem"));
    let server = Server::start(command, &start.data)?;
    let output = Command::new(program)
        .args(["--mozilla_config=intermediate", &format!("localhost:{}", tls.port())])
        .output()?;
    server.kill()?;
    let said = String::from_utf8_lossy(&output.stdout);
    judge(&said)?;
    fs::remove_dir_all(&start.data)?;
    Ok(())
}

fn make_certificate(folder: &Path) -> Result<()> {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    command.args(["-nodes", "-days", "90", "-subj", "/CN=localhost"]);
    command.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    command.arg("-keyout").arg(folder.join("key.pem"));
    command.arg("-out").arg(folder.join("certificate.pem"));
    let output = command.output().context("openssl makes the certificate of the run")?;
    if !output.status.success() {
        bail!("openssl: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// An address that was free a moment ago: the TLS listener does not say where it listens.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Reads the verdict: a line for the whole, and one for each thing that is not as the profile has it.
fn judge(said: &str) -> Result<()> {
    let (_, verdict) = said
        .split_once("COMPLIANCE AGAINST")
        .with_context(|| format!("SSLyze gave no verdict:\n{said}"))?;
    println!("{}", verdict.trim());
    if verdict.contains("OK - Compliant") {
        return Ok(());
    }
    let found = verdict.lines().filter_map(|line| line.trim().strip_prefix("* "));
    let mut unexplained = Vec::new();
    let mut explained = 0;
    for line in found {
        match EXPLAINED.iter().find(|(what, _)| line.starts_with(what)) {
            Some((what, why)) => {
                explained += 1;
                println!("explained: {what}: {why}");
            }
            None => unexplained.push(line),
        }
    }
    if explained == 0 || !unexplained.is_empty() {
        bail!("not as the profile has it:\n  {}", unexplained.join("\n  "));
    }
    Ok(())
}
