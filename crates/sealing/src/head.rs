//! Heads of the tree, signed with Ed25519.

use std::fmt;
use std::str::FromStr;

use hex::FromHex as _;
use ppn_domain::Timestamp;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::tree::Hash;

/// What is signed begins with this, so that no signature of ours means anything else.
const SIGNED: &[u8] = b"PPN Triage head of the log, form 1\0";
/// What a key file begins with.
const KEY_FORM: &str = "ppn-sealing-key-1";

/// What is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is no key that seals a log")]
pub struct BadKey;

/// The key that seals: 32 secret bytes. It is shown to nobody.
pub struct SealingKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("public", &self.public()).finish_non_exhaustive()
    }
}

impl SealingKey {
    /// From 32 random bytes.
    ///
    /// # Errors
    /// When they cannot be a key.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| BadKey)?;
        Ok(Self { seed, pair })
    }

    /// From what [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn from_text(text: &str) -> Result<Self, BadKey> {
        let seed = text.trim().strip_prefix(KEY_FORM).ok_or(BadKey)?.trim();
        Self::from_seed(<[u8; 32]>::from_hex(seed).map_err(|_| BadKey)?)
    }

    /// The key as a line of text, for the file or the store that keeps it, and nobody else.
    pub fn to_text(&self) -> String {
        format!("{KEY_FORM} {}\n", hex::encode(self.seed))
    }

    /// By which its signatures are known.
    pub fn public(&self) -> PublicKey {
        let mut public = [0; 32];
        public.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(public)
    }

    /// Signs a head.
    pub fn sign(&self, head: TreeHead) -> SignedHead {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(&head.signed_bytes(&self.public())).as_ref());
        SignedHead { head, key: self.public(), signature: HeadSignature(signature) }
    }
}

macro_rules! hexadecimal {
    ($name:ident, $length:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = BadKey;
            fn from_str(text: &str) -> Result<Self, BadKey> {
                <[u8; $length]>::from_hex(text.trim()).map(Self).map_err(|_| BadKey)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse()
                    .map_err(|_| serde::de::Error::custom(concat!("use ", $length, " bytes in hexadecimal")))
            }
        }
    };
}

/// By which the signatures of a [`SealingKey`] are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey(pub [u8; 32]);
hexadecimal!(PublicKey, 32);

/// A signature under a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadSignature(pub [u8; 64]);
hexadecimal!(HeadSignature, 64);

/// A state of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// How many rows are sealed.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When it was signed.
    pub at: Timestamp,
}

impl TreeHead {
    fn signed_bytes(&self, key: &PublicKey) -> Vec<u8> {
        let mut bytes = SIGNED.to_vec();
        bytes.extend(self.size.to_be_bytes());
        bytes.extend(self.root);
        bytes.extend(self.at.micros().to_be_bytes());
        bytes.extend(key.0);
        bytes
    }
}

/// A head with its signature: one line of the file that is kept outside the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHead {
    /// The head.
    pub head: TreeHead,
    /// Whose signature it is.
    pub key: PublicKey,
    /// The signature.
    pub signature: HeadSignature,
}

impl SignedHead {
    /// Whether the signature is that of the key it names. Whether that key may be believed is for the
    /// caller to say.
    pub fn is_signed(&self) -> bool {
        UnparsedPublicKey::new(&ED25519, self.key.0)
            .verify(&self.head.signed_bytes(&self.key), &self.signature.0)
            .is_ok()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine {
    form: u8,
    size: u64,
    root: PublicKey,
    at: Timestamp,
    key: PublicKey,
    signature: HeadSignature,
}

impl Serialize for SignedHead {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let TreeHead { size, root, at } = self.head;
        let line =
            HeadLine { form: 1, size, root: PublicKey(root), at, key: self.key, signature: self.signature };
        line.serialize(to)
    }
}

impl<'de> Deserialize<'de> for SignedHead {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let line = HeadLine::deserialize(from)?;
        if line.form != 1 {
            return Err(serde::de::Error::custom("this head is of a form that only a newer program knows"));
        }
        let head = TreeHead { size: line.size, root: line.root.0, at: line.at };
        Ok(Self { head, key: line.key, signature: line.signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> TreeHead {
        TreeHead { size: 3, root: [5; 32], at: Timestamp::from_micros(1_780_000_000_000_000) }
    }

    #[test]
    fn a_signature_holds_for_its_head_and_key_alone() {
        let key = SealingKey::from_seed([1; 32]).unwrap();
        let signed = key.sign(head());
        assert!(signed.is_signed());
        let other = SealingKey::from_seed([2; 32]).unwrap();
        let mut root = head();
        root.root[31] ^= 1;
        for wrong in [
            SignedHead { head: TreeHead { size: 4, ..head() }, ..signed },
            SignedHead { head: root, ..signed },
            SignedHead { head: TreeHead { at: Timestamp::from_micros(1), ..head() }, ..signed },
            SignedHead { key: other.public(), ..signed },
            SignedHead { signature: other.sign(head()).signature, ..signed },
        ] {
            assert!(!wrong.is_signed(), "{wrong:?}");
        }
    }

    #[test]
    fn key_and_head_read_back_and_the_secret_is_not_printed() {
        let key = SealingKey::from_seed([7; 32]).unwrap();
        let again = SealingKey::from_text(&key.to_text()).unwrap();
        assert_eq!(again.public(), key.public());
        assert!(!format!("{key:?}").contains(&hex::encode([7; 32])));
        for bad in ["", "ppn-sealing-key-1", "ppn-sealing-key-1 07", "07"] {
            assert!(SealingKey::from_text(bad).is_err(), "{bad}");
        }
        let signed = key.sign(head());
        let line = serde_json::to_string(&signed).unwrap();
        assert!(line.starts_with(r#"{"form":1,"size":3,"root":"0505"#), "{line}");
        assert_eq!(serde_json::from_str::<SignedHead>(&line).unwrap(), signed);
        assert!(serde_json::from_str::<SignedHead>(&line.replace("\"form\":1", "\"form\":2")).is_err());
    }
}
