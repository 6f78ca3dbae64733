//! Closed vocabularies: an enum whose variants are the contract's codes.

use thiserror::Error;

/// A word that is not in a closed vocabulary.
///
/// The word itself is left out: it may be content of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not one of the codes of {vocabulary}")]
pub struct UnknownCode {
    /// The name of the vocabulary.
    pub vocabulary: &'static str,
}

/// Declares an enum with one code a variant, and everything that a closed vocabulary needs:
/// `ALL`, `code()`, `FromStr`, `Display`, and serde as the code.
macro_rules! codes {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* #[doc = concat!("`", $code, "`")] $variant,)+ }

        impl $name {
            /// Every code, in the order of the vocabulary.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it stands in documents, the database and on the command line.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::codes::UnknownCode;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::codes::UnknownCode { vocabulary: stringify!($name) }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'de, str>::deserialize(d)?;
                word.parse().map_err(|_| {
                    let codes: Vec<&str> = Self::ALL.iter().map(|c| c.code()).collect();
                    serde::de::Error::custom(format_args!("use one of: {}", codes.join(", ")))
                })
            }
        }
    };
}

pub(crate) use codes;
