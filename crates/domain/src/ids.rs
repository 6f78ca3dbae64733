//! Identifiers: newtypes over UUID version 7, so that they sort by the time they were made.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier made at `at`, its random part taken from `random`.
            pub fn new(at: Timestamp, random: u128) -> Self {
                Self(id_at(at, random))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(s).map(Self)
            }
        }
    )+};
}

fn id_at(at: Timestamp, random: u128) -> Uuid {
    let millis = u64::try_from(at.micros() / 1000).unwrap_or(0);
    let mut bytes = [0_u8; 10];
    bytes.copy_from_slice(&random.to_be_bytes()[..10]);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

ids! {
    /// A notice: one for each (source, reference).
    NoticeId;
    /// A piece of work on one notice at one desk.
    WorkItemId;
    /// A person as one notice describes them.
    MentionId;
    /// A person over every notice that certain or confirmed links join: their lowest mention.
    PersonId;
    /// Two mentions that may be one person, or of which a person said whether they are.
    LinkId;
    /// A grade that a reviewer gave.
    ReviewId;
    /// One stored result of triage.
    AssessmentId;
    /// One holding of a work item by one person.
    ClaimId;
    /// A refused submission, kept as sent.
    UnreadableId;
    /// A row of the log.
    AuditId;
    /// Text that somebody typed, kept apart from the log so that it can be erased.
    TypedTextId;
    /// A bearer token.
    TokenId;
    /// A stay of somebody who signed in with a browser.
    SessionId;
    /// What a search found, for the session in which it was asked.
    SearchId;
    /// Somebody who signs in, or a machine that submits.
    UserId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made_and_read_back() {
        let early = NoticeId::new(Timestamp::from_micros(1_000_000), u128::MAX);
        let late = NoticeId::new(Timestamp::from_micros(2_000_000), 0);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<NoticeId>().unwrap(), early);
        assert_eq!(early.0.get_version_num(), 7);
    }
}
