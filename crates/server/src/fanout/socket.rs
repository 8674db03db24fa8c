//! What a connection is written to: the client's TCP socket, directly, or the near end of a pipe to the task that speaks
//! TLS with the client. Both are sockets of the kernel, so bounds and back-pressure are the same. Simulations bring theirs.

use crate::machine::Stream;
use socket2::SockRef;
use std::future::poll_fn;
use std::io;
use std::net::{self, Shutdown};
use std::os::unix::net as local;
use tokio::net::{TcpStream, UnixStream};

/// A socket of a shard.
pub enum Socket {
    /// The client's own.
    Tcp(TcpStream),
    /// A pipe to who speaks with the client.
    Local(UnixStream),
    /// One of a simulated network.
    Simulated(Box<dyn Stream>),
}

/// A socket on its way to a shard: non-blocking, and of no runtime.
pub enum Handed {
    /// The client's own.
    Tcp(net::TcpStream),
    /// A pipe to who speaks with the client.
    Local(local::UnixStream),
    /// One of a simulated network.
    Simulated(Box<dyn Stream>),
}

impl Socket {
    /// Takes it over on the shard's runtime.
    pub(super) fn from_handed(handed: Handed) -> io::Result<Socket> {
        Ok(match handed {
            Handed::Tcp(stream) => Socket::Tcp(TcpStream::from_std(stream)?),
            Handed::Local(stream) => Socket::Local(UnixStream::from_std(stream)?),
            Handed::Simulated(stream) => Socket::Simulated(stream),
        })
    }

    /// Until there may be something to read.
    pub async fn readable(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.readable().await,
            Socket::Local(stream) => stream.readable().await,
            Socket::Simulated(stream) => poll_fn(|context| stream.poll_readable(context)).await,
        }
    }

    /// Until something may be taken.
    pub(super) async fn writable(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.writable().await,
            Socket::Local(stream) => stream.writable().await,
            Socket::Simulated(stream) => poll_fn(|context| stream.poll_writable(context)).await,
        }
    }

    /// Reads what is there.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.try_read(buffer),
            Socket::Local(stream) => stream.try_read(buffer),
            Socket::Simulated(stream) => stream.try_read(buffer),
        }
    }

    /// Says that no more will be written; reading goes on.
    pub(super) fn end_writing(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => SockRef::from(stream).shutdown(Shutdown::Write),
            Socket::Local(stream) => SockRef::from(stream).shutdown(Shutdown::Write),
            Socket::Simulated(stream) => stream.end_writing(),
        }
    }

    /// Writes what is taken at once.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.try_write(bytes),
            Socket::Local(stream) => stream.try_write(bytes),
            Socket::Simulated(stream) => stream.try_write(bytes),
        }
    }
}
