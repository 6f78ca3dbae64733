//! Proofs that can be checked without the store: that a row is in the log, and that one state of the log
//! begins another.

use ppn_domain::{StoredRow, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::head::{PublicKey, SignedHead};
use crate::row::{FORM, sealed_hash};
use crate::tree::{Hash, consistency_path, inclusion_path, is_consistent, is_included};

/// A proof as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "proof", rename_all = "snake_case")]
pub enum Proof {
    /// That a row is in the log.
    Inclusion(Box<InclusionProof>),
    /// That the log was only added to.
    Consistency(Box<ConsistencyProof>),
}

/// That a row is in the log of a head, in these words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// The form in which the row was sealed.
    pub form: u8,
    /// The row.
    pub row: ProvenRow,
    /// Which leaf it is, from 0.
    pub leaf: u64,
    /// The head under which it stands.
    pub head: SignedHead,
    /// The hashes from the leaf to the root, in hexadecimal.
    pub path: Vec<PublicKey>,
}

/// That the log of one head begins that of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    /// The earlier head.
    pub from: SignedHead,
    /// The later head.
    pub to: SignedHead,
    /// The hashes that lead from one to the other, in hexadecimal.
    pub path: Vec<PublicKey>,
}

/// A sealed row as a person reads it; identifiers and the hash in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenRow {
    place: i64,
    id: String,
    at: Timestamp,
    who: String,
    act: String,
    notice_id: Option<String>,
    work_item_id: Option<String>,
    person_id: Option<String>,
    origin: String,
    why_id: Option<String>,
    why_hash: Option<String>,
    recipient: Option<String>,
    /// As the store writes it out; a text, since every byte of it is sealed.
    detail: String,
}

/// Why a proof shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProofFault {
    /// The signature under a head is none.
    #[error("a head is not signed by the key that it names")]
    NotSigned,
    /// Signed, by a key that the reader was not told to believe.
    #[error("a head is signed by another key than those that are believed")]
    OtherKey,
    /// The row is not what was sealed.
    #[error("the row is not in the log of this head")]
    NotIncluded,
    /// The later log does not go on from the earlier one.
    #[error("the later log does not go on from the earlier one: rows were changed or taken out")]
    NotConsistent,
    /// A form that only a newer program knows.
    #[error("this proof is of a form that only a newer program knows")]
    Form,
    /// What stands in the log can no longer be what was sealed.
    #[error("the row as it stands in the log cannot be what was sealed")]
    Row,
}

impl ProvenRow {
    fn of(row: &StoredRow) -> Option<Self> {
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).ok();
        let optional = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(hex::encode);
        Some(Self {
            place: row.place,
            id: hex::encode(&row.id),
            at: row.at.map(Timestamp::from_micros)?,
            who: text(&row.who)?,
            act: text(&row.act)?,
            notice_id: optional(&row.notice_id),
            work_item_id: optional(&row.work_item_id),
            person_id: optional(&row.person_id),
            origin: text(&row.origin)?,
            why_id: optional(&row.why_id),
            why_hash: optional(&row.why_hash),
            recipient: match &row.recipient {
                Some(bytes) => Some(text(bytes)?),
                None => None,
            },
            detail: text(&row.detail)?,
        })
    }

    fn stored(&self) -> Option<StoredRow> {
        let optional = |text: &Option<String>| match text {
            Some(text) => hex::decode(text).ok().map(Some),
            None => Some(None),
        };
        Some(StoredRow {
            place: self.place,
            id: hex::decode(&self.id).ok()?,
            at: Some(self.at.micros()),
            who: self.who.clone().into_bytes(),
            act: self.act.clone().into_bytes(),
            notice_id: optional(&self.notice_id)?,
            work_item_id: optional(&self.work_item_id)?,
            person_id: optional(&self.person_id)?,
            origin: self.origin.clone().into_bytes(),
            why_id: optional(&self.why_id)?,
            why_hash: optional(&self.why_hash)?,
            recipient: self.recipient.clone().map(String::into_bytes),
            detail: self.detail.clone().into_bytes(),
            typed: None,
        })
    }
}

fn hashes(path: &[PublicKey]) -> Vec<Hash> {
    path.iter().map(|hash| hash.0).collect()
}

fn written(path: Vec<Hash>) -> Vec<PublicKey> {
    path.into_iter().map(PublicKey).collect()
}

impl Proof {
    /// That a row is the leaf of this number under a head. `leaves` are the hashes of all that the head
    /// covers.
    ///
    /// # Errors
    /// When the row, or the log, is no longer what was sealed.
    pub fn inclusion(
        row: &StoredRow,
        leaf: u64,
        head: SignedHead,
        leaves: &[Hash],
    ) -> Result<Self, ProofFault> {
        let proven = ProvenRow::of(row).ok_or(ProofFault::Row)?;
        let at = usize::try_from(leaf).map_err(|_| ProofFault::NotIncluded)?;
        let path = inclusion_path(leaves, at).ok_or(ProofFault::NotIncluded)?;
        let proof = Self::Inclusion(Box::new(InclusionProof {
            form: FORM,
            row: proven,
            leaf,
            head,
            path: written(path),
        }));
        // What would not pass is not handed out.
        proof.check(&[head.key]).map(|()| proof)
    }

    /// That one head begins another. `leaves` are the hashes of all that the later one covers.
    ///
    /// # Errors
    /// When it does not.
    pub fn consistency(from: SignedHead, to: SignedHead, leaves: &[Hash]) -> Result<Self, ProofFault> {
        let at = usize::try_from(from.head.size).map_err(|_| ProofFault::NotConsistent)?;
        let path = consistency_path(leaves, at).ok_or(ProofFault::NotConsistent)?;
        let proof = Self::Consistency(Box::new(ConsistencyProof { from, to, path: written(path) }));
        proof.check(&[from.key, to.key]).map(|()| proof)
    }

    /// The heads in it.
    pub fn heads(&self) -> Vec<SignedHead> {
        match self {
            Self::Inclusion(proof) => vec![proof.head],
            Self::Consistency(proof) => vec![proof.from, proof.to],
        }
    }

    /// Checks the proof, with the keys that are believed.
    ///
    /// # Errors
    /// Why it shows nothing.
    pub fn check(&self, believed: &[PublicKey]) -> Result<(), ProofFault> {
        for head in self.heads() {
            if !head.is_signed() {
                return Err(ProofFault::NotSigned);
            }
            if !believed.contains(&head.key) {
                return Err(ProofFault::OtherKey);
            }
        }
        match self {
            Self::Inclusion(proof) => {
                if proof.form != FORM {
                    return Err(ProofFault::Form);
                }
                let hash = sealed_hash(&proof.row.stored().ok_or(ProofFault::Row)?);
                let head = &proof.head.head;
                is_included(proof.leaf, hash, head.size, &head.root, &hashes(&proof.path))
                    .then_some(())
                    .ok_or(ProofFault::NotIncluded)
            }
            Self::Consistency(proof) => {
                let (from, to) = (&proof.from.head, &proof.to.head);
                is_consistent(from.size, &from.root, to.size, &to.root, &hashes(&proof.path))
                    .then_some(())
                    .ok_or(ProofFault::NotConsistent)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::{SealingKey, TreeHead};
    use crate::tree::root;

    fn rows() -> Vec<StoredRow> {
        (1..=7_u8)
            .map(|n| StoredRow {
                place: n.into(),
                id: vec![n; 16],
                at: Some(1_780_000_000_000_000 + i64::from(n)),
                who: "ann ☂".into(),
                act: b"claimed".to_vec(),
                notice_id: (n % 2 == 0).then(|| vec![n; 16]),
                origin: b"here".to_vec(),
                recipient: (n == 3).then(|| b"ben".to_vec()),
                detail: b"{ }".to_vec(),
                ..StoredRow::default()
            })
            .collect()
    }

    fn signed(key: &SealingKey, leaves: &[Hash]) -> SignedHead {
        let at = Timestamp::from_micros(1_780_000_000_000_000);
        key.sign(TreeHead { size: leaves.len() as u64, root: root(leaves), at })
    }

    #[test]
    fn a_proof_reads_back_and_shows_its_row_alone() {
        let key = SealingKey::from_seed([1; 32]).unwrap();
        let leaves: Vec<Hash> = rows().iter().map(sealed_hash).collect();
        let head = signed(&key, &leaves);
        for (leaf, row) in (0..).zip(rows()) {
            let proof = Proof::inclusion(&row, leaf, head, &leaves).unwrap();
            let text = serde_json::to_string(&proof).unwrap();
            let read: Proof = serde_json::from_str(&text).unwrap();
            assert_eq!(read.check(&[key.public()]), Ok(()));
            assert_eq!(read.check(&[]), Err(ProofFault::OtherKey));
            let changed = text.replace("ann", "ben");
            let read: Proof = serde_json::from_str(&changed).unwrap();
            assert_eq!(read.check(&[key.public()]), Err(ProofFault::NotIncluded));
            let changed = text.replace("\"size\":7", "\"size\":8");
            let read: Proof = serde_json::from_str(&changed).unwrap();
            assert_eq!(read.check(&[key.public()]), Err(ProofFault::NotSigned));
            let tampered = StoredRow { who: b"eve".to_vec(), ..row };
            assert_eq!(Proof::inclusion(&tampered, leaf, head, &leaves), Err(ProofFault::NotIncluded));
        }
    }

    #[test]
    fn a_log_that_was_rewritten_does_not_go_on_from_what_it_was() {
        let key = SealingKey::from_seed([1; 32]).unwrap();
        let leaves: Vec<Hash> = rows().iter().map(sealed_hash).collect();
        let (from, to) = (signed(&key, &leaves[..4]), signed(&key, &leaves));
        let proof = Proof::consistency(from, to, &leaves).unwrap();
        let text = serde_json::to_string(&proof).unwrap();
        assert_eq!(serde_json::from_str::<Proof>(&text).unwrap().check(&[key.public()]), Ok(()));
        let mut rewritten = leaves;
        rewritten[1] = [0; 32];
        let to = signed(&key, &rewritten);
        assert_eq!(Proof::consistency(from, to, &rewritten), Err(ProofFault::NotConsistent));
    }
}
