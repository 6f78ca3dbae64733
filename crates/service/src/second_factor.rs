//! The second factor of people who sign in with a password: codes of an authenticator (RFC 6238), and codes
//! for when it is lost.

use ppn_domain::{Act as ActCode, Permission, Timestamp};
use ppn_store::{SecondFactor, StoreError, UnitOfWork, User};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use totp_rs::{Builder, Totp};

use crate::act::{Act, Entry};
use crate::error::{invalid, typed};
use crate::sessions::Session;
use crate::tokens::secret_hash;
use crate::{Principal, Service, ServiceError, passwords};

/// So many codes are given out for when the authenticator is lost; each is used once.
pub const RECOVERY_CODES: usize = 10;
/// What an authenticator shows beside the name.
const ISSUER: &str = "PPN Triage";

/// What somebody's authenticator is given, once: it is not shown again.
#[derive(Debug)]
pub struct Enrolment {
    /// As a URL, for a picture that an authenticator reads.
    pub url: SecretString,
    /// To type in where there is no camera: base 32.
    pub secret: SecretString,
}

fn totp(name: &str, secret: [u8; 20]) -> Result<Totp, ServiceError> {
    let built = Builder::new()
        .with_secret(secret.to_vec())
        .with_issuer(Some(ISSUER))
        // The one sign that the label of such a URL does not take.
        .with_account_name(name.replace(':', " "))
        .build();
    built.map_err(|e| StoreError::Engine(e.to_string().into()).into())
}

/// The step of a code that is right now, one step early or late, and later than the last one taken.
fn step_of(
    name: &str,
    factor: &SecondFactor,
    code: &str,
    now: Timestamp,
) -> Result<Option<u64>, ServiceError> {
    let seconds = u64::try_from(now.micros() / 1_000_000).unwrap_or_default();
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = totp(name, factor.secret)?.check(&code, seconds);
    Ok(step.filter(|step| *step > factor.last_step))
}

fn recovery_hash(code: &str) -> [u8; 32] {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    secret_hash(&plain.to_ascii_lowercase())
}

/// The factor that guards an account: one of which a code was right.
pub(crate) async fn guarding(
    uow: &mut dyn UnitOfWork,
    user: &User,
) -> Result<Option<SecondFactor>, ServiceError> {
    Ok(uow.second_factor(user.id).await?.filter(|factor| factor.confirmed_at.is_some()))
}

/// Takes a code of the authenticator, or one for when it is lost. Whether it was right.
pub(crate) async fn take_code(
    act: &mut Act<'_>,
    user: &User,
    mut factor: SecondFactor,
    code: &SecretString,
) -> Result<bool, ServiceError> {
    let (code, now) = (code.expose_secret(), act.now);
    if let Some(step) = step_of(&user.name, &factor, code, now)? {
        factor.last_step = step;
        act.uow.write_second_factor(user.id, &factor).await?;
        return Ok(true);
    }
    if !act.uow.use_recovery_code(user.id, &recovery_hash(code), now).await? {
        return Ok(false);
    }
    let left = act.uow.recovery_codes_left(user.id).await?;
    act.log(
        ActCode::RecoveryCodeUsed,
        Entry { recipient: Some(&user.name), detail: Some(json!({ "left": left })), ..Entry::default() },
    );
    Ok(true)
}

impl Service {
    /// Whether somebody of these roles must have a second factor.
    pub(crate) fn must_have_second_factor(&self, user: &User) -> bool {
        user.roles.0.iter().any(|role| self.settings.second_factor.0.contains(role))
    }

    /// Whether the account of a session has a second factor.
    ///
    /// # Errors
    /// When the store fails, or the account is gone.
    pub async fn has_second_factor(&self, session: &Session) -> Result<bool, ServiceError> {
        let mut uow = self.store.read().await?;
        let user = uow.user(&session.principal.name).await?.ok_or(ServiceError::Unauthenticated)?;
        Ok(guarding(&mut *uow, &user).await?.is_some())
    }

    /// Begins to add an authenticator to one's own account. It guards nothing before its first code was
    /// right; begun again, what was begun before is forgotten.
    ///
    /// # Errors
    /// When the password must be changed first, there is one already, or the store fails.
    pub async fn begin_second_factor(&self, session: &Session) -> Result<Enrolment, ServiceError> {
        if session.must_change_password {
            return Err(ServiceError::Unauthenticated);
        }
        let mut act = self.begin_slice(&session.principal).await?;
        let user = act.uow.user(&session.principal.name).await?.ok_or(ServiceError::Unauthenticated)?;
        if guarding(&mut *act.uow, &user).await?.is_some() {
            return Err(invalid(
                "",
                "exists",
                "you have one already: ask an administrator to remove it first",
            ));
        }
        let mut secret = [0; 20];
        secret[..16].copy_from_slice(&self.random().to_be_bytes());
        secret[16..].copy_from_slice(&self.random().to_be_bytes()[..4]);
        let factor = SecondFactor { secret, confirmed_at: None, last_step: 0 };
        act.uow.write_second_factor(user.id, &factor).await?;
        act.finish(()).await?;
        let totp = totp(&user.name, secret)?;
        let url = totp.to_url().map_err(|e| StoreError::Engine(e.to_string().into()))?;
        Ok(Enrolment { url: url.into(), secret: totp.secret().to_base32().into() })
    }

    /// Adds the authenticator that was begun, by its first code, and gives the codes for when it is lost,
    /// which are kept nowhere. The other sessions of the account end.
    ///
    /// # Errors
    /// [`ServiceError::WrongCode`]; when none was begun, or there is one already.
    pub async fn confirm_second_factor(
        &self,
        session: &Session,
        code: &SecretString,
    ) -> Result<Vec<SecretString>, ServiceError> {
        if session.must_change_password {
            return Err(ServiceError::Unauthenticated);
        }
        let mut act = self.begin_slice(&session.principal).await?;
        let now = act.now;
        let user = act.uow.user(&session.principal.name).await?.ok_or(ServiceError::Unauthenticated)?;
        let factor = act.uow.second_factor(user.id).await?;
        let mut factor = factor
            .filter(|factor| factor.confirmed_at.is_none())
            .ok_or_else(|| invalid("", "not_begun", "begin to add an authenticator first"))?;
        let step = step_of(&user.name, &factor, code.expose_secret(), now)?.ok_or(ServiceError::WrongCode)?;
        factor.confirmed_at = Some(now);
        factor.last_step = step;
        act.uow.write_second_factor(user.id, &factor).await?;
        let codes: Vec<SecretString> = (0..RECOVERY_CODES).map(|_| passwords::given(self.random())).collect();
        let hashes: Vec<[u8; 32]> = codes.iter().map(|code| recovery_hash(code.expose_secret())).collect();
        act.uow.keep_recovery_codes(user.id, &hashes).await?;
        act.log(ActCode::SecondFactorAdded, Entry { recipient: Some(&user.name), ..Entry::default() });
        Self::end_others(&mut act, &user, session.id, "second_factor_added").await?;
        act.finish(()).await?;
        Ok(codes)
    }

    /// Removes somebody's second factor, as when it is lost with its codes, and ends their sessions. Where
    /// their roles need one, they add another when they next sign in.
    ///
    /// # Errors
    /// When the caller may not, it is their own, nobody has that name, they have none, or no reason is
    /// given.
    pub async fn remove_second_factor(
        &self,
        by: &Principal,
        name: &str,
        reason: &str,
    ) -> Result<usize, ServiceError> {
        by.require(Permission::ManageUsers)?;
        let reason = typed("/reason", reason)?;
        let (mut act, user) = self.of_another(by, name).await?;
        if !act.uow.remove_second_factor(user.id).await? {
            return Err(invalid("/name", "none", "they have no second factor"));
        }
        act.log(
            ActCode::SecondFactorRemoved,
            Entry { recipient: Some(&user.name), why: Some(reason), ..Entry::default() },
        );
        let ended = Self::end_all(&mut act, &user, "second_factor_removed").await?;
        act.finish(()).await?;
        Ok(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(last_step: u64) -> SecondFactor {
        SecondFactor { secret: *b"12345678901234567890", confirmed_at: None, last_step }
    }

    /// The last six digits of the vector of RFC 6238 for SHA-1 at 59 seconds.
    const CODE: &str = "287082";

    fn step(last_step: u64, code: &str, seconds: i64) -> Option<u64> {
        step_of("ann", &factor(last_step), code, Timestamp::from_micros(seconds * 1_000_000)).unwrap()
    }

    #[test]
    fn a_code_is_right_in_its_step_and_one_beside_it() {
        assert_eq!(step(0, CODE, 59), Some(1));
        assert_eq!(step(0, "287 082", 59), Some(1), "as authenticators show it");
        for (seconds, right) in [(0, true), (89, true), (90, false), (600, false)] {
            assert_eq!(step(0, CODE, seconds).is_some(), right, "{seconds}");
        }
        for wrong in ["", "287083", "28708", "2870822", "abcdef"] {
            assert_eq!(step(0, wrong, 59), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_is_taken_once_and_none_before_it_after() {
        assert_eq!(step(1, CODE, 59), None);
        assert_eq!(step(2, CODE, 59), None);
    }

    #[test]
    fn a_recovery_code_reads_however_it_is_typed() {
        assert_eq!(recovery_hash("abcde-fghij"), recovery_hash(" ABCDE FGHIJ "));
        assert_ne!(recovery_hash("abcde-fghij"), recovery_hash("abcde-fghik"));
    }

    #[test]
    fn a_secret_is_in_no_debug_text() {
        assert!(!format!("{:?}", factor(0)).contains("49"), "{:?}", factor(0));
    }
}
