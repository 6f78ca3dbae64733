//! Where people live, as of a moment.

use std::collections::HashMap;

use ppn_domain::Timestamp;
use ppn_domain::profile::Digest;

/// From a moment on the homes that a person has.
type Stay = (Timestamp, Vec<Digest>);

/// Where people live, as their notices say. A person lives at the address that their notices gave last:
/// whoever moved out shares no home with whoever moves in after them. An address that makes no household
/// ends a stay as any other does. Notices received at one moment that give two addresses give two homes.
#[derive(Debug, Clone, Default)]
pub struct Homes {
    of: HashMap<u32, Vec<Stay>>,
}

impl Homes {
    /// Reads what notices say: a person, the receipt of the notice, and the home that it gives, none where
    /// the address makes no household. In any order.
    pub fn new(said: impl IntoIterator<Item = (u32, Timestamp, Option<Digest>)>) -> Self {
        let mut said: Vec<_> = said.into_iter().collect();
        said.sort_unstable();
        said.dedup();
        let mut of: HashMap<u32, Vec<Stay>> = HashMap::new();
        for at_once in said.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let Some(&(person, from, _)) = at_once.first() else { continue };
            let homes: Vec<Digest> = at_once.iter().filter_map(|(.., home)| *home).collect();
            let stays = of.entry(person).or_default();
            if stays.last().is_none_or(|(_, before)| *before != homes) {
                stays.push((from, homes));
            }
        }
        of.retain(|_, stays| stays.iter().any(|(_, homes)| !homes.is_empty()));
        Self { of }
    }

    /// The homes of a person as of a moment.
    pub fn at(&self, person: u32, moment: Timestamp) -> &[Digest] {
        let stays = self.of.get(&person).map_or(&[][..], Vec::as_slice);
        let next = stays.partition_point(|(from, _)| *from <= moment);
        next.checked_sub(1).and_then(|last| stays.get(last)).map_or(&[], |(_, homes)| homes)
    }

    /// The homes of a person as of the last notice of theirs that gives an address.
    pub fn last(&self, person: u32) -> &[Digest] {
        self.of.get(&person).and_then(|stays| stays.last()).map_or(&[], |(_, homes)| homes)
    }

    /// Every home that a person ever had.
    pub fn ever(&self, person: u32) -> impl Iterator<Item = Digest> + '_ {
        self.of.get(&person).into_iter().flatten().flat_map(|(_, homes)| homes.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_micros(hour * 3_600_000_000)
    }

    const A: Digest = Digest([1; 16]);
    const B: Digest = Digest([2; 16]);

    #[test]
    fn the_address_given_last_is_where_somebody_lives() {
        let homes = Homes::new([(1, at(9), Some(B)), (1, at(3), Some(A)), (2, at(5), Some(A))]);
        assert_eq!(homes.at(1, at(2)), []);
        assert_eq!(
            (homes.at(1, at(3)), homes.at(1, at(8)), homes.at(1, at(9))),
            (&[A][..], &[A][..], &[B][..])
        );
        assert_eq!((homes.last(1), homes.last(2), homes.last(3)), (&[B][..], &[A][..], &[][..]));
        assert_eq!(homes.ever(1).collect::<Vec<_>>(), [A, B]);
    }

    #[test]
    fn a_place_that_makes_no_household_ends_a_stay_and_one_moment_may_give_two() {
        let homes = Homes::new([
            (1, at(1), Some(A)),
            (1, at(2), None),
            (2, at(1), Some(A)),
            (2, at(1), Some(B)),
            (2, at(1), None),
        ]);
        assert_eq!((homes.at(1, at(1)), homes.at(1, at(2))), (&[A][..], &[][..]));
        assert_eq!(homes.at(2, at(1)), [A, B]);
    }
}
