//! What a connection is written to: the client's TCP socket, directly, or the near end of a pipe to the task that
//! speaks TLS with the client. Both are sockets of the kernel, so bounds and back-pressure are the same. Simulations
//! bring their own.

use crate::limits;
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
    /// Takes it over on the shard's runtime. From now on the kernel holds no more for it than our bound: left to
    /// itself it keeps up to 4 MB for a reader that has stopped, which nobody sees in the process's size.
    pub(super) fn from_handed(handed: Handed) -> io::Result<Socket> {
        Ok(match handed {
            Handed::Tcp(stream) => {
                SockRef::from(&stream).set_send_buffer_size(limits::SOCKET_SEND_BYTES)?;
                Socket::Tcp(TcpStream::from_std(stream)?)
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::time::Duration;

    /// What a peer that reads nothing is sent before the kernel takes no more.
    async fn taken(stream: &mut net::TcpStream) -> usize {
        let piece = [0; 16 * 1024];
        stream.set_nonblocking(true).unwrap();
        let mut taken = 0;
        // The kernel moves what it took to the peer's side, and then has room for more.
        for _ in 0..40 {
            while let Ok(count) = stream.write(&piece) {
                taken += count;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        taken
    }

    #[tokio::test]
    async fn r24_the_kernel_holds_no_more_than_the_bound_for_who_does_not_read() {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let pair = || {
            let client = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            SockRef::from(&client).set_recv_buffer_size(4_096).unwrap();
            (client, listener.accept().unwrap().0)
        };
        let (mut client, server) = pair();
        server.set_nonblocking(true).unwrap();
        let again = server.try_clone().unwrap();
        let _socket = Socket::from_handed(Handed::Tcp(server)).unwrap();
        let bounded = taken(&mut { again }).await;
        // Twice by its own account, and what the peer has room for.
        assert!(bounded <= 3 * limits::SOCKET_SEND_BYTES, "{bounded}");
        let (_silent, mut unbounded) = pair();
        assert!(
            taken(&mut unbounded).await > 3 * limits::SOCKET_SEND_BYTES,
            "there is something to bound"
        );
        client.read_exact(&mut [0; 1_024]).unwrap();
    }
}
