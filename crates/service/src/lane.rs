//! Lanes: callers that wait at the same moment share one unit of work.
//!
//! Idle, a lane runs a single request at once; there is no waiting for company. While a unit of work
//! is under way further callers gather, up to [`LARGEST_SLICE`], and go together in the next.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::ServiceError;

/// The most requests in one unit of work.
pub const LARGEST_SLICE: usize = 100;

/// So many slices in a row that the store refused are no accident of a busy moment.
const REFUSED_IN_A_ROW: u32 = 3;
/// What was refused longer ago says nothing of now: somebody has to try again.
const REFUSED_LATELY: Duration = Duration::from_secs(10);

/// Whether the store does what it is asked to, as a lane hears it.
#[derive(Debug, Default)]
struct Hearing(Mutex<Option<Refused>>);

#[derive(Debug, Clone, Copy)]
struct Refused {
    in_a_row: u32,
    last: Instant,
}

impl Hearing {
    /// Hears what came of a slice. An act that was refused for its own sake says that the store answers.
    fn hear<A>(&self, answers: &[Result<A, ServiceError>]) {
        let refused = answers.iter().all(|answer| {
            matches!(answer, Err(ServiceError::Busy | ServiceError::Unknown | ServiceError::Store(_)))
        });
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *heard = refused.then(|| Refused {
            in_a_row: heard.map_or(1, |before| before.in_a_row.saturating_add(1)),
            last: Instant::now(),
        });
    }

    /// Whether everything was refused lately, several times in a row and nothing done since.
    fn refuses(&self) -> bool {
        let heard = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.is_some_and(|refused| {
            refused.in_a_row >= REFUSED_IN_A_ROW && refused.last.elapsed() < REFUSED_LATELY
        })
    }
}

type Waiting<Q, A> = (Q, oneshot::Sender<Result<A, ServiceError>>);

/// A lane for one kind of request.
#[derive(Debug)]
pub(crate) struct Lane<Q, A> {
    send: mpsc::Sender<Waiting<Q, A>>,
    hearing: Arc<Hearing>,
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
        let hearing = Arc::new(Hearing::default());
        let heard = hearing.clone();
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
                heard.hear(&answers);
                for (caller, answer) in callers.into_iter().zip(answers) {
                    // Gone since: the work stands, and the idempotency key finds it again.
                    drop(caller.send(answer));
                }
            }
        });
        Self { send, hearing }
    }

    /// Whether the store refused everything that went along this lane lately, several slices in a row.
    pub(crate) fn is_refused(&self) -> bool {
        self.hearing.refuses()
    }

    /// Sends a request along the lane and waits for its answer.
    pub(crate) async fn ask(&self, request: Q) -> Result<A, ServiceError> {
        let (answer, wait) = oneshot::channel();
        self.send.try_send((request, answer)).map_err(|_| ServiceError::Busy)?;
        wait.await.map_err(|_| ServiceError::Busy)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_refuses_again_and_again_is_heard_and_forgotten_when_it_does_not() {
        let hearing = Hearing::default();
        let refused = || [Err::<(), _>(ServiceError::Busy)];
        let mut said = Vec::new();
        for answers in [refused(), refused(), [Ok(())], refused(), refused(), refused()] {
            hearing.hear(&answers);
            said.push(hearing.refuses());
        }
        assert_eq!(said, [false, false, false, false, false, true]);
        // Refused for its own sake, it was looked at.
        hearing.hear(&[Err::<(), _>(ServiceError::ClaimEnded)]);
        assert!(!hearing.refuses());
    }
}
