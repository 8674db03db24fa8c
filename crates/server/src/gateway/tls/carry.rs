//! Carries bytes between a TLS connection and its shard. A shard writes to a socket of the kernel and knows no TLS: the
//! far end of a pair of local sockets is here. What waits is bounded by their buffers and by one of ours each
//! way; who does not read is a slow consumer as on any socket, for this task stops reading the pair.

use crate::limits;
use std::future::Future;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::UnixStream;

/// Carries until one side ends, and then what is left for the other.
pub async fn carry(tls: impl AsyncRead + AsyncWrite, shard: UnixStream) {
    let ((from_client, to_client), (from_shard, to_shard)) = (split(tls), shard.into_split());
    let up = one_way(from_client, to_shard);
    let down = one_way(from_shard, to_client);
    tokio::pin!(up, down);
    // The side that has not ended has as long as any goodbye.
    tokio::select! {
        () = &mut up => in_time(down).await,
        () = &mut down => in_time(up).await,
    }
}

async fn in_time(rest: impl Future<Output = ()>) {
    // Too late is the end as well.
    let _ = tokio::time::timeout(Duration::from_millis(limits::CLOSE_MS_MAX), rest).await;
}

async fn one_way(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let mut buffer = vec![0; limits::TLS_CARRY_BYTES];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        // TLS keeps a record to itself until it is told.
        if to.write_all(&buffer[..count]).await.is_err() || to.flush().await.is_err() {
            break;
        }
    }
    // The other side may be gone already.
    let _ = to.shutdown().await;
}
