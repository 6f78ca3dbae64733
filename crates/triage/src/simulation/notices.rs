//! What a simulation is told of a notice.

use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Band, Desk, Rank, Timestamp};
use serde::Serialize;

/// How serious a notice truly is, or was found to be, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing that needed research.
    None,
    /// Standard.
    Standard,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 5] = [Self::None, Self::Standard, Self::Medium, Self::High, Self::Critical];

    /// High or critical: what the order is there to bring forward.
    pub const fn is_high_risk(self) -> bool {
        matches!(self, Self::High | Self::Critical)
    }

    /// The level that a person found: the higher of what the band and the grade say. A red is high, an
    /// amber medium, a green standard and a blue none: neither a band nor a grade tells critical from high.
    pub fn found(band: Option<Band>, grade: Option<Grade>) -> Option<Self> {
        let of_band = band.map(|band| match band {
            Band::Red => Self::High,
            Band::Amber => Self::Medium,
            Band::Green => Self::Standard,
            Band::Blue => Self::None,
        });
        let of_grade = grade.map(|grade| match grade {
            Grade::High => Self::High,
            Grade::Medium => Self::Medium,
            Grade::Standard => Self::Standard,
        });
        of_band.max(of_grade)
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// The place on the axis that a simulated score measures with noise.
    pub(crate) fn axis(self) -> f64 {
        f64::from(self as u8)
    }
}

/// A notice that waits at switch-on or arrives after it, as a force's own files or its store know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When the waiting clock started.
    pub received: Timestamp,
    /// What it is mainly about.
    pub kind: NoticeKind,
    /// The desk whose limits it has.
    pub desk: Desk,
    /// Band and score as assessed, with the links that are known.
    pub rank: Rank,
    /// The officer's own grade.
    pub officer_grade: Option<Grade>,
    /// What a person found, where somebody has.
    pub level: Option<Level>,
    /// Notices of one household share a number; `None` stands alone.
    pub family: Option<u32>,
    /// Somebody in it is open to social care: `share` is suggested.
    pub share: bool,
    /// `no_research` is suggested.
    pub no_research: bool,
}

/// Numbers the families of so many notices from the pairs that belong together; `None` stands alone.
pub fn families(notices: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Vec<Option<u32>> {
    fn head(of: &mut [usize], mut at: usize) -> usize {
        while of[at] != at {
            of[at] = of[of[at]];
            at = of[at];
        }
        at
    }
    let mut of: Vec<usize> = (0..notices).collect();
    let mut alone = vec![true; notices];
    for (a, b) in pairs.into_iter().filter(|(a, b)| a != b && *a.max(b) < notices) {
        let (first, second) = (head(&mut of, a), head(&mut of, b));
        of[first.max(second)] = first.min(second);
        (alone[a], alone[b]) = (false, false);
    }
    (0..notices).map(|at| if alone[at] { None } else { u32::try_from(head(&mut of, at)).ok() }).collect()
}

/// Work of a force's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnBacklog {
    /// The moment of switch-on: what was received before it waits, and the rest arrives when it did.
    pub switch_on: Timestamp,
    /// What waits and what arrives.
    pub arrivals: Vec<Arrival>,
    /// Whether further notices are made up, as many a day as set. They keep people busy and are not counted.
    pub invent: bool,
}

/// What waits at switch-on, and what arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backlog {
    /// In the shape of Derbyshire's of May 2022, with the ages that date order leaves, drawn anew with each
    /// seed.
    Report,
    /// A force's own, the same with each seed.
    Own(OwnBacklog),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_high_is_red_or_graded_high() {
        for band in [None, Some(Band::Red), Some(Band::Amber), Some(Band::Green), Some(Band::Blue)] {
            for grade in [None, Some(Grade::High), Some(Grade::Medium), Some(Grade::Standard)] {
                let high = Level::found(band, grade).map(Level::is_high_risk);
                let said = (band.is_some() || grade.is_some())
                    .then_some(band == Some(Band::Red) || grade == Some(Grade::High));
                assert_eq!(high, said, "{band:?} {grade:?}");
            }
        }
    }
}
