//! Who asks, and what they may do.

use ppn_domain::{Desk, Permission, Restriction, Roles, Timestamp};
use ppn_store::Viewer;

use crate::ServiceError;

/// Who asks: a person or a machine, from where, with which roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Their name; `operator:NAME` on the command line.
    pub name: String,
    /// What they are.
    pub roles: Roles,
    /// The one source system they may submit for; `None` is any.
    pub source: Option<String>,
    /// The reasons of restriction whose standing list names them.
    pub lists: Restriction,
    /// The caller's address, or the command.
    pub origin: String,
}

impl Principal {
    /// Whether a role allows it.
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.allow(permission)
    }

    /// Refuses unless a role allows it.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`].
    pub fn require(&self, permission: Permission) -> Result<(), ServiceError> {
        if self.may(permission) { Ok(()) } else { Err(ServiceError::Forbidden(permission)) }
    }

    /// Refuses unless a role works at the desk.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotYourDesk`].
    pub fn require_desk(&self, desk: Desk) -> Result<(), ServiceError> {
        self.require(Permission::WorkItem)?;
        if self.roles.work_at(desk) { Ok(()) } else { Err(ServiceError::NotYourDesk(desk)) }
    }

    /// Under which name answers are kept for them: what one role was shown is not replayed to another.
    pub(crate) fn caller(&self) -> String {
        let roles: Vec<&str> = self.roles.0.iter().map(|r| r.code()).collect();
        let source = self.source.as_deref().unwrap_or("any source");
        format!("{} ({}; {source})", self.name, roles.join(", "))
    }

    /// Whether a restriction lets them in by its standing lists. A notice may besides be opened for
    /// somebody alone, and somebody may be kept off any.
    pub fn opens(&self, restricted: Restriction) -> bool {
        !restricted.is_restricted() || (self.may(Permission::ReadNotice) && restricted.opens_for(self.lists))
    }

    /// How they look at work.
    pub(crate) fn viewer(&self, now: Timestamp) -> Viewer {
        let lists = if self.may(Permission::ReadNotice) { self.lists } else { Restriction::NONE };
        Viewer { name: self.name.clone(), opens: lists, now }
    }
}

/// A request that must act once however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of route and body.
    pub request_hash: [u8; 32],
}
