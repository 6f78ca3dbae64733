//! The check of a whole log against its seals.

use std::fmt;

use ppn_domain::StoredRow;

use crate::head::{PublicKey, SignedHead};
use crate::row::{sealed_hash, typed_text_fits};
use crate::tree::{Edge, Hash};

/// So many faults are named; the rest are counted.
pub const MOST_NAMED: usize = 1_000;

/// A leaf of the tree as the store holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedLeaf {
    /// Its number, from 0.
    pub leaf: u64,
    /// The place of its row in the log.
    pub place: i64,
    /// Its hash.
    pub hash: Hash,
}

/// Where a head was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whence {
    /// In the store.
    Store,
    /// Outside it.
    Outside,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The row is not what was sealed.
    Changed,
    /// A row was sealed and is not there.
    Removed,
    /// A row stands among the sealed ones that never was one of them.
    Inserted,
    /// What was typed about the row is not what its hash says.
    TypedTextChanged,
    /// Leaves of the tree are missing, or do not follow each other.
    LeavesBroken,
    /// The leaves do not give the root of a signed head.
    HeadDoesNotFit,
    /// A head without a valid signature.
    HeadNotSigned,
    /// A head signed by a key that is not believed.
    HeadOfOtherKey,
    /// Leaves that no head covers.
    NoHead,
    /// A head covers more rows than there are: rows were cut off, or a backup was restored.
    OlderThanHead,
}

impl Fault {
    /// Its code, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Inserted => "inserted",
            Self::TypedTextChanged => "typed_text_changed",
            Self::LeavesBroken => "leaves_broken",
            Self::HeadDoesNotFit => "head_does_not_fit",
            Self::HeadNotSigned => "head_not_signed",
            Self::HeadOfOtherKey => "head_of_other_key",
            Self::NoHead => "no_head",
            Self::OlderThanHead => "older_than_head",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Changed => "changed after it was sealed, or put in the place of another",
            Self::Removed => "sealed, and not there any more",
            Self::Inserted => "put among sealed rows, and never sealed",
            Self::TypedTextChanged => "what was typed about it is not what was written",
            Self::LeavesBroken => "the seals themselves are out of order or missing here",
            Self::HeadDoesNotFit => "the seals here are not those that were signed",
            Self::HeadNotSigned => "a head of the log has no valid signature",
            Self::HeadOfOtherKey => "a head of the log is signed by another key than those that are believed",
            Self::NoHead => "no signed head covers the seals here",
            Self::OlderThanHead => {
                "the log is older than this head: rows were cut off, or a backup was restored"
            }
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub fault: Fault,
    /// The place of the row, or of the first row that it may be.
    pub place: Option<i64>,
    /// The last place that it may be.
    pub to_place: Option<i64>,
    /// The identifier of the row, as it stands there.
    pub id: Option<Vec<u8>>,
    /// The head in question, and where it was found.
    pub head: Option<(SignedHead, Whence)>,
}

impl Finding {
    /// The identifier of the row, as people write it.
    pub fn row_id(&self) -> Option<String> {
        let id = self.id.as_ref()?;
        Some(uuid::Uuid::from_slice(id).map_or_else(|_| hex::encode(id), |id| id.to_string()))
    }
}

/// On one line, without any content.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, self.to_place) {
            (Some(from), Some(to)) => write!(f, "places {from} to {to}: ")?,
            (Some(place), None) => write!(f, "place {place}: ")?,
            _ => {}
        }
        if let Some(id) = self.row_id() {
            write!(f, "row {id}: ")?;
        }
        f.write_str(self.fault.words())?;
        if let Some((head, whence)) = &self.head {
            let whence = match whence {
                Whence::Store => "in the store",
                Whence::Outside => "outside the store",
            };
            write!(
                f,
                " (head of {} rows, signed on {}, {whence})",
                head.head.size,
                head.head.at.london_text()
            )?;
        }
        Ok(())
    }
}

/// A check under way. Leaves and rows are given in the order of their places, heads in that of their
/// sizes; it holds none of them.
#[derive(Debug)]
pub struct Check {
    believed: Vec<PublicKey>,
    edge: Edge,
    last_place: i64,
    /// The place after which a head does not fit: the last that one fitted at.
    fitted_at: i64,
    faults: u64,
    unsealed: u64,
    findings: Vec<Finding>,
    covered: u64,
}

impl Check {
    /// Begins a check, with the keys whose heads are believed.
    pub fn new(believed: Vec<PublicKey>) -> Self {
        Self {
            believed,
            edge: Edge::default(),
            last_place: i64::MIN,
            fitted_at: 0,
            faults: 0,
            unsealed: 0,
            findings: Vec::new(),
            covered: 0,
        }
    }

    fn fault(&mut self, finding: Finding) {
        self.faults += 1;
        if self.findings.len() < MOST_NAMED {
            self.findings.push(finding);
        }
    }

    fn of_row(&mut self, fault: Fault, place: i64, row: Option<&StoredRow>) {
        self.fault(Finding {
            fault,
            place: Some(place),
            to_place: None,
            id: row.map(|row| row.id.clone()),
            head: None,
        });
    }

    fn of_head(&mut self, fault: Fault, head: &SignedHead, whence: Whence) {
        let (place, to_place) = match fault {
            Fault::HeadDoesNotFit => (Some(self.fitted_at + 1), Some(self.last_place)),
            _ => (None, None),
        };
        self.fault(Finding { fault, place, to_place, id: None, head: Some((*head, whence)) });
    }

    /// How many leaves were looked at.
    pub const fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The next leaf, with the row at its place where one is.
    pub fn leaf(&mut self, leaf: &SealedLeaf, row: Option<&StoredRow>) {
        if leaf.leaf != self.edge.size() || leaf.place <= self.last_place {
            self.of_row(Fault::LeavesBroken, leaf.place, None);
        }
        match row {
            None => self.of_row(Fault::Removed, leaf.place, None),
            Some(row) if sealed_hash(row) != leaf.hash => {
                self.of_row(Fault::Changed, leaf.place, Some(row));
            }
            Some(row) if !typed_text_fits(row) => {
                self.of_row(Fault::TypedTextChanged, leaf.place, Some(row));
            }
            Some(_) => {}
        }
        self.last_place = leaf.place;
        self.edge.push(leaf.hash);
    }

    /// A row that stands before the next leaf, or before the last one, and has none.
    pub fn inserted(&mut self, row: &StoredRow) {
        self.of_row(Fault::Inserted, row.place, Some(row));
    }

    /// A row after the last leaf: it is not sealed yet.
    pub fn unsealed(&mut self, row: &StoredRow) {
        self.unsealed += 1;
        if !typed_text_fits(row) {
            self.of_row(Fault::TypedTextChanged, row.place, Some(row));
        }
    }

    /// A head of as many rows as there were leaves so far, or one that covers more than there are.
    pub fn head(&mut self, head: &SignedHead, whence: Whence) {
        if !head.is_signed() {
            return self.of_head(Fault::HeadNotSigned, head, whence);
        }
        if !self.believed.contains(&head.key) {
            return self.of_head(Fault::HeadOfOtherKey, head, whence);
        }
        if head.head.size > self.edge.size() {
            return self.of_head(Fault::OlderThanHead, head, whence);
        }
        if head.head.size < self.edge.size() || head.head.root != self.edge.root() {
            return self.of_head(Fault::HeadDoesNotFit, head, whence);
        }
        self.fitted_at = self.last_place;
        self.covered = head.head.size;
    }

    /// Ends the check: what was found, how many faults there were in all, and how many rows no seal
    /// covers yet.
    pub fn end(mut self) -> (Vec<Finding>, u64, u64) {
        // Faults further up say already why no head fits.
        if self.covered < self.edge.size() && self.faults == 0 {
            let (first, last) = (self.fitted_at + 1, self.last_place);
            self.fault(Finding {
                fault: Fault::NoHead,
                place: Some(first),
                to_place: Some(last),
                id: None,
                head: None,
            });
        }
        (self.findings, self.faults, self.unsealed)
    }
}

#[cfg(test)]
mod tests {
    use ppn_domain::Timestamp;

    use super::*;
    use crate::head::{SealingKey, TreeHead};
    use crate::tree::root;

    fn row(place: i64) -> StoredRow {
        StoredRow { place, id: vec![1; 16], at: Some(place), who: b"ann".to_vec(), ..StoredRow::default() }
    }

    fn key(seed: u8) -> SealingKey {
        SealingKey::from_seed([seed; 32]).unwrap()
    }

    fn sealed(rows: &[StoredRow]) -> (Vec<SealedLeaf>, SignedHead) {
        let leaves: Vec<SealedLeaf> = (0..)
            .zip(rows)
            .map(|(leaf, row)| SealedLeaf { leaf, place: row.place, hash: sealed_hash(row) })
            .collect();
        let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf.hash).collect();
        let at = Timestamp::from_micros(1);
        let head = key(1).sign(TreeHead { size: hashes.len() as u64, root: root(&hashes), at });
        (leaves, head)
    }

    fn faults(
        leaves: &[SealedLeaf],
        rows: &[StoredRow],
        heads: &[(SignedHead, Whence)],
    ) -> Vec<(Fault, Option<i64>)> {
        let mut check = Check::new(vec![key(1).public()]);
        for leaf in leaves {
            check.leaf(leaf, rows.iter().find(|row| row.place == leaf.place));
        }
        for (head, whence) in heads {
            check.head(head, *whence);
        }
        let (findings, count, _) = check.end();
        assert_eq!(findings.len() as u64, count);
        findings.into_iter().map(|finding| (finding.fault, finding.place)).collect()
    }

    #[test]
    fn each_fault_has_its_name_and_place() {
        let rows = [row(1), row(2), row(5)];
        let (leaves, head) = sealed(&rows);
        let store = (head, Whence::Store);
        assert_eq!(faults(&leaves, &rows, &[store]), []);
        let changed = [row(1), StoredRow { who: b"eve".to_vec(), ..row(2) }, row(5)];
        assert_eq!(faults(&leaves, &changed, &[store]), [(Fault::Changed, Some(2))]);
        assert_eq!(faults(&leaves, &rows[..2], &[store]), [(Fault::Removed, Some(5))]);
        let typed = StoredRow { typed: Some((vec![1], vec![2])), ..row(5) };
        assert_eq!(faults(&leaves, &[row(1), row(2), typed], &[store]), [(Fault::TypedTextChanged, Some(5))]);
        // Row and leaf changed together: the head tells.
        let (forged, _) = sealed(&changed);
        assert_eq!(faults(&forged, &changed, &[store]), [(Fault::HeadDoesNotFit, Some(1))]);
        // And the head as well, with another key.
        let theirs = key(2).sign(TreeHead { root: [3; 32], ..head.head });
        assert_eq!(faults(&leaves, &rows, &[(theirs, Whence::Store)])[0].0, Fault::HeadOfOtherKey);
        let mut unsigned = head;
        unsigned.head.root = [9; 32];
        assert_eq!(faults(&leaves, &rows, &[(unsigned, Whence::Store)])[0].0, Fault::HeadNotSigned);
        // Everything cut off at the end, heads too: what is outside tells.
        let (fewer, earlier) = sealed(&rows[..1]);
        let outside = (head, Whence::Outside);
        assert_eq!(
            faults(&fewer, &rows[..1], &[(earlier, Whence::Store), outside]),
            [(Fault::OlderThanHead, None)]
        );
        assert_eq!(faults(&leaves, &rows, &[]), [(Fault::NoHead, Some(1))]);
        let mut swapped = leaves.clone();
        swapped.swap(0, 1);
        assert!(faults(&swapped, &rows, &[store]).contains(&(Fault::LeavesBroken, Some(2))));
    }
}
