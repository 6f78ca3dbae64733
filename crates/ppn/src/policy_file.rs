//! Policies in files.

use std::path::Path;

use ppn_triage::{DEFAULT_POLICY, Policy};

use crate::config::Config;
use crate::failure::Failure;
use crate::wiring;

/// The word that stands for the built-in policy where a file could be named.
const BUILT_IN: &str = "default";
/// The word that stands for the store: its policy, or what it holds.
pub const LIVE: &str = "live";

/// Reads a policy; the built-in one where none is named. Each error names file and line.
pub fn read(path: Option<&Path>) -> Result<Policy, Failure> {
    let Some(path) = path else {
        return Policy::from_toml(DEFAULT_POLICY)
            .map_err(|e| Failure::wrong(format!("built-in policy: {e}")));
    };
    let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path.display(), &e))?;
    Policy::from_toml(&text).map_err(|errors| {
        let lines: Vec<_> = errors.0.iter().map(|e| format!("policy {}: {e}", path.display())).collect();
        Failure::wrong(lines.join("\nppn: "))
    })
}

/// The policy that a name stands for: the built-in one (`default`, or no name), the one in force in the
/// store (`live`), or a file.
pub async fn read_named(config: &Config, name: Option<&Path>) -> Result<Policy, Failure> {
    match name {
        Some(name) if name == Path::new(LIVE) => {
            let service = wiring::start(config, wiring::open(config).await?).await?;
            let policy = (*service.policy()).clone();
            service.store().close().await;
            Ok(policy)
        }
        Some(name) if name == Path::new(BUILT_IN) => read(None),
        file => read(file),
    }
}
