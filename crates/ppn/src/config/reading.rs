//! The file of settings, read: what is wrong in it is told by line, with the nearest name.

use std::path::{Path, PathBuf};

use config::{ConfigError, Map, Source, Value};

use super::settings::SETTINGS;
use super::{Config, DEFAULT_FILE};
use crate::cli::Global;
use crate::failure::{Failure, plain};

/// The name and the text of the file of settings, where there is one.
pub(super) fn file(
    global: &Global,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<(String, String)>, Failure> {
    let named = global.config.clone().or_else(|| variable("PPN_CONFIG").map(PathBuf::from));
    match &named {
        Some(path) => read(path).map(Some),
        None if Path::new(DEFAULT_FILE).exists() => read(Path::new(DEFAULT_FILE)).map(Some),
        None => Ok(None),
    }
}

/// The line of a file that sets a setting.
pub(super) fn line_of(text: &str, key: &str) -> Option<usize> {
    let (section, key) = key.split_once('.')?;
    let all = toml::de::DeTable::parse(text).ok()?;
    let section = all.get_ref().get(section)?.get_ref().as_table()?;
    let (key, _) = section.iter().find(|(name, _)| name.get_ref() == key)?;
    Some(line_at(text, key.span().start))
}

pub(super) fn read(path: &Path) -> Result<(String, String), Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::wrong(format!("configuration {}: {}", path.display(), plain(&e))))?;
    Ok((path.display().to_string(), text))
}

/// Values by key, each knowing where it came from.
#[derive(Debug, Clone)]
pub(super) struct Values {
    pub(super) of: Map<String, Value>,
}

impl Source for Values {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.of.clone())
    }
}

pub(super) fn table(name: &str, text: &str) -> Result<Map<String, Value>, Failure> {
    use config::Format as _;
    config::FileFormat::Toml
        .parse(Some(&name.to_owned()), text)
        .map_err(|e| Failure::wrong(format!("{name}: {e}")))
}

/// Refuses a setting that is none, naming the line and the nearest one that is.
pub(super) fn known_settings_only(name: &str, text: &str) -> Result<(), Failure> {
    let table: toml::Table = text.parse().map_err(|e| cannot_read(name, text, &e))?;
    for (section, inside) in &table {
        let toml::Value::Table(inside) = inside else {
            return Err(unknown(name, text, section, section));
        };
        let begin = format!("{section}.");
        if inside.is_empty() && !SETTINGS.iter().any(|s| s.key.starts_with(&begin)) {
            return Err(unknown(name, text, section, section));
        }
        for key in inside.keys() {
            let full = format!("{begin}{key}");
            if !SETTINGS.iter().any(|s| s.key == full) {
                return Err(unknown(name, text, key, &full));
            }
        }
    }
    // Strictly by type here: what is laid over one another later turns any number into a yes or a no.
    toml::from_str::<Config>(text).map(drop).map_err(|e| cannot_read(name, text, &e))
}

pub(super) fn cannot_read(name: &str, text: &str, error: &toml::de::Error) -> Failure {
    let line = error.span().map_or(1, |span| line_at(text, span.start));
    Failure::wrong(format!("{name}: line {line}: {}", error.message().replace('\n', " ")))
}

pub(super) fn unknown(name: &str, text: &str, word: &str, full: &str) -> Failure {
    let line = text
        .lines()
        .position(|line| line.trim_start().trim_start_matches('[').trim_start().starts_with(word))
        .map_or(String::new(), |at| format!("line {}: ", at + 1));
    let nearest = SETTINGS
        .iter()
        .map(|s| (s.key, strsim::jaro_winkler(full, s.key)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or("", |(key, _)| key);
    Failure::wrong(format!("{name}: {line}there is no setting `{full}`; the nearest is `{nearest}`"))
}

pub(super) fn line_at(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|b| *b == b'\n').count()
}

pub(super) fn wrong(error: &ConfigError) -> Failure {
    match error {
        ConfigError::Type { origin, unexpected, expected, key } => Failure::wrong(format!(
            "{}{}: this is {unexpected}, and it must be {expected}",
            origin.as_ref().map_or(String::new(), |origin| format!("{origin}: ")),
            key.as_deref().unwrap_or("a setting"),
        )),
        other => Failure::wrong(format!("configuration: {other}")),
    }
}
