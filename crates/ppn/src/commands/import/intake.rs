//! Slices of notices into the service, with patience while somebody else writes.

use std::collections::HashSet;
use std::future::Future;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use ppn_domain::NoticeId;
use ppn_ingestion::Record;
use ppn_service::{Principal, Refused, Service, ServiceError, Submit, Submitted};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::rejects::Rejects;
use crate::failure::{Failure, reason_line};
use crate::input::Input;
use crate::progress::{say, say_beside};

/// How long a slice is tried while the store is busy.
const PATIENCE: Duration = Duration::from_mins(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Refusals of an input that are told one by one; all of them stand in the file of reasons.
const REFUSALS_TOLD: u64 = 20;

/// Whether somebody asked for the work to stop.
#[derive(Debug)]
pub struct Stop {
    asked: watch::Receiver<bool>,
    listening: JoinHandle<()>,
}

impl Drop for Stop {
    /// What comes after has its own way to stop.
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Stop {
    /// Listens for Ctrl-C and for being told to end. The second time ends the program at once.
    pub fn on_signals() -> Self {
        let (ask, asked) = watch::channel(false);
        let listening = tokio::spawn(async move {
            let (Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
            else {
                // Without handlers a signal ends the program at once, which loses nothing that was saved.
                ask.closed().await;
                return;
            };
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if ask.send_replace(true) {
                    std::process::exit(1);
                }
                say("Stopping after the present slice...");
            }
        });
        Self { asked, listening }
    }

    /// Whether to stop.
    pub fn asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Returns when it is time to stop.
    pub async fn wait(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What became of the notices so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not held before.
    pub new: u64,
    /// Other content under a reference that is held.
    pub revisions: u64,
    /// Held already.
    pub repeats: u64,
    /// Could not be read.
    pub refused: u64,
}

impl Counts {
    #[expect(clippy::cast_precision_loss, reason = "a rate for a person to read")]
    pub fn summary(self, took: Duration) -> String {
        let all = self.new + self.revisions + self.repeats + self.refused;
        let seconds = took.as_secs_f64().max(0.001);
        format!(
            "{} new, {} revisions, {} repeats, {} refused in {seconds:.1} s ({:.0} notices/s)",
            self.new,
            self.revisions,
            self.repeats,
            self.refused,
            all as f64 / seconds
        )
    }
}

/// Takes inputs in.
#[derive(Debug)]
pub struct Intake<'a> {
    service: &'a Service,
    by: Principal,
    stop: &'a Stop,
    /// The present input is a rejects file: what it brings in mends what stands on the list.
    mends: bool,
    /// So far, over all inputs.
    pub counts: Counts,
}

impl<'a> Intake<'a> {
    /// Nothing taken in yet.
    pub fn new(service: &'a Service, by: Principal, stop: &'a Stop) -> Self {
        Self { service, by, stop, mends: false, counts: Counts::default() }
    }

    /// Who brings the notices in.
    pub const fn by(&self) -> &Principal {
        &self.by
    }

    /// Takes in an input to its end, or until it is time to stop.
    pub async fn take(
        &mut self,
        input: &mut Input,
        as_worked: bool,
        mut rejects: Option<&mut Rejects>,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        // Only what an earlier import refused is mended by importing it: an extract of last night may
        // hold an older version of what could not be read since.
        self.mends = input.name.contains(".rejects");
        let mut told = 0;
        while !self.stop.asked() {
            let batch = tokio::select! {
                batch = input.next() => batch?,
                () = self.stop.wait() => return Ok(()),
            };
            let Some(batch) = batch else { return Ok(()) };
            for record in &batch.records {
                if let Err(refusal) = &record.result {
                    // Kept for mending before anything else happens to it.
                    if let Some(rejects) = rejects.as_deref_mut() {
                        rejects.add(record, &refusal.errors)?;
                    }
                    tell(bar, &input.name, record, &mut told);
                }
            }
            if let Some(rejects) = rejects.as_deref_mut() {
                rejects.flush()?;
            }
            let count = batch.records.len() as u64;
            self.slice(batch.records, as_worked).await?;
            if batch.position > 0 { bar.set_position(batch.position) } else { bar.inc(count) }
        }
        Ok(())
    }

    async fn slice(&mut self, records: Vec<Record>, as_worked: bool) -> Result<(), Failure> {
        let mut keys = Vec::with_capacity(records.len());
        let mut slice = Vec::with_capacity(records.len());
        let mut refused_here = HashSet::new();
        for record in records {
            let read = match record.result {
                Ok(submission) => {
                    let notice = &submission.notice;
                    keys.push(Some((notice.source.clone(), notice.reference.clone())));
                    Ok(submission)
                }
                Err(refusal) => {
                    self.counts.refused += 1;
                    if let (Some(source), Some(reference)) = (&refusal.source, &refusal.reference) {
                        refused_here.insert((source.clone(), reference.clone()));
                    }
                    // Too large to hold: the file of reasons alone names it.
                    if record.raw.is_empty() {
                        continue;
                    }
                    keys.push(None);
                    Err(Refused { refusal, content: record.raw })
                }
            };
            slice.push(Submit { by: self.by.clone(), read, as_worked, once: None });
        }
        if slice.is_empty() {
            return Ok(());
        }
        let answers = patiently(|| async {
            // The service fails a slice as a whole when the store is busy, and keeps nothing of it.
            self.service.submit(slice.clone()).await.into_iter().collect::<Result<Vec<_>, _>>()
        })
        .await?;
        let mut accepted: Vec<(String, String, NoticeId)> = Vec::new();
        for (answer, key) in answers.into_iter().zip(keys) {
            let Submitted::Accepted(receipt) = answer else { continue };
            if receipt.repeat {
                self.counts.repeats += 1;
                continue;
            }
            if receipt.created {
                self.counts.new += 1;
            } else {
                self.counts.revisions += 1;
            }
            // One that was refused in this very slice is not mended by its neighbour.
            let mends = self.mends && receipt.current_revision == receipt.revision;
            if let Some(key) = key.filter(|key| mends && !refused_here.contains(key)) {
                accepted.push((key.0, key.1, receipt.id));
            }
        }
        if !accepted.is_empty() && patiently(|| self.some_unreadable()).await? {
            patiently(|| self.service.mended_by_import(&self.by, &accepted)).await?;
        }
        Ok(())
    }

    /// Spares the look-up by reference, notice by notice, where nothing is open.
    async fn some_unreadable(&self) -> Result<bool, ServiceError> {
        let mut uow = self.service.store().read().await?;
        Ok(uow.count_unreadable(self.service.now()).await?.0 > 0)
    }
}

/// Does it again, with growing pauses, while somebody else is writing, or the store's answer was lost:
/// what an import brings in twice is kept once.
pub async fn patiently<T, F>(mut work: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, ServiceError>>,
{
    let begun = Instant::now();
    let mut pause = Duration::from_millis(50);
    loop {
        match work().await {
            Err(ServiceError::Busy | ServiceError::Again | ServiceError::Raced | ServiceError::Unknown)
                if begun.elapsed() < PATIENCE =>
            {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(
                error @ (ServiceError::Busy
                | ServiceError::Again
                | ServiceError::Raced
                | ServiceError::Unknown),
            ) => {
                return Err(Failure::wrong(format!(
                    "{error}, and has been for a minute: what was taken in so far is kept; run the same command again to go on"
                )));
            }
            other => return Ok(other?),
        }
    }
}

fn tell(bar: &ProgressBar, input: &str, record: &Record, told: &mut u64) {
    let Err(refusal) = &record.result else { return };
    *told += 1;
    if *told <= REFUSALS_TOLD {
        for error in &refusal.errors {
            let line = error.line.unwrap_or(record.line);
            say_beside(bar, format_args!("{input}: line {line}: {}", reason_line(error)));
        }
    } else if *told == REFUSALS_TOLD + 1 {
        say_beside(bar, format_args!("{input}: more are refused: see the file of reasons"));
    }
}
