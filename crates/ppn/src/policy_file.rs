//! Policies in files.

use std::path::Path;

use ppn_triage::{DEFAULT_POLICY, Policy};

use crate::failure::Failure;

/// The word that stands for the built-in policy where a file could be named.
const BUILT_IN: &str = "default";

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

/// The same, where the word `default` is the built-in policy.
pub fn read_named(name: &Path) -> Result<Policy, Failure> {
    read((name != Path::new(BUILT_IN)).then_some(name))
}
