//! What changed, told to whoever watches.
//!
//! One follower a node hears that something was saved, looks how far the feed reaches, and wakes the
//! streams. Each stream reads for itself, through the eyes of its receiver as they are at that moment: what
//! they may not see, they are not told of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ppn_domain::{Desk, Permission, Span};
use ppn_store::{Changes, FeedPlace, FeedRow};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::{Principal, Service, ServiceError};

/// Streams of one node at once. More are told that the service is busy.
pub const MOST_STREAMS: usize = 200;
/// Of them, streams of one person or machine.
pub const MOST_STREAMS_EACH: usize = 12;
/// What changed can be read for so long. Whoever was away longer is told to read everything again.
pub const FEED_KEPT: Span = Span::hours(24);
/// Changes that are read and sent at a time.
pub const SENT_AT_ONCE: u32 = 500;
/// A stream looks for more at most this often.
pub const WATCH_PAUSE: Duration = Duration::from_millis(250);
/// The follower looks this often also when it hears nothing.
pub const LOOKED_ANYWAY: Duration = Duration::from_secs(5);
/// And this soon, while what was saved waits for an older transaction to end.
const LOOKED_AGAIN: Duration = Duration::from_millis(200);
/// So long a follower believes what it hears by: one whose other end is gone without a word hears nothing.
const BELIEVED: Duration = Duration::from_mins(5);
/// Rows that are pruned in one unit of work.
const PRUNED_AT_ONCE: u32 = 5_000;

/// What the streams of a node share.
#[derive(Debug)]
pub(crate) struct Hub {
    seen: watch::Sender<Seen>,
    /// Streams by the name of their receiver.
    streams: Mutex<HashMap<String, usize>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    latest: FeedPlace,
    ended: bool,
}

impl Default for Hub {
    fn default() -> Self {
        Self { seen: watch::Sender::new(Seen::default()), streams: Mutex::default() }
    }
}

impl Hub {
    fn let_in(&self, name: &str) -> Result<(), ServiceError> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = streams.values().sum();
        if all >= MOST_STREAMS || streams.get(name).is_some_and(|count| *count >= MOST_STREAMS_EACH) {
            return Err(ServiceError::Busy);
        }
        *streams.entry(name.to_owned()).or_default() += 1;
        #[expect(clippy::cast_precision_loss, reason = "a few hundred streams")]
        metrics::gauge!("ppn_feed_streams").set((all + 1) as f64);
        Ok(())
    }

    fn let_out(&self, name: &str) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = streams.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                streams.remove(name);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a few hundred streams")]
        metrics::gauge!("ppn_feed_streams").set(streams.values().sum::<usize>() as f64);
    }
}

/// Hears that something was saved, by whichever process, and wakes the streams of this node. One a node.
pub struct FeedFollower {
    service: Arc<Service>,
    hears: Option<(Box<dyn Changes>, Instant)>,
    wait: Duration,
}

impl FeedFollower {
    /// A follower that has not looked yet.
    pub fn new(service: Arc<Service>) -> Self {
        Self { service, hears: None, wait: LOOKED_ANYWAY }
    }

    /// Waits until something was saved, and wakes the streams; at most [`LOOKED_ANYWAY`].
    ///
    /// # Errors
    /// When the store cannot be listened to or read; the next turn begins anew.
    pub async fn turn(&mut self) -> Result<(), ServiceError> {
        match self.hears.take() {
            Some((mut hears, since)) if since.elapsed() < BELIEVED => {
                if let Ok(heard) = timeout(self.wait, hears.next()).await {
                    heard?;
                }
                self.hears = Some((hears, since));
            }
            // What was saved before it began to hear is found by the look below.
            _ => self.hears = Some((self.service.store.changes().await?, Instant::now())),
        }
        let reach = self.service.store.read().await?.feed_reach().await?;
        self.wait = if reach.more_to_come { LOOKED_AGAIN } else { LOOKED_ANYWAY };
        self.service.feed.seen.send_if_modified(|seen| {
            let further = seen.latest != reach.latest;
            seen.latest = reach.latest;
            further
        });
        Ok(())
    }
}

/// What a stream tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// These changed; the receiver knows everything up to there.
    Changed(Vec<FeedRow>, FeedPlace),
    /// It cannot be said what changed since the place that was given: everything is to be read again.
    ReadAgain(FeedPlace),
}

/// One receiver's stream.
#[derive(Debug)]
pub struct FeedWatch {
    service: Arc<Service>,
    name: String,
    /// Up to where the receiver knows everything; `None` where what they gave was none of the feed.
    at: Option<FeedPlace>,
    seen: watch::Receiver<Seen>,
}

impl Drop for FeedWatch {
    fn drop(&mut self) {
        self.service.feed.let_out(&self.name);
    }
}

impl Service {
    /// Begins a stream from a place that the receiver was told before, or from now on.
    ///
    /// # Errors
    /// When the caller may not list work; [`ServiceError::Busy`] when there are too many streams.
    pub async fn watch_feed(
        self: &Arc<Self>,
        by: &Principal,
        from: Option<&str>,
    ) -> Result<FeedWatch, ServiceError> {
        by.require(Permission::ListWork)?;
        self.feed.let_in(&by.name)?;
        // From here on it is let out when it is dropped, whatever happens.
        let mut watch = FeedWatch {
            service: self.clone(),
            name: by.name.clone(),
            at: None,
            seen: self.feed.seen.subscribe(),
        };
        let reach = self.store.read().await?.feed_reach().await?;
        watch.at = match from {
            Some(from) => from.parse().ok().filter(|at| reach.serves(*at)),
            None => Some(reach.latest),
        };
        Ok(watch)
    }

    /// Ends every stream: the service stops.
    pub fn end_streams(&self) {
        self.feed.seen.send_modify(|seen| seen.ended = true);
    }

    /// Removes what changed longer than [`FEED_KEPT`] ago. Any number of nodes may do it at once. How many
    /// rows it removed.
    ///
    /// # Errors
    /// When the store fails; what was removed before stays so.
    pub async fn prune_feed(&self) -> Result<u64, ServiceError> {
        let mut all = 0;
        loop {
            let mut uow = self.store.write().await?;
            let gone = uow.prune_feed(FEED_KEPT, PRUNED_AT_ONCE).await?;
            uow.save().await?;
            all += gone;
            if gone < u64::from(PRUNED_AT_ONCE) {
                return Ok(all);
            }
        }
    }
}

impl FeedWatch {
    /// The place up to which the receiver knows everything.
    pub fn place(&self) -> Option<FeedPlace> {
        self.at
    }

    /// Waits until there may be more to tell. False when the service stops.
    pub async fn more(&mut self) -> bool {
        let at = self.at;
        let more = self.seen.wait_for(|seen| seen.ended || at.is_none_or(|at| seen.latest > at)).await;
        if more.map_or(true, |seen| seen.ended) {
            return false;
        }
        // Changes come in swarms.
        sleep(WATCH_PAUSE).await;
        true
    }

    /// What changed since, through the eyes of whoever the receiver is by now.
    ///
    /// # Errors
    /// When they may no longer list work, or the store fails.
    pub async fn tell(&mut self, by: &Principal) -> Result<Told, ServiceError> {
        by.require(Permission::ListWork)?;
        let desks: Vec<Desk> = Desk::ALL.iter().copied().filter(|&desk| by.roles.work_at(desk)).collect();
        let mut uow = self.service.store.read().await?;
        let reach = uow.feed_reach().await?;
        let Some(at) = self.at.filter(|at| reach.serves(*at)) else {
            self.at = Some(reach.latest);
            return Ok(Told::ReadAgain(reach.latest));
        };
        let viewer = by.viewer(self.service.clock.now());
        let rows = uow.feed_between(at, reach.latest, &desks, &viewer, SENT_AT_ONCE).await?;
        let full = rows.len() >= SENT_AT_ONCE as usize;
        let up_to = rows.last().filter(|_| full).map_or(reach.latest, |row| row.place);
        self.at = Some(up_to);
        Ok(Told::Changed(rows, up_to))
    }
}
