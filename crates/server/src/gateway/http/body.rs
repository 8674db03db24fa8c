//! A request's body that must keep coming: after a start, a second for each KiB. It bounds time, not size.

use crate::limits::HTTP_BODY_BYTES_PER_SECOND;
use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// The body came too slowly.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

/// A body with a deadline that moves with what arrives.
pub(super) struct PacedBody {
    body: Incoming,
    start: Duration,
    /// Made when there is something to wait for.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl PacedBody {
    pub(super) fn new(body: Incoming, start_ms: u64) -> PacedBody {
        PacedBody { body, start: Duration::from_millis(start_ms), deadline: None }
    }
}

impl Body for PacedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let start = this.start;
        let deadline = this.deadline.get_or_insert_with(|| Box::pin(sleep(start)));
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(frame) => {
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                let bytes = data.map_or(0, |data| data.len() as u64);
                let more = Duration::from_millis(bytes * 1_000 / HTTP_BODY_BYTES_PER_SECOND);
                let until = deadline.deadline() + more;
                deadline.as_mut().reset(until);
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => deadline.as_mut().poll(context).map(|()| Some(Err(TooSlow.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
