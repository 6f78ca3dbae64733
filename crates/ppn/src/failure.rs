//! How a command ends: everything done, some input refused, or not at all.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use ppn_service::{FieldError, ServiceError, StartError};
use ppn_store::StoreError;

/// How a command that ran to its end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Everything was done: exit code 0.
    All,
    /// Some input was refused, or not reached: exit code 1.
    SomeRefused,
}

impl Done {
    /// Everything, where this and another were.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, Self::All) => Self::All,
            _ => Self::SomeRefused,
        }
    }
}

impl From<Done> for ExitCode {
    fn from(done: Done) -> Self {
        match done {
            Done::All => Self::SUCCESS,
            Done::SomeRefused => Self::from(1),
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// One clear line: what, where and the fix. Empty says nothing.
    pub message: String,
}

impl Failure {
    /// Wrong usage or configuration, or something that the command needs and does not get.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// Some input was refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// A file that could not be read or written.
    pub fn file(name: impl std::fmt::Display, error: &io::Error) -> Self {
        Self::wrong(format!("{name}: {}", plain(error)))
    }

    /// Writing to standard output failed; a reader that went away is no failure to tell anybody of.
    pub fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self { code: 0, message: String::new() }
        } else {
            Self::file("standard output", error)
        }
    }
}

/// An input or output error without the number of the system's error.
pub fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder: name a file".to_owned(),
        _ => error.to_string(),
    }
}

/// An error with everything behind it, on one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        let more = error.to_string();
        // Some errors repeat their source in their own words.
        if !text.contains(&more) {
            let _ = write!(text, ": {more}");
        }
        behind = error.source();
    }
    text
}

/// One line for one reason of a refusal.
pub fn reason_line(error: &FieldError) -> String {
    let path = if error.path.is_empty() { "the notice" } else { &error.path };
    format!("{path}: {}: {}", error.rule, error.fix)
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match &error {
            ServiceError::Invalid(errors) => {
                Self::wrong(errors.iter().map(reason_line).collect::<Vec<_>>().join("\n"))
            }
            ServiceError::Busy | ServiceError::Again => Self::wrong(
                "the store is busy, has no room or cannot be reached: try again in a moment, and see `ppn doctor`",
            ),
            _ => Self::wrong(chain(&error)),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::wrong(chain(&error))
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::wrong(chain(&error))
    }
}
