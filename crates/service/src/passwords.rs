//! Passwords: how strong one must be, and how it is kept.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use ppn_store::StoreError;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::Score;

use crate::ServiceError;
use crate::error::invalid;

/// The shortest password, in characters. There are no rules of composition: length and being hard to
/// guess are what the NCSC asks for.
pub const SHORTEST_PASSWORD: usize = 12;
/// The longest password, in characters.
pub const LONGEST_PASSWORD: usize = 128;

/// Argon2id as OWASP's password storage cheat sheet recommends it: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// So many hashes are made at once: each takes 19 MiB and a core.
const HASHES_AT_ONCE: usize = 2;
/// So many wait for their turn; further ones are told to try again.
const HASHES_WAITING: usize = 64;
/// What a password of nobody is compared with, so that it takes as long as one of somebody.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// What is easy to guess here beside what zxcvbn knows.
const EASY: [&str; 6] = ["ppn", "triage", "police", "safeguarding", "derbyshire", "password"];
/// Letters and digits that are not taken for one another: 32, five bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Makes and compares hashes, a few at a time.
#[derive(Debug)]
pub(crate) struct Passwords {
    queue: Semaphore,
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            queue: Semaphore::new(HASHES_AT_ONCE + HASHES_WAITING),
            turns: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
        }
    }
}

impl Passwords {
    /// The hash to keep, as a PHC string.
    pub(crate) async fn hash(&self, password: &SecretString, salt: u128) -> Result<String, ServiceError> {
        let text = normal(password);
        let hash = self
            .in_turn(move || {
                function()?
                    .hash_password_with_salt(text.expose_secret().as_bytes(), &salt.to_be_bytes())
                    .map(|hash| hash.to_string())
                    .map_err(|e| e.to_string())
            })
            .await?;
        hash.map_err(|e| StoreError::Engine(e.into()).into())
    }

    /// Whether this is the password of the hash; `None` takes as long and is never right.
    pub(crate) async fn matches(
        &self,
        password: &SecretString,
        hash: Option<&str>,
    ) -> Result<bool, ServiceError> {
        if password.expose_secret().chars().count() > LONGEST_PASSWORD {
            return Ok(false);
        }
        let (text, somebody) = (normal(password), hash.is_some());
        let hash = hash.unwrap_or(NOBODY).to_owned();
        self.in_turn(move || {
            let Ok(hash) = PasswordHash::new(&hash) else { return false };
            // The parameters are those of the hash.
            let same = Argon2::default().verify_password(text.expose_secret().as_bytes(), &hash).is_ok();
            same && somebody
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let _place = self.queue.try_acquire().map_err(|_| ServiceError::Busy)?;
        // The turn goes with the work: a caller who is gone does not free the core that it uses.
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| ServiceError::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|e| StoreError::Engine(Box::new(e)).into())
    }
}

fn function() -> Result<Argon2<'static>, String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| e.to_string())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The same password typed on another keyboard may be other code points.
fn normal(password: &SecretString) -> SecretString {
    password.expose_secret().nfkc().collect::<String>().into()
}

/// Refuses a password that is too short, too long or easily guessed.
pub(crate) fn check(path: &str, name: &str, password: &SecretString) -> Result<(), ServiceError> {
    let text = password.expose_secret();
    let length = text.chars().count();
    if length < SHORTEST_PASSWORD {
        let fix = format!("use {SHORTEST_PASSWORD} characters or more: three random words do");
        return Err(invalid(path, "too_short", fix));
    }
    if length > LONGEST_PASSWORD {
        return Err(invalid(path, "too_long", format!("use at most {LONGEST_PASSWORD} characters")));
    }
    let mut easy: Vec<&str> = EASY.to_vec();
    easy.push(name);
    easy.extend(name.split(|c: char| !c.is_alphanumeric()).filter(|part| part.len() > 2));
    let guessed = zxcvbn::zxcvbn(text, &easy);
    if guessed.score() < Score::Three {
        let why = guessed
            .feedback()
            .and_then(zxcvbn::feedback::Feedback::warning)
            .map_or(String::new(), |w| format!(" {w}"));
        let fix = format!("this one is easily guessed: use three random words, or a longer one.{why}");
        return Err(invalid(path, "easily_guessed", fix));
    }
    Ok(())
}

/// A password to give out: twenty letters and digits in four groups, 100 bits.
pub(crate) fn given(random: u128) -> SecretString {
    let mut text = String::with_capacity(23);
    for n in 0..20_u32 {
        if n > 0 && n % 5 == 0 {
            text.push('-');
        }
        let five = usize::try_from((random >> (5 * n)) & 31).unwrap_or(0);
        text.push(char::from(ALPHABET[five]));
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, password: &str) -> Option<String> {
        match check("/new", name, &password.into()) {
            Ok(()) => None,
            Err(ServiceError::Invalid(errors)) => Some(errors[0].rule.clone()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn length_and_guessing_decide_and_composition_does_not() {
        assert_eq!(rule("ann", "short"), Some("too_short".to_owned()));
        assert_eq!(rule("ann", &"a very long one ".repeat(9)), Some("too_long".to_owned()));
        for easy in ["password12345", "aaaaaaaaaaaaaa", "qwertyuiop12", "Derbyshire2026", "annabel.bryant1"] {
            assert_eq!(rule("annabel.bryant", easy), Some("easily_guessed".to_owned()), "{easy}");
        }
        for good in ["coffee lantern gravel", "zqvhwmtrkplx", "ünder ƀlue sofa cushions"] {
            assert_eq!(rule("annabel.bryant", good), None, "{good}");
        }
    }

    #[test]
    fn a_refusal_does_not_repeat_the_password() {
        let refused = check("/new", "ann", &"password12345".into()).unwrap_err();
        assert!(!format!("{refused:?}").contains("password12345"));
    }

    #[test]
    fn the_alphabet_has_no_letter_twice() {
        let letters: std::collections::BTreeSet<u8> = ALPHABET.iter().copied().collect();
        assert_eq!(letters.len(), 32);
    }

    #[tokio::test]
    async fn a_hash_names_its_function_and_matches_its_password_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash(&"coffee lantern gravel".into(), 7).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.matches(&"coffee lantern gravel".into(), Some(&hash)).await.unwrap());
        assert!(!passwords.matches(&"coffee lantern gravel ".into(), Some(&hash)).await.unwrap());
        assert!(!passwords.matches(&"coffee lantern gravel".into(), None).await.unwrap());
        // An a with ring above, as one code point and as two.
        let hash = passwords.hash(&"\u{e5}ngstr\u{f6}m lantern".into(), 7).await.unwrap();
        assert!(passwords.matches(&"a\u{30a}ngstro\u{308}m lantern".into(), Some(&hash)).await.unwrap());
    }

    #[test]
    fn the_hash_of_nobody_costs_what_others_cost() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        assert_eq!((nobody.salt.map(|s| s.len()), nobody.hash.map(|h| h.len())), (Some(16), Some(32)));
    }
}
