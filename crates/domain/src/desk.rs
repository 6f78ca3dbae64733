//! Desks: work lists with their own staff, limits and rules.

use crate::codes::codes;
use crate::notice::codes::NoticeKind;

codes! {
    /// A work list.
    pub enum Desk {
        /// Children at risk: worked by the risk assessment and referral unit.
        Child = "child",
        /// Adults at risk: worked by the risk assessment and referral unit.
        Adult = "adult",
        /// Domestic abuse: worked by the domestic abuse review team.
        DomesticAbuse = "domestic_abuse",
        /// People already open to social care whose worker must be told at once.
        Share = "share",
        /// A second person's decision.
        Endorsement = "endorsement",
        /// Strategy discussions to hold.
        Strategy = "strategy",
        /// Strategy records to enter.
        Record = "record",
    }
}

impl Desk {
    /// The desks whose items are assessed for themselves; items of the others take the rank of
    /// the notice's highest assessed item.
    pub const ASSESSED: [Self; 3] = [Self::Child, Self::Adult, Self::DomesticAbuse];

    /// Whether items of this desk are assessed for themselves.
    pub const fn is_assessed(self) -> bool {
        matches!(self, Self::Child | Self::Adult | Self::DomesticAbuse)
    }

    /// The desk of a notice's own kind.
    pub const fn of_kind(kind: NoticeKind) -> Self {
        match kind {
            NoticeKind::Child => Self::Child,
            NoticeKind::Adult => Self::Adult,
            NoticeKind::DomesticAbuse => Self::DomesticAbuse,
        }
    }
}
