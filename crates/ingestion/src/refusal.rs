//! Why a submission was refused: every reason, where it stands and what to do about it.

use serde::{Deserialize, Serialize};

/// The closed vocabulary of [`FieldError::rule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Required,
    UnknownMember,
    UnknownCode,
    Type,
    Pattern,
    Format,
    TooLong,
    TooShort,
    TooMany,
    TooFew,
    Repeated,
    NumberRange,
    NotJson,
    NotUtf8,
    TooLarge,
    TooDeep,
    RepeatedMember,
    RowsDisagree,
    FieldCount,
    Quoting,
    MoreErrors,
    Contract,
}

impl Rule {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownMember => "unknown_member",
            Self::UnknownCode => "unknown_code",
            Self::Type => "type",
            Self::Pattern => "pattern",
            Self::Format => "format",
            Self::TooLong => "too_long",
            Self::TooShort => "too_short",
            Self::TooMany => "too_many",
            Self::TooFew => "too_few",
            Self::Repeated => "repeated",
            Self::NumberRange => "number_range",
            Self::NotJson => "not_json",
            Self::NotUtf8 => "not_utf8",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::RepeatedMember => "repeated_member",
            Self::RowsDisagree => "rows_disagree",
            Self::FieldCount => "field_count",
            Self::Quoting => "quoting",
            Self::MoreErrors => "more_errors",
            Self::Contract => "contract",
        }
    }
}

/// One reason for a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// JSON pointer to the place; empty for the notice as a whole. Member names that are not in
    /// the contract are cut at 64 characters.
    pub path: String,
    /// Which rule was broken, from a closed vocabulary: `required`, `unknown_member`,
    /// `unknown_code`, `type`, `pattern`, `format`, `too_long`, `too_short`, `too_many`, `too_few`,
    /// `repeated`, `number_range`, `not_json`, `not_utf8`, `too_large`, `too_deep`,
    /// `repeated_member`, `rows_disagree`, `field_count`, `quoting`, `more_errors`, `contract`.
    pub rule: String,
    /// What to do, in words. Never the value that was sent.
    pub fix: String,
    /// The line in the input, from 1, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl FieldError {
    pub(crate) fn new(path: impl Into<String>, rule: Rule, fix: impl Into<String>) -> Self {
        Self { path: path.into(), rule: rule.code().to_owned(), fix: fix.into(), line: None }
    }

    pub(crate) fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
}

/// A submission that was not accepted. Nothing of it is stored as a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The submitting system, where it could be read.
    pub source: Option<String>,
    /// The source system's reference, where it could be read.
    pub reference: Option<String>,
    /// Every reason, at most fifty and then one `more_errors` that counts the rest.
    pub errors: Vec<FieldError>,
}

/// How many reasons are told one by one.
pub(crate) const MAX_ERRORS: usize = 50;

impl Refusal {
    pub(crate) fn one(error: FieldError) -> Self {
        Self { source: None, reference: None, errors: vec![error] }
    }
}

/// One step of a JSON pointer, escaped, and cut so that a stranger cannot fill a log.
pub(crate) fn pointer_step(name: &str) -> String {
    let mut step = String::with_capacity(name.len().min(64));
    for c in name.chars().take(64) {
        match c {
            '~' => step.push_str("~0"),
            '/' => step.push_str("~1"),
            c if c.is_control() => step.push('\u{fffd}'),
            c => step.push(c),
        }
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_step_is_escaped_and_cut() {
        assert_eq!(pointer_step("a/b~c\0"), "a~1b~0c\u{fffd}");
        assert_eq!(pointer_step(&"x".repeat(1000)).len(), 64);
    }
}
