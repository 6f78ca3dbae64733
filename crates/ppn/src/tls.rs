//! The service's own encryption: the files that the settings name, and what comes in their place.

use std::path::PathBuf;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::failure::{Failure, plain};

/// How often the files are looked at for a newer certificate.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// Certificate and key, as the files hold them and as connections use them.
pub struct Encryption {
    certificate: PathBuf,
    key: PathBuf,
    used: RustlsConfig,
}

impl Encryption {
    /// Reads the files that the settings name, if they name any.
    pub async fn begin(config: &Config) -> Result<Option<Self>, Failure> {
        let (certificate, key) = match (&config.tls.certificate_file, &config.tls.key_file) {
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            (None, None) => return Ok(None),
            _ => return Err(Failure::wrong("give tls.certificate_file and tls.key_file together")),
        };
        // Where somebody chose before, that stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let used = RustlsConfig::from_pem_file(&certificate, &key).await.map_err(|e| {
            Failure::wrong(format!(
                "tls.certificate_file {} and tls.key_file {}: {}",
                certificate.display(),
                key.display(),
                plain(&e)
            ))
        })?;
        Ok(Some(Self { certificate, key, used }))
    }

    /// What connections use; it changes with the files.
    pub fn used(&self) -> RustlsConfig {
        self.used.clone()
    }

    /// What the files hold, to see that it changed.
    async fn content(&self) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
        Ok((tokio::fs::read(&self.certificate).await?, tokio::fs::read(&self.key).await?))
    }

    /// Takes a newer certificate over for connections that begin from then on: when the files change, and on
    /// SIGHUP. One that cannot be used is said, and the present one goes on.
    pub async fn follow(self) {
        let Ok(mut hangup) = signal(SignalKind::hangup()) else {
            tracing::error!("SIGHUP cannot be heard, and no newer certificate is taken over");
            return;
        };
        let mut every = tokio::time::interval(LOOKED_AT);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut before = self.content().await.ok();
        loop {
            let asked = tokio::select! {
                _ = every.tick() => false,
                _ = hangup.recv() => true,
            };
            let now = self.content().await.ok();
            if !asked && now == before {
                continue;
            }
            match self.used.reload_from_pem_file(&self.certificate, &self.key).await {
                Ok(()) => tracing::info!("the certificate was read again"),
                Err(error) => {
                    tracing::error!(%error, "the newer certificate cannot be used: the one before goes on");
                    metrics::counter!("ppn_certificate_failures_total").increment(1);
                }
            }
            before = now;
        }
    }
}
