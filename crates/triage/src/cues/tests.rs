//! The language of phrases and what surrounds words, on small lists.

use super::*;
