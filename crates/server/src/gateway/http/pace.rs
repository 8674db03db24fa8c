//! A connection's stream with deadlines: for the first byte, for a head, for the silence between two requests, for a
//! reader that takes nothing. A body's pace is the body's own affair.

use super::head::{Head, refusal};
use crate::config::HttpLimits;
use crate::limits;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How far a connection's requests are; the service tells, the stream looks.
#[derive(Debug, Default)]
pub(super) struct Progress {
    is_serving: AtomicBool,
    is_live: AtomicBool,
    served: AtomicUsize,
}

/// What a stream waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// The first byte of the first request.
    First,
    /// The rest of a head.
    Head,
    /// The next request.
    Next,
}

/// A stream with deadlines, until its upgrade.
pub struct Paced<S> {
    stream: S,
    limits: HttpLimits,
    progress: Arc<Progress>,
    served: usize,
    waiting: Waiting,
    head: Head,
    reading: Pin<Box<Sleep>>,
    /// Runs while nothing is taken.
    writing: Option<Pin<Box<Sleep>>>,
    /// Our refusal in place of the parser's: its bytes, and how many are written.
    refusal: Option<(Vec<u8>, usize)>,
}

impl Progress {
    /// A request's head is complete.
    pub(super) fn begin(&self) {
        self.is_serving.store(true, Ordering::Relaxed);
    }

    /// Its answer is ready to be written.
    pub(super) fn end(&self) {
        self.served.fetch_add(1, Ordering::Relaxed);
        self.is_serving.store(false, Ordering::Relaxed);
    }

    /// Its answer has no end: for the rest the connection is as one after an upgrade.
    pub(super) fn go_live(&self) {
        self.is_live.store(true, Ordering::Relaxed);
    }

    /// Whether it is one.
    pub(super) fn is_live(&self) -> bool {
        self.is_live.load(Ordering::Relaxed)
    }

    fn is_serving(&self) -> bool {
        self.is_serving.load(Ordering::Relaxed)
    }
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, limits: HttpLimits, progress: Arc<Progress>) -> Paced<S> {
        Paced {
            stream,
            limits,
            progress,
            served: 0,
            waiting: Waiting::First,
            head: Head::default(),
            reading: Box::pin(sleep(Duration::from_millis(limits.headers_ms))),
            writing: None,
            refusal: None,
        }
    }

    /// The stream itself, after an upgrade.
    pub fn into_inner(self) -> S {
        self.stream
    }

    /// After an upgrade: it may be silent for any time, and has time enough to hear why it is closed as
    /// one that takes nothing (R24).
    pub fn into_live(self) -> Paced<S> {
        self.progress.begin();
        self.progress.go_live();
        self
    }

    fn wait_for(&mut self, waiting: Waiting) {
        self.waiting = waiting;
        self.restart();
    }

    fn restart(&mut self) {
        let ms = match self.waiting {
            Waiting::First | Waiting::Head => self.limits.headers_ms,
            Waiting::Next => self.limits.idle_ms,
        };
        self.reading.as_mut().reset(Instant::now() + Duration::from_millis(ms));
    }

    /// Notes an answer that was given since the last look.
    fn catch_up(&mut self) {
        let served = self.progress.served.load(Ordering::Relaxed);
        if served != self.served {
            self.served = served;
            self.head = Head::default();
            self.wait_for(Waiting::Next);
        }
    }

    /// What a write came to, if it did not take too long.
    fn in_time<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.writing = None;
            self.restart();
            return written;
        }
        let is_live = self.progress.is_live();
        let ms = if is_live { limits::LIVE_WRITE_MS_MAX } else { self.limits.write_ms };
        let limit = Duration::from_millis(ms);
        let deadline = self.writing.get_or_insert_with(|| Box::pin(sleep(limit)));
        deadline.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.progress.is_serving() {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        }
        this.catch_up();
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Ready(read) => {
                let bytes = &mut buffer.filled_mut()[before..];
                if !bytes.is_empty() && this.waiting != Waiting::Head {
                    this.wait_for(Waiting::Head);
                }
                this.head.check(bytes);
                Poll::Ready(read)
            }
            Poll::Pending => {
                let late = this.reading.as_mut().poll(context);
                late.map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.catch_up();
        if this.refusal.is_none() && this.waiting == Waiting::Head && !this.progress.is_serving() {
            this.refusal = refusal(bytes).map(|refusal| (refusal, 0));
        }
        while let Some((refusal, written)) = &mut this.refusal {
            if *written == refusal.len() {
                this.refusal = None;
                return Poll::Ready(Ok(bytes.len()));
            }
            let rest = &refusal[*written..];
            match Pin::new(&mut this.stream).poll_write(context, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(more)) => *written += more,
                other => return this.in_time(context, other),
            }
        }
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.in_time(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.catch_up();
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        if flushed.is_pending() {
            return this.in_time(context, flushed);
        }
        // Who has read once in vain while a request was served reads again only when woken.
        if !this.progress.is_serving() && this.reading.as_mut().poll(context).is_ready() {
            context.waker().wake_by_ref();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = ready!(Pin::new(&mut self.stream).poll_shutdown(context));
        Poll::Ready(shut)
    }
}
