//! Who may see what beyond their role: standing lists, opened notices, and people kept off.

use async_trait::async_trait;
use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{NoticeId, Restriction, Timestamp, WorkItem};

use crate::{Digest, StoreError};

/// Through whose eyes work is looked at: restricted items come up where their lists, or a notice opened
/// for them alone, let them; notices that they are kept off never do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Their name.
    pub name: String,
    /// The reasons whose standing list names them.
    pub opens: Restriction,
    /// The moment at which they look.
    pub now: Timestamp,
}

impl Viewer {
    /// The service itself, from which nothing is hidden.
    pub fn system() -> Self {
        Self { name: "system".to_owned(), opens: Restriction::ALL, now: Timestamp::from_micros(0) }
    }
}

/// Somebody on the standing list of a restriction reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The reason.
    pub reason: RestrictionReason,
    /// Who.
    pub name: String,
    /// Whom to ask first: one of each list.
    pub on_call: bool,
    /// Disabled people open nothing.
    pub disabled: bool,
}

/// A restricted notice that somebody opened for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The notice.
    pub notice_id: NoticeId,
    /// Why it is restricted.
    pub restricted: Restriction,
    /// Who opened it.
    pub name: String,
    /// When.
    pub opened_at: Timestamp,
    /// Until when it is open to them.
    pub until: Timestamp,
}

/// Why somebody is kept off a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptOff {
    /// They said that they know the people.
    Said,
    /// Somebody whom they declared is named on it.
    Declared,
}

/// Standing lists, opened notices, and people kept off.
#[async_trait]
pub trait Access {
    /// Everybody on every standing list, by reason and then by name.
    async fn lists(&mut self) -> Result<Vec<Listed>, StoreError>;

    /// Puts a user on a list, or changes whether they are on call; whoever was on call before no longer
    /// is. Nothing where no user has that name.
    async fn put_on_list(
        &mut self,
        reason: RestrictionReason,
        name: &str,
        on_call: bool,
    ) -> Result<(), StoreError>;

    /// Takes somebody off a list. Whether they were on it.
    async fn take_off_list(&mut self, reason: RestrictionReason, name: &str) -> Result<bool, StoreError>;

    /// The reasons whose list names this user; none for a disabled one.
    async fn opens(&mut self, name: &str) -> Result<Restriction, StoreError>;

    /// Writes why a notice is restricted; its items are written one by one.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] for a notice that is not there.
    async fn restrict(&mut self, id: NoticeId, to: Restriction) -> Result<(), StoreError>;

    /// Unfinished restricted items, those received first before the others.
    async fn restricted_items(&mut self, limit: u32) -> Result<Vec<WorkItem>, StoreError>;

    /// Opens a notice for somebody, in the place of an earlier opening of theirs.
    async fn open_notice(&mut self, opened: &Opened) -> Result<(), StoreError>;

    /// Whether a notice was opened for somebody and still is.
    async fn is_open_for(&mut self, id: NoticeId, name: &str, now: Timestamp) -> Result<bool, StoreError>;

    /// Notices opened since a moment, the latest first.
    async fn opened_since(&mut self, since: Timestamp, limit: u32) -> Result<Vec<Opened>, StoreError>;

    /// Keeps people off notices; who is kept off already stays so.
    async fn keep_off(
        &mut self,
        of: &[(String, NoticeId)],
        why: KeptOff,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Whether somebody is kept off a notice.
    async fn is_kept_off(&mut self, id: NoticeId, name: &str) -> Result<bool, StoreError>;

    /// Keeps the matching keys and home places of whom somebody declared, in the place of those before.
    async fn declare(&mut self, name: &str, keys: &[Digest]) -> Result<(), StoreError>;

    /// Who declared any of these keys or places: (place of the key in `keys`, name), in no order.
    async fn declared_by(&mut self, keys: &[Digest]) -> Result<Vec<(usize, String)>, StoreError>;
}
