//! The seals on the log: a Merkle tree as RFC 9162 has it, over rows in a canonical form, with heads
//! that are signed, proofs that can be checked without the store, and the check of a whole log.
//!
//! Nothing is read or written here, and nothing a store says is believed.

mod check;
mod head;
mod proof;
mod row;
pub mod tree;

pub use check::{Check, Fault, Finding, MOST_NAMED, SealedLeaf, Whence};
pub use head::{BadKey, HeadSignature, PublicKey, SealingKey, SignedHead, TreeHead};
pub use proof::{ConsistencyProof, InclusionProof, Proof, ProofFault};
pub use row::{FORM, canonical, sealed_hash, typed_text_fits};
pub use tree::{Edge, Hash};
