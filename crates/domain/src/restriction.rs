//! For which reasons a notice is restricted, and whose standing lists open it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::notice::codes::RestrictionReason;

/// The reasons for which a notice is restricted; none means that it is open to its desks. For a person:
/// the reasons whose standing list names them.
///
/// A restricted notice opens for those whom the list of every one of its reasons names: a list knows
/// nothing of the others' reasons.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Restriction(u8);

const EVERY: u8 = (1 << RestrictionReason::ALL.len()) - 1;

const fn bit(reason: RestrictionReason) -> u8 {
    match reason {
        RestrictionReason::PoliceStaffInvolved => 1,
        RestrictionReason::StaffRelative => 1 << 1,
        RestrictionReason::HonourBasedAbuse => 1 << 2,
        RestrictionReason::ProtectedPerson => 1 << 3,
        RestrictionReason::ProtectedAddress => 1 << 4,
        RestrictionReason::SensitiveSource => 1 << 5,
        RestrictionReason::Other => 1 << 6,
    }
}

impl Restriction {
    /// Open to the desk; of a person: on no list.
    pub const NONE: Self = Self(0);
    /// Every reason.
    pub const ALL: Self = Self(EVERY);

    /// As the store keeps it: a bit for each reason. `None` where a bit stands for none.
    pub fn from_bits(bits: i16) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| bits & !EVERY == 0).map(Self)
    }

    /// As the store keeps it.
    pub const fn bits(self) -> i16 {
        self.0 as i16
    }

    /// Whether there is any reason.
    pub const fn is_restricted(self) -> bool {
        self.0 != 0
    }

    /// Whether this reason is among them.
    pub const fn has(self, reason: RestrictionReason) -> bool {
        self.0 & bit(reason) != 0
    }

    /// With this reason.
    #[must_use]
    pub const fn with(self, reason: RestrictionReason) -> Self {
        Self(self.0 | bit(reason))
    }

    /// Without this reason.
    #[must_use]
    pub const fn without(self, reason: RestrictionReason) -> Self {
        Self(self.0 & !bit(reason))
    }

    /// The reasons of either.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The reasons that are not among `lists`.
    #[must_use]
    pub const fn beyond(self, lists: Self) -> Self {
        Self(self.0 & !lists.0)
    }

    /// Whether somebody whom these lists name may open it.
    pub const fn opens_for(self, lists: Self) -> bool {
        !self.beyond(lists).is_restricted()
    }

    /// The reasons, in the order of the vocabulary.
    pub fn reasons(self) -> impl Iterator<Item = RestrictionReason> {
        RestrictionReason::ALL.iter().copied().filter(move |reason| self.has(*reason))
    }
}

impl FromIterator<RestrictionReason> for Restriction {
    fn from_iter<T: IntoIterator<Item = RestrictionReason>>(reasons: T) -> Self {
        reasons.into_iter().fold(Self::NONE, Self::with)
    }
}

impl std::fmt::Debug for Restriction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.reasons()).finish()
    }
}

impl Serialize for Restriction {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.reasons())
    }
}

impl<'de> Deserialize<'de> for Restriction {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Vec::<RestrictionReason>::deserialize(d)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RestrictionReason as R;

    #[test]
    fn every_reason_has_a_bit_of_its_own() {
        let all: Restriction = R::ALL.iter().copied().collect();
        assert_eq!(all, Restriction::ALL);
        assert_eq!(all.reasons().count(), R::ALL.len());
        for &reason in R::ALL {
            let one = Restriction::NONE.with(reason);
            assert_eq!(Restriction::from_bits(one.bits()), Some(one));
            assert_eq!(one.reasons().collect::<Vec<_>>(), [reason]);
        }
        assert_eq!(Restriction::from_bits(128), None);
        assert_eq!(Restriction::from_bits(-1), None);
    }

    #[test]
    fn it_opens_for_whom_the_list_of_every_reason_names() {
        let both = Restriction::from_iter([R::HonourBasedAbuse, R::StaffRelative]);
        assert!(Restriction::NONE.opens_for(Restriction::NONE));
        assert!(!both.opens_for(Restriction::NONE.with(R::HonourBasedAbuse)));
        assert!(both.opens_for(both.with(R::Other)));
        assert_eq!(both.beyond(Restriction::NONE.with(R::StaffRelative)).reasons().count(), 1);
    }
}
