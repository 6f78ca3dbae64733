//! Bands and ranks: what orders the work. A band is not a risk grade.

use serde::{Deserialize, Serialize};

use crate::codes::codes;

codes! {
    /// Triage order, lowest first, so that the greater band is the one opened earlier.
    pub enum Band {
        Blue = "blue",
        Green = "green",
        Amber = "amber",
        Red = "red",
    }
}

impl Band {
    /// Position in the order: 0 is opened first. The stores keep this number.
    pub const fn position(self) -> u8 {
        match self {
            Self::Red => 0,
            Self::Amber => 1,
            Self::Green => 2,
            Self::Blue => 3,
        }
    }

    /// The band at a position; `None` past the last.
    pub const fn at_position(position: i64) -> Option<Self> {
        match position {
            0 => Some(Self::Red),
            1 => Some(Self::Amber),
            2 => Some(Self::Green),
            3 => Some(Self::Blue),
            _ => None,
        }
    }

    /// Green or blue: the picks of which one in fifty is an audit pick.
    pub const fn is_low(self) -> bool {
        matches!(self, Self::Green | Self::Blue)
    }

    /// The words on screen: always word and colour.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Red => "Red: open first",
            Self::Amber => "Amber: open next",
            Self::Green => "Green: in turn",
            Self::Blue => "Blue: may need no research",
        }
    }
}

/// Said once a page wherever bands are shown.
pub const BAND_IS_NOT_A_GRADE: &str = "This sets the order. It is not a risk grade.";

/// What an item is ordered by: band first, score inside it. The greater rank is opened first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rank {
    /// The band.
    pub band: Band,
    /// Points: they order inside a band and are never a probability of harm.
    pub score: i32,
}

impl Rank {
    /// Where an item stands that has no current assessment: never last.
    pub const UNASSESSED: Self = Self { band: Band::Amber, score: 0 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_is_the_greatest_band_and_stands_first() {
        assert_eq!(Band::ALL.iter().max(), Some(&Band::Red));
        for &band in Band::ALL {
            assert_eq!(Band::at_position(i64::from(band.position())), Some(band));
        }
        let amber = Rank { band: Band::Amber, score: 900 };
        assert!(Rank { band: Band::Red, score: 1 } > amber);
        assert!(Rank { band: Band::Amber, score: 901 } > amber);
    }
}
