//! One HTTP request on one simulated connection, as plain text.

use crate::house::ADDRESS;
use serde_json::Value;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use turmoil::net::TcpStream;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is sent.
pub struct Ask<'a> {
    pub path: &'a str,
    pub token: Option<&'a str>,
    pub body: &'a Value,
}

/// Posts; answers the status and the body. An error is one of the network.
pub async fn post(ask: Ask<'_>) -> io::Result<(u16, Value)> {
    tokio::time::timeout(PATIENCE, exchange(ask)).await?
}

async fn exchange(Ask { path, token, body }: Ask<'_>) -> io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect(ADDRESS).await?;
    let body = body.to_string();
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {ADDRESS}\r\nConnection: close\r\n{token}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let cut_off = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut_off)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = serde_json::from_str(body).map_err(|_| cut_off())?;
    Ok((status.ok_or_else(cut_off)?, body))
}
