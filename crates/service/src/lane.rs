//! Lanes: callers that wait at the same moment share one unit of work.
//!
//! Idle, a lane runs a single request at once; there is no waiting for company. While a unit of work
//! is under way further callers gather, up to [`LARGEST_SLICE`], and go together in the next.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::ServiceError;

/// The most requests in one unit of work.
pub const LARGEST_SLICE: usize = 100;

type Waiting<Q, A> = (Q, oneshot::Sender<Result<A, ServiceError>>);

/// A lane for one kind of request.
#[derive(Debug)]
pub(crate) struct Lane<Q, A> {
    send: mpsc::Sender<Waiting<Q, A>>,
}

impl<Q: Send + 'static, A: Send + 'static> Lane<Q, A> {
    /// Starts a lane; it ends when every handle to it is gone.
    pub(crate) fn start<S, F, R>(state: Arc<S>, run: F) -> Self
    where
        S: Send + Sync + 'static,
        F: Fn(Arc<S>, Vec<Q>) -> R + Send + 'static,
        R: Future<Output = Vec<Result<A, ServiceError>>> + Send + 'static,
    {
        let (send, mut receive) = mpsc::channel::<Waiting<Q, A>>(LARGEST_SLICE * 10);
        tokio::spawn(async move {
            let mut gathered = Vec::with_capacity(LARGEST_SLICE);
            while receive.recv_many(&mut gathered, LARGEST_SLICE).await > 0 {
                // A caller known to be gone gets nothing done in their name.
                let (requests, callers): (Vec<Q>, Vec<_>) =
                    gathered.drain(..).filter(|(_, caller)| !caller.is_closed()).unzip();
                if requests.is_empty() {
                    continue;
                }
                // In a task of its own, so that a panic ends this slice and not the lane: its callers
                // are told to ask again, and the unit of work was never saved.
                let answers = match tokio::spawn(run(state.clone(), requests)).await {
                    Ok(answers) => answers,
                    Err(fault) => {
                        tracing::error!(%fault, "a slice ended without answers");
                        Vec::new()
                    }
                };
                for (caller, answer) in callers.into_iter().zip(answers) {
                    // Gone since: the work stands, and the idempotency key finds it again.
                    drop(caller.send(answer));
                }
            }
        });
        Self { send }
    }

    /// Sends a request along the lane and waits for its answer.
    pub(crate) async fn ask(&self, request: Q) -> Result<A, ServiceError> {
        let (answer, wait) = oneshot::channel();
        self.send.try_send((request, answer)).map_err(|_| ServiceError::Busy)?;
        wait.await.map_err(|_| ServiceError::Busy)?
    }
}
