//! Who may do what: one table of roles by permissions. Deny by default.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Desk;
use crate::codes::codes;

codes! {
    /// What somebody is for the service.
    pub enum UserRole {
        /// Submits notices and reads own receipts.
        Source = "source",
        /// Works the child, adult, share, strategy and record desks.
        Researcher = "researcher",
        /// Works the domestic abuse desk.
        Reviewer = "reviewer",
        /// Watches the backlog, endorses, and may act at every desk.
        Supervisor = "supervisor",
        /// Reads findings and questions for the own team.
        TeamSergeant = "team_sergeant",
        /// Takes strategy and MARAC decisions on cases they are named on.
        Investigator = "investigator",
        /// Reads the log, not the notices.
        Auditor = "auditor",
        /// Proposes and approves policy, never the own.
        PolicyOwner = "policy_owner",
        /// Manages users and configuration, not the notices.
        Administrator = "administrator",
    }
}

codes! {
    /// One thing that somebody may do.
    pub enum Permission {
        /// Submit notices and have them checked.
        SubmitNotice = "submit_notice",
        /// Open a notice and its work items, with content.
        ReadNotice = "read_notice",
        /// See work lists.
        ListWork = "list_work",
        /// Claim, renew, release, hold and complete at the desks that the role works.
        WorkItem = "work_item",
        /// Give an item to somebody, take it over, put a red on hold.
        AssignWork = "assign_work",
        /// Decide as the second person.
        Endorse = "endorse",
        /// Accept that an item ranks lower.
        AcceptLowering = "accept_lowering",
        /// Say whether two mentions are one person, and whether two notices tell one event.
        DecideLink = "decide_link",
        /// Say whether it is as the words of a notice suggest.
        DecideCue = "decide_cue",
        /// Propose, approve and apply policy.
        ChangePolicy = "change_policy",
        /// See the backlog in numbers.
        ReadBacklog = "read_backlog",
        /// See, mend and dismiss refused submissions.
        MendUnreadable = "mend_unreadable",
        /// Restrict a notice to named people.
        Restrict = "restrict",
        /// Lift a restriction, where its standing list names the caller.
        LiftRestriction = "lift_restriction",
        /// See of restricted items desk, band and age, and whom to ask.
        WatchRestricted = "watch_restricted",
        /// Open a restricted notice without being named, with a reason, and the list is told.
        BreakGlass = "break_glass",
        /// Say who stands on the standing list of a restriction reason.
        ManageLists = "manage_lists",
        /// Say whom one knows, and pass their items on.
        KnowPeople = "know_people",
        /// See which notices are due for review, keep or hold them, and erase what they said.
        ReviewRetention = "review_retention",
        /// Read the log.
        ReadAudit = "read_audit",
        /// Read the metrics.
        ReadMetrics = "read_metrics",
        /// Make, list and revoke tokens.
        ManageTokens = "manage_tokens",
        /// Add people, say what they are, and disable them.
        ManageUsers = "manage_users",
    }
}

impl UserRole {
    /// The table: what this role may do.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Source => &[P::SubmitNotice],
            Self::Researcher | Self::Reviewer => &[
                P::SubmitNotice,
                P::ReadNotice,
                P::ListWork,
                P::WorkItem,
                P::AcceptLowering,
                P::DecideLink,
                P::DecideCue,
                P::ReadBacklog,
                P::Restrict,
                P::LiftRestriction,
                P::KnowPeople,
            ],
            Self::Supervisor => &[
                P::SubmitNotice,
                P::ReadNotice,
                P::ListWork,
                P::WorkItem,
                P::AssignWork,
                P::Endorse,
                P::AcceptLowering,
                P::DecideLink,
                P::DecideCue,
                P::ReadBacklog,
                P::MendUnreadable,
                P::Restrict,
                P::LiftRestriction,
                P::WatchRestricted,
                P::BreakGlass,
                P::KnowPeople,
                P::ReadMetrics,
                P::ReviewRetention,
            ],
            Self::TeamSergeant | Self::Investigator => &[],
            Self::Auditor => &[P::ReadAudit],
            Self::PolicyOwner => &[P::ReadBacklog, P::ChangePolicy],
            Self::Administrator => &[P::ManageTokens, P::ManageUsers, P::ManageLists, P::ReadMetrics],
        }
    }

    /// The desks at which this role may claim.
    pub const fn desks(self) -> &'static [Desk] {
        match self {
            Self::Researcher => &[Desk::Child, Desk::Adult, Desk::Share, Desk::Strategy, Desk::Record],
            Self::Reviewer => &[Desk::DomesticAbuse],
            Self::Supervisor => Desk::ALL,
            _ => &[],
        }
    }

    /// Whether this is a member of staff, who sees bands and reasons; a source system is not.
    pub const fn is_staff(self) -> bool {
        !matches!(self, Self::Source)
    }
}

/// The roles of one caller.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(pub BTreeSet<UserRole>);

impl Roles {
    /// Whether any of the roles allows it.
    pub fn allow(&self, permission: Permission) -> bool {
        self.0.iter().any(|r| r.permissions().contains(&permission))
    }

    /// Whether any of the roles works at this desk.
    pub fn work_at(&self, desk: Desk) -> bool {
        self.0.iter().any(|r| r.desks().contains(&desk))
    }

    /// Whether the caller is staff.
    pub fn are_staff(&self) -> bool {
        self.0.iter().any(|r| r.is_staff())
    }
}

impl FromIterator<UserRole> for Roles {
    fn from_iter<T: IntoIterator<Item = UserRole>>(roles: T) -> Self {
        Self(roles.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_allowed_without_a_role() {
        let nobody = Roles::default();
        assert!(Permission::ALL.iter().all(|&p| !nobody.allow(p)));
        assert!(Desk::ALL.iter().all(|&d| !nobody.work_at(d)));
    }

    #[test]
    fn a_source_submits_and_sees_nothing() {
        assert_eq!(UserRole::Source.permissions(), [Permission::SubmitNotice]);
        assert!(!UserRole::Source.is_staff());
    }

    #[test]
    fn auditor_and_administrator_do_not_open_notices() {
        for role in [UserRole::Auditor, UserRole::Administrator] {
            assert!(!role.permissions().contains(&Permission::ReadNotice), "{role}");
        }
    }
}
