//! The true level of a notice, drawn first, and the noisy grade that an officer gives it.

use ppn_domain::Band;
use ppn_domain::notice::codes::{Grade, NoticeKind};

use crate::dice::Dice;

/// How serious a notice truly is. The report never says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing to safeguard.
    None,
    /// No present sign of serious harm.
    Standard,
    /// Serious harm is possible, and unlikely unless something changes.
    Medium,
    /// Serious harm could come at any time.
    High,
    /// Somebody is in danger now.
    Critical,
}

impl Level {
    /// Drawn by kind: domestic abuse has 10.5 % high or critical, children 9 %, adults 6 %.
    pub(crate) fn draw(kind: NoticeKind, dice: &mut Dice) -> Self {
        match dice.weighted(Self::per_mille(kind).into_iter()) {
            0 => Self::None,
            1 => Self::Standard,
            2 => Self::Medium,
            3 => Self::High,
            _ => Self::Critical,
        }
    }

    /// Of a thousand notices of a kind, how many are of each level, from the mildest.
    const fn per_mille(kind: NoticeKind) -> [u32; 5] {
        match kind {
            NoticeKind::Child => [190, 410, 310, 76, 14],
            NoticeKind::Adult => [200, 420, 320, 50, 10],
            NoticeKind::DomesticAbuse => [183, 408, 304, 88, 17],
        }
    }

    /// Of a thousand notices of a kind, how many are below standard, medium, high and critical.
    pub(crate) const fn below(kind: NoticeKind) -> [u32; 4] {
        let [none, standard, medium, high, _] = Self::per_mille(kind);
        [none, none + standard, none + standard + medium, none + standard + medium + high]
    }

    /// The band that somebody who knew everything would give.
    pub const fn band(self) -> Band {
        match self {
            Self::Critical | Self::High => Band::Red,
            Self::Medium => Band::Amber,
            Self::Standard => Band::Green,
            Self::None => Band::Blue,
        }
    }

    /// Grave, medium or mild.
    pub(crate) const fn column(self) -> usize {
        match self {
            Self::Critical | Self::High => 0,
            Self::Medium => 1,
            Self::Standard | Self::None => 2,
        }
    }

    /// The officer's grade: of those graded high 39 % are, and of those graded medium 7 % should have been.
    pub(crate) fn officer_grade(self, dice: &mut Dice) -> Grade {
        let [standard, medium] = match self {
            Self::Critical | Self::High => [27, 33],
            Self::Medium => [21, 62],
            Self::Standard => [54, 45],
            Self::None => [75, 20],
        };
        match dice.between(0, 99) {
            n if n < standard => Grade::Standard,
            n if n < standard + medium => Grade::Medium,
            _ => Grade::High,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(kind: NoticeKind) -> Vec<(Level, Grade)> {
        let mut dice = Dice::new(11, 3);
        (0..40_000)
            .map(|_| {
                let level = Level::draw(kind, &mut dice);
                (level, level.officer_grade(&mut dice))
            })
            .collect()
    }

    fn share(of: &[(Level, Grade)], what: impl Fn(Level) -> bool) -> usize {
        of.iter().filter(|(level, _)| what(*level)).count() * 1000 / of.len()
    }

    #[test]
    fn levels_come_at_the_shares_of_the_kind() {
        for (kind, per_mille) in
            [(NoticeKind::Child, 90), (NoticeKind::Adult, 60), (NoticeKind::DomesticAbuse, 105)]
        {
            let high = share(&drawn(kind), |l| l >= Level::High);
            assert!(high.abs_diff(per_mille) <= 8, "{kind} {high}");
        }
    }

    #[test]
    fn officers_are_as_wrong_as_the_report_found() {
        let all = drawn(NoticeKind::DomesticAbuse);
        let graded = |grade| all.iter().copied().filter(|(_, g)| *g == grade).collect::<Vec<_>>();
        let kept = share(&graded(Grade::High), |l| l >= Level::High);
        let raised = share(&graded(Grade::Medium), |l| l >= Level::High);
        assert!(kept.abs_diff(390) <= 30, "{kept}");
        assert!(raised.abs_diff(70) <= 15, "{raised}");
    }
}
