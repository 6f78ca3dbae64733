//! What the service does by itself, again and again.
//!
//! Every node does every job, and none leads: a job looks in the store for what there is to do, takes what
//! no other node holds at that moment, and leaves the rest. A node that dies in the middle loses its
//! transaction and its locks, and whichever node comes next does its share. Each job runs in a task of its
//! own, so that one that fails, hangs or panics stops no other.

mod alarms;
mod policy;
mod sealing;
mod watch;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use metrics_exporter_prometheus::PrometheusHandle;
use ppn_service::{FeedFollower, Service};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::failure::Failure;
use crate::seals::Places;
use alarms::Alarms;

/// A job by its name and its period.
#[derive(Debug, Clone, Copy)]
struct Job {
    /// Its name in metrics and in the log.
    name: &'static str,
    /// How long after one turn the next begins.
    every: Duration,
}

/// Leases and holds that ended: the items wait again. They are back within thirty seconds.
const RETURN_ENDED: Job = Job { name: "return_ended", every: Duration::from_secs(10) };
/// Sessions whose time is over.
const END_SESSIONS: Job = Job { name: "end_sessions", every: Duration::from_secs(10) };
/// Items that a large change left without a current assessment.
const ASSESS_PENDING: Job = Job { name: "assess_pending", every: Duration::from_secs(10) };
/// Takes over a policy that was put in force elsewhere, and assesses what is unfinished under it. Every
/// node uses it within five seconds.
const FOLLOW_POLICY: Job = Job { name: "follow_policy", every: Duration::from_secs(2) };
/// Gathers what changed the counts of the backlog: until then each read adds it up.
const GATHER_COUNTS: Job = Job { name: "gather_counts", every: Duration::from_secs(2) };
/// Holds the counts of the backlog to its items.
const CHECK_COUNTS: Job = Job { name: "check_counts", every: Duration::from_hours(1) };
/// Seals the log: a row is sealed within ten seconds of its act.
const SEAL: Job = Job { name: "seal", every: Duration::from_secs(4) };
/// Sets the gauges, and sounds the alarms.
const WATCH: Job = Job { name: "watch", every: Duration::from_secs(10) };

/// Hears of changes that any node saved, and wakes the streams that tell of them. A turn waits by itself, and
/// looks at most ten times a second.
const FOLLOW_FEED: Job = Job { name: "follow_feed", every: Duration::from_millis(100) };
/// Removes from the feed what is older than it is kept.
const PRUNE_FEED: Job = Job { name: "prune_feed", every: Duration::from_mins(10) };

/// A turn that failed is tried again after the job's period, or after this where the period is longer.
const AGAIN: Duration = Duration::from_secs(10);
/// But not sooner than this.
const NOT_SOONER: Duration = Duration::from_secs(1);

/// The work of a job.
#[async_trait]
trait Work: Send {
    /// Does what there is to do now.
    async fn turn(&mut self) -> Result<(), Failure>;
}

/// Starts every job. They end with what this gives.
pub fn start(service: &Arc<Service>, places: Places, metrics: PrometheusHandle) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let of = || service.clone();
    jobs.spawn(again_and_again(RETURN_ENDED, of(), ReturnEnded(of())));
    jobs.spawn(again_and_again(END_SESSIONS, of(), EndSessions(of())));
    jobs.spawn(again_and_again(ASSESS_PENDING, of(), AssessPending(of())));
    jobs.spawn(again_and_again(FOLLOW_POLICY, of(), policy::FollowPolicy::new(of())));
    jobs.spawn(again_and_again(GATHER_COUNTS, of(), GatherCounts(of())));
    jobs.spawn(again_and_again(CHECK_COUNTS, of(), CheckCounts(of())));
    jobs.spawn(again_and_again(SEAL, of(), sealing::Seal::new(of(), places)));
    jobs.spawn(again_and_again(FOLLOW_FEED, of(), FollowFeed(FeedFollower::new(of()))));
    jobs.spawn(again_and_again(PRUNE_FEED, of(), PruneFeed(of())));
    jobs.spawn(again_and_again(WATCH, of(), watch::Watch::new(of(), metrics)));
    jobs
}

async fn again_and_again(job: Job, service: Arc<Service>, mut work: impl Work) {
    let Job { name, every } = job;
    let mut turns = interval(every);
    // After a standstill, going on is enough: what was missed is done in one turn.
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut alarms = Alarms::default();
    // Until a job succeeds, its last success counts as the start: one that never does is seen as well.
    let period = metrics::gauge!("ppn_job_period_seconds", "name" => name);
    let succeeded = metrics::gauge!("ppn_job_last_success_seconds", "name" => name);
    period.set(every.as_secs_f64());
    succeeded.set(seconds(&service));
    loop {
        turns.tick().await;
        // What a turn left half done is in the store's hands, and a job holds nothing that must be whole.
        let failed = match AssertUnwindSafe(work.turn()).catch_unwind().await {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(failure.message),
            Err(_) => Some("it panicked: please report it with the lines above".to_owned()),
        };
        if alarms.sounds(name, u64::from(failed.is_some()))
            && let Some(error) = &failed
        {
            tracing::warn!(job = name, error, "a job failed; it is tried again");
        }
        if failed.is_some() {
            turns.reset_after(every.clamp(NOT_SOONER, AGAIN));
        } else {
            succeeded.set(seconds(&service));
        }
    }
}

/// The present moment in seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
fn seconds(service: &Service) -> f64 {
    (service.now().micros() / 1_000_000) as f64
}

struct ReturnEnded(Arc<Service>);

#[async_trait]
impl Work for ReturnEnded {
    async fn turn(&mut self) -> Result<(), Failure> {
        let returned = self.0.return_ended().await?;
        if returned > 0 {
            tracing::info!(returned, "items whose lease or hold ended wait again");
        }
        Ok(())
    }
}

struct EndSessions(Arc<Service>);

#[async_trait]
impl Work for EndSessions {
    async fn turn(&mut self) -> Result<(), Failure> {
        let ended = self.0.end_stale_sessions().await?;
        if ended > 0 {
            tracing::info!(ended, "sessions whose time was over ended");
        }
        Ok(())
    }
}

struct AssessPending(Arc<Service>);

#[async_trait]
impl Work for AssessPending {
    async fn turn(&mut self) -> Result<(), Failure> {
        while self.0.assess_pending().await? > 0 {}
        Ok(())
    }
}

struct GatherCounts(Arc<Service>);

#[async_trait]
impl Work for GatherCounts {
    async fn turn(&mut self) -> Result<(), Failure> {
        self.0.gather_counts().await?;
        Ok(())
    }
}

struct CheckCounts(Arc<Service>);

#[async_trait]
impl Work for CheckCounts {
    async fn turn(&mut self) -> Result<(), Failure> {
        let wrong = self.0.check_counts().await?;
        if wrong > 0 {
            tracing::error!(wrong, "kept counts of the backlog were wrong and were put right");
        }
        Ok(())
    }
}

struct FollowFeed(FeedFollower);

#[async_trait]
impl Work for FollowFeed {
    async fn turn(&mut self) -> Result<(), Failure> {
        Ok(self.0.turn().await?)
    }
}

struct PruneFeed(Arc<Service>);

#[async_trait]
impl Work for PruneFeed {
    async fn turn(&mut self) -> Result<(), Failure> {
        self.0.prune_feed().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ppn_domain::SystemClock;
    use ppn_service::Settings;
    use ppn_store_sqlite::SqliteStore;
    use ppn_triage::DEFAULT_POLICY;

    use super::*;

    /// Fails, panics, and then goes on.
    struct Stumbles(Arc<AtomicUsize>);

    #[async_trait]
    impl Work for Stumbles {
        async fn turn(&mut self) -> Result<(), Failure> {
            match self.0.fetch_add(1, Ordering::SeqCst) {
                0 => Err(Failure::wrong("the first time")),
                1 => panic!("the second time"),
                _ => Ok(()),
            }
        }
    }

    #[tokio::test]
    async fn a_job_that_failed_or_panicked_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("ppn.db")).await.unwrap();
        Service::migrate(&store, &SystemClock, "operator:test", DEFAULT_POLICY).await.unwrap();
        let service = Service::start(Arc::new(store), Arc::new(SystemClock), [1; 32], Settings::default());
        let (service, turns) = (service.await.unwrap(), Arc::new(AtomicUsize::new(0)));
        let job = Job { name: "stumbles", every: Duration::from_millis(1) };
        let running = tokio::spawn(again_and_again(job, service, Stumbles(turns.clone())));
        while turns.load(Ordering::SeqCst) < 4 {
            tokio::task::yield_now().await;
        }
        running.abort();
    }
}
