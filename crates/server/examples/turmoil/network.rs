//! The machine that a simulated server runs on: turmoil's sockets, and one thread for everything. It decides nothing;
//! a planted bug may spoil what a live connection is written.

use crate::bug::Saboteur;
use futures_util::future::BoxFuture;
use houseful::machine::{Accepted, Listener, Machine, ShardTask, Stream};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use turmoil::net::{TcpListener, TcpStream};

/// A host of the simulation.
pub struct Simulated(pub Arc<Saboteur>);

struct Listening(TcpListener, Arc<Saboteur>);

/// A simulated socket that is read and written through `&self`, as the system's are. It never leaves its thread; the
/// lock is for the compiler.
struct Wire(Mutex<TcpStream>, Arc<Saboteur>);

impl Machine for Simulated {
    fn listen(&self, at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let listener = Listening(TcpListener::bind(at).await?, self.0.clone());
            let listener: Box<dyn Listener> = Box::new(listener);
            Ok(listener)
        })
    }

    fn start_shard(&self, _: usize, shard: ShardTask) -> io::Result<()> {
        tokio::task::spawn_local(async move {
            let afterwards = shard().await;
            afterwards();
        });
        Ok(())
    }

    fn block(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }
}

impl Listener for Listening {
    fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    fn accept(&self) -> BoxFuture<'_, io::Result<(Accepted, SocketAddr)>> {
        Box::pin(async {
            let (stream, peer) = self.0.accept().await?;
            let wire = Wire(Mutex::new(stream), self.1.clone());
            Ok((Accepted::Simulated(Box::new(wire)), peer))
        })
    }
}

impl Wire {
    fn stream(&self) -> MutexGuard<'_, TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream for Wire {
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut byte = [0];
        self.stream().poll_peek(context, &mut ReadBuf::new(&mut byte)).map_ok(drop)
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(self.stream().writable()).poll(context)
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        // Who is told nothing now waits with `poll_readable` next.
        let mut context = Context::from_waker(Waker::noop());
        match Pin::new(&mut *self.stream()).poll_read(&mut context, &mut buffer) {
            Poll::Ready(read) => read.map(|()| buffer.filled().len()),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let times = self.1.times_written(bytes);
        for _ in 0..times {
            self.stream().try_write(bytes)?;
        }
        Ok(bytes.len())
    }

    fn end_writing(&self) -> io::Result<()> {
        let mut context = Context::from_waker(Waker::noop());
        match Pin::new(&mut *self.stream()).poll_shutdown(&mut context) {
            Poll::Ready(ended) => ended,
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_read(context, into)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream()).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_shutdown(context)
    }
}
