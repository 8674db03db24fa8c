//! What a connection is written to: the client's TCP socket, directly, or the near end of a pipe to the task that
//! speaks TLS with the client. Both are sockets of the kernel, so bounds and back-pressure are the same.

use socket2::SockRef;
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
}

/// A socket on its way to a shard: non-blocking, and of no runtime.
pub enum Handed {
    /// The client's own.
    Tcp(net::TcpStream),
    /// A pipe to who speaks with the client.
    Local(local::UnixStream),
}

impl Socket {
    /// Takes it over on the shard's runtime.
    pub(super) fn from_handed(handed: Handed) -> io::Result<Socket> {
        Ok(match handed {
            Handed::Tcp(stream) => Socket::Tcp(TcpStream::from_std(stream)?),
            Handed::Local(stream) => Socket::Local(UnixStream::from_std(stream)?),
        })
    }

    /// Until there may be something to read.
    pub async fn readable(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.readable().await,
            Socket::Local(stream) => stream.readable().await,
        }
    }

    /// Until something may be taken.
    pub(super) async fn writable(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.writable().await,
            Socket::Local(stream) => stream.writable().await,
        }
    }

    /// Reads what is there.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.try_read(buffer),
            Socket::Local(stream) => stream.try_read(buffer),
        }
    }

    /// Says that no more will be written; reading goes on.
    pub(super) fn end_writing(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => SockRef::from(stream).shutdown(Shutdown::Write),
            Socket::Local(stream) => SockRef::from(stream).shutdown(Shutdown::Write),
        }
    }

    /// Writes what is taken at once.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.try_write(bytes),
            Socket::Local(stream) => stream.try_write(bytes),
        }
    }
}
