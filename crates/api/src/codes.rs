//! Closed vocabularies and identifiers in the OpenAPI document.

use ppn_domain::profile::Digest;
use ppn_domain::{Band, Desk, FindingCode, Outcome, StateName, Suggestion, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! code_schemas {
    ($($(#[$meta:meta])* $name:ident($of:ty);)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $of);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(<$of>::ALL.iter().map(|c| c.code())))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

code_schemas! {
    /// A band: it sets the order and is not a risk grade.
    BandCode(Band);
    /// A desk.
    DeskCode(Desk);
    /// A state of work.
    StateCode(StateName);
    /// How an item ended.
    OutcomeCode(Outcome);
    /// A suggestion.
    SuggestionCode(Suggestion);
    /// A finding.
    FindingName(FindingCode);
    /// An act that the log records.
    ActName(ppn_domain::Act);
    /// Why a notice is restricted.
    RestrictionCode(ppn_domain::notice::codes::RestrictionReason);
    /// What a person said of a cue.
    VerdictCode(ppn_domain::CueVerdict);
    /// A domestic abuse risk grade.
    GradeCode(ppn_domain::notice::codes::Grade);
    /// Why a second person must endorse a grade.
    SecondPersonCode(ppn_domain::SecondPerson);
    /// A kind of notice.
    KindCode(ppn_domain::notice::codes::NoticeKind);
}

/// An outcome that a person may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ChosenOutcome(pub Outcome);

impl PartialSchema for ChosenOutcome {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Outcome::CHOICES.iter().map(|c| c.code())))
            .into()
    }
}

impl ToSchema for ChosenOutcome {}

/// Names a cue inside its notice: 32 hexadecimal digits of which nothing can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CueId(pub Digest);

impl PartialSchema for CueId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-fA-F]{32}$")).into()
    }
}

impl ToSchema for CueId {}

/// A moment, RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub Timestamp);

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Time {}

impl From<Timestamp> for Time {
    fn from(t: Timestamp) -> Self {
        Self(t)
    }
}
