//! How many notices came before one that have a person of it, counted while they come.

use std::collections::{BTreeSet, HashMap};

use crate::linking::PersonIndex;

/// Somebody with more notices than these is counted with those they stand beside, and the count is
/// kept: somebody in every notice, such as a professional, would make each count as long as the input.
const MANY: usize = 64;

/// The notices so far, by person.
pub(super) struct Earlier<'r> {
    people_of: &'r [BTreeSet<PersonIndex>],
    notices_of: HashMap<PersonIndex, Vec<usize>>,
    /// Notices that any of some people with many have.
    unions: HashMap<Vec<PersonIndex>, Union>,
}

/// A count, and how much of each person's list is in it.
#[derive(Default)]
struct Union {
    count: usize,
    read: Vec<usize>,
}

impl<'r> Earlier<'r> {
    /// Nothing came yet. The list says who is in each notice.
    pub(super) fn of(people_of: &'r [BTreeSet<PersonIndex>]) -> Self {
        Self { people_of, notices_of: HashMap::new(), unions: HashMap::new() }
    }

    /// A notice came.
    pub(super) fn add(&mut self, notice: usize) {
        for person in &self.people_of[notice] {
            self.notices_of.entry(*person).or_default().push(notice);
        }
    }

    /// How many came so far that have any of the people of a notice.
    pub(super) fn count(&mut self, notice: usize) -> usize {
        let met = self.people_of[notice].iter().filter_map(|p| Some((*p, self.notices_of.get(p)?)));
        let (many, few): (Vec<_>, Vec<_>) = met.partition(|(_, notices)| notices.len() > MANY);
        let many: Vec<PersonIndex> = many.into_iter().map(|(person, _)| person).collect();
        let apart: BTreeSet<usize> = few
            .into_iter()
            .flat_map(|(_, notices)| notices.iter().copied())
            .filter(|other| !many.iter().any(|person| self.people_of[*other].contains(person)))
            .collect();
        apart.len() + self.of_many(&many)
    }

    fn of_many(&mut self, many: &[PersonIndex]) -> usize {
        let mut union = self.unions.remove(many).unwrap_or_default();
        union.read.resize(many.len(), 0);
        for (place, (person, read)) in many.iter().zip(&mut union.read).enumerate() {
            let notices = self.notices_of.get(person).map_or(&[][..], Vec::as_slice);
            // A notice came to all of its people at once: it is new to each, and counts with the first.
            let is_first =
                |other: &&usize| !many[..place].iter().any(|p| self.people_of[**other].contains(p));
            union.count += notices[*read..].iter().filter(is_first).count();
            *read = notices.len();
        }
        let count = union.count;
        self.unions.insert(many.to_vec(), union);
        count
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Few people and many notices, so that most have many.
        #[test]
        fn counts_each_earlier_notice_once(
            people_of in prop::collection::vec(prop::collection::btree_set(0_u32..6, 0..4), 0..600),
        ) {
            let mut earlier = Earlier::of(&people_of);
            for (i, people) in people_of.iter().enumerate() {
                let expected = people_of[..i].iter().filter(|other| !other.is_disjoint(people)).count();
                prop_assert_eq!(earlier.count(i), expected);
                earlier.add(i);
            }
        }
    }
}
