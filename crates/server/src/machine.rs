//! What the server runs on: where sockets come from, where a shard runs, where work that blocks is done. It is the
//! operating system; a simulation brings its own. It decides nothing.

use futures_util::future::{BoxFuture, LocalBoxFuture};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

/// What a server runs on.
pub trait Machine: Send + Sync {
    /// Listens on an address.
    fn listen(&self, at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>>;
    /// Runs a shard in a place of its own.
    fn start_shard(&self, index: usize, shard: ShardTask) -> io::Result<()>;
    /// Does work that blocks, where nobody is kept waiting by it. To be called on a runtime.
    fn block(&self, work: Box<dyn FnOnce() + Send>);
}

/// A shard, to be made and run where it is to be: it stays on one thread.
pub type ShardTask = Box<dyn FnOnce() -> LocalBoxFuture<'static, Afterwards> + Send>;

/// What is to be done when a shard has ended and its sockets are gone.
pub type Afterwards = Box<dyn FnOnce()>;

/// Where connections come from.
pub trait Listener: Send + Sync {
    /// Its address.
    fn address(&self) -> io::Result<SocketAddr>;
    /// The next connection, and who it is.
    fn accept(&self) -> BoxFuture<'_, io::Result<(Accepted, SocketAddr)>>;
}

/// A connection's socket.
pub enum Accepted {
    /// One of the kernel.
    Tcp(TcpStream),
    /// One of a simulation.
    Simulated(Box<dyn Stream>),
}

/// A socket that is none of the kernel: read and written through `&self` too, as those are.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Until there may be something to read.
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Until something may be taken.
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Reads what is there.
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes what is taken at once.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Says that no more will be written; reading goes on.
    fn end_writing(&self) -> io::Result<()>;
}

/// The operating system: its sockets, a thread for each shard, tokio's pool for what blocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Machine for System {
    fn listen(&self, at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let listener: Box<dyn Listener> = Box::new(TcpListener::bind(at).await?);
            Ok(listener)
        })
    }

    fn start_shard(&self, index: usize, shard: ShardTask) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let run = move || {
            let afterwards = LocalSet::new().block_on(&runtime, shard());
            drop(runtime);
            afterwards();
        };
        std::thread::Builder::new().name(format!("shard-{index}")).spawn(run)?;
        Ok(())
    }

    fn block(&self, work: Box<dyn FnOnce() + Send>) {
        drop(tokio::task::spawn_blocking(work));
    }
}

impl Listener for TcpListener {
    fn address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    fn accept(&self) -> BoxFuture<'_, io::Result<(Accepted, SocketAddr)>> {
        Box::pin(async {
            let (stream, peer) = TcpListener::accept(self).await?;
            Ok((Accepted::Tcp(stream), peer))
        })
    }
}
