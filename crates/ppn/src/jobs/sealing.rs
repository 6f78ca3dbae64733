//! Seals the log, and writes the signed heads outside the store.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use ppn_sealing::SealingKey;
use ppn_service::{Sealing, Service, ServiceError};

use super::Work;
use super::alarms::Alarms;
use crate::failure::Failure;
use crate::seals::{HeadsFile, Places};

/// Seals the log, and writes the signed heads outside the store: those of other nodes too, so that each
/// node's file has them all.
pub struct Seal {
    service: Arc<Service>,
    places: Places,
    alarms: Alarms,
    key: Option<SealingKey>,
    heads: Option<HeadsFile>,
}

impl Seal {
    pub fn new(service: Arc<Service>, places: Places) -> Self {
        Self { service, places, alarms: Alarms::default(), key: None, heads: None }
    }

    async fn seal(&mut self) -> Result<(), Failure> {
        if self.key.is_none() {
            self.key = self.places.key(&self.service).await?;
        }
        let whole = match &self.key {
            Some(key) => seal_all(&self.service, key).await?,
            None => false,
        };
        metrics::gauge!("ppn_log_sealed").set(if whole { 1.0 } else { 0.0 });
        if whole {
            return Ok(());
        }
        Err(Failure::wrong(match self.key {
            Some(_) => {
                "the seals of the log are not what was signed: nothing is sealed; see `ppn audit verify`"
            }
            None => "there is no key, and nothing of the log is sealed: run `ppn migrate`",
        }))
    }

    async fn write_heads(&mut self) -> Result<(), Failure> {
        let Some(path) = self.places.heads.clone() else { return Ok(()) };
        let (file, older) = heads_outside(&self.service, path, self.heads.take()).await.map_err(|error| {
            Failure::wrong(format!(
                "the heads of the log cannot be written outside the store, see audit.heads_file: {}",
                error.message
            ))
        })?;
        if self.alarms.sounds("older", u64::from(older)) {
            tracing::error!(
                "the log is older than its last head outside the store: rows were cut off, or a backup was restored; see `ppn audit verify`"
            );
        }
        self.heads = Some(file);
        Ok(())
    }
}

#[async_trait]
impl Work for Seal {
    async fn turn(&mut self) -> Result<(), Failure> {
        // Heads of other nodes are written also where this one cannot seal.
        let sealed = self.seal().await;
        let written = self.write_heads().await;
        sealed.and(written)
    }
}

/// Seals what there is to seal; false when the store's tree is not what was signed.
async fn seal_all(service: &Service, key: &SealingKey) -> Result<bool, ServiceError> {
    loop {
        match service.seal(key).await? {
            Sealing::Sealed(_) => {}
            Sealing::Nothing | Sealing::NotNow => return Ok(true),
            Sealing::Broken => return Ok(false),
        }
    }
}

/// Adds what the file lacks, and says whether it knows of more rows than the store.
async fn heads_outside(
    service: &Service,
    path: PathBuf,
    open: Option<HeadsFile>,
) -> Result<(HeadsFile, bool), Failure> {
    let failed = |e: std::io::Error| Failure::file("audit.heads_file", &e);
    let gone = |_| Failure::wrong("the heads could not be written");
    let mut file = match open {
        Some(file) => file,
        None => tokio::task::spawn_blocking(move || HeadsFile::open(&path))
            .await
            .map_err(gone)?
            .map_err(failed)?,
    };
    let latest = service.latest_head().await?.map_or(0, |head| head.head.size);
    while file.last() < latest {
        let more = service.heads_after(file.last()).await?;
        if more.is_empty() {
            break;
        }
        file = tokio::task::spawn_blocking(move || file.add(&more).map(|()| file))
            .await
            .map_err(gone)?
            .map_err(failed)?;
    }
    let older = file.last() > latest;
    Ok((file, older))
}
