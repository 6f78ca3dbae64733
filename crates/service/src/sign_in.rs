//! Signing in with a name and a password, and what slows guessing down.
//!
//! Wrong passwords are counted by account and by where they come from: the browser, where it signed in
//! as that person before, else the address. The first few cost nothing; each further one doubles the
//! wait. Nobody is ever locked out by what others try elsewhere.

use ppn_domain::{Act as ActCode, Restriction, Roles, SessionId, Span, Timestamp};
use ppn_store::{AtProvider, Failures, NewSession, StoredSession, User};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::act::{Act, Entry};
use crate::second_factor::{guarding, take_code};
use crate::sessions::Session;
use crate::tokens::{random_secret, secret_hash};
use crate::{Principal, Service, ServiceError, passwords};

/// So many wrong passwords in a row cost nothing but the time to try them.
pub const FREE_TRIES: u32 = 5;
/// The longest wait between two tries of one account from one place.
pub const LONGEST_DELAY: Span = Span::minutes(15);
/// Wrong passwords are forgotten after this time without a further one.
pub const FAILURES_KEPT: Span = Span::hours(24);
/// In the log, whoever tried a name that is nobody's: what was typed may be a password.
pub(crate) const UNKNOWN: &str = "unknown";

/// Somebody who wants to come in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The name as typed.
    pub name: String,
    /// The password as typed.
    pub password: SecretString,
    /// A code of their second factor, where they were asked for one.
    pub code: Option<SecretString>,
    /// From where: the address of the caller.
    pub origin: String,
    /// By which the browser is known again, where it has that.
    pub browser: Option<SecretString>,
}

/// Somebody who came in. Both secrets are for the browser and are kept nowhere else.
#[derive(Debug)]
pub struct SignedIn {
    /// The session that was begun.
    pub session: Session,
    /// What the browser sends from now on, in a cookie that ends with the session.
    pub secret: SecretString,
    /// What the browser keeps for the next time, in a cookie that stays ([`crate::BROWSER_KEPT`]).
    pub browser: SecretString,
    /// When they signed in before.
    pub before: Option<Timestamp>,
    /// Wrong passwords since then, from wherever: to be shown to them.
    pub failures: u32,
}

/// How long to wait after so many wrong passwords.
fn delay(failures: u32) -> Span {
    match failures.checked_sub(FREE_TRIES) {
        None => Span::seconds(0),
        Some(over) if over < 10 => LONGEST_DELAY.min(Span::seconds(1 << over)),
        Some(_) => LONGEST_DELAY,
    }
}

fn bucket(account: &str, place: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(account);
    hash.update([0]);
    hash.update(place);
    hash.finalize().into()
}

impl Service {
    /// Signs somebody in with their name and password. Whatever is wrong, the answer is the same and
    /// takes as long.
    ///
    /// # Errors
    /// [`ServiceError::WrongCredentials`]; [`ServiceError::CodeNeeded`] and [`ServiceError::WrongCode`]
    /// where the password is right and a second factor guards the account; [`ServiceError::TooSoon`] when too many wrong ones came from
    /// there, and then the password was not looked at; busy when too many sign in at once.
    pub async fn sign_in(&self, request: SignIn) -> Result<SignedIn, ServiceError> {
        let name = request.name.trim();
        let browser = request.browser.as_ref().map(|b| secret_hash(b.expose_secret()));
        let mut uow = self.store.read().await?;
        let user = uow.user(name).await?;
        let known = match (&user, &browser) {
            (Some(user), Some(browser)) => uow.knows_browser(user.id, browser).await?,
            _ => false,
        };
        drop(uow);
        let bucket = match browser {
            Some(browser) if known => bucket(name, &browser),
            _ => bucket(name, request.origin.as_bytes()),
        };
        let failures = self.count_try(&bucket).await?;
        let password = user.as_ref().and_then(|user| self.usable_password(user)).map(str::to_owned);
        let right = self.passwords.matches(&request.password, password.as_deref()).await?;

        let by = Principal {
            name: if right { name.to_owned() } else { UNKNOWN.to_owned() },
            roles: Roles::default(),
            source: None,
            lists: Restriction::NONE,
            origin: request.origin.clone(),
        };
        let mut act = self.begin_slice(&by).await?;
        // Read again: they may have been disabled, or given another password, while this one was hashed.
        let user = if user.is_some() { act.uow.user(name).await? } else { None };
        let unchanged = |user: &User| self.usable_password(user) == password.as_deref();
        match user {
            Some(mut user) if right && unchanged(&user) => {
                if let Some(factor) = guarding(&mut *act.uow, &user).await? {
                    // Whoever has the password alone is slowed down like whoever has not even that.
                    let Some(code) = &request.code else { return Err(ServiceError::CodeNeeded) };
                    if !take_code(&mut act, &user, factor, code).await? {
                        user.failures = user.failures.saturating_add(1);
                        act.uow.write_user(&user).await?;
                        log_failure(&mut act, Some(&user.name), &failures, json!({ "what": "code" }));
                        act.finish(()).await?;
                        return Err(ServiceError::WrongCode);
                    }
                }
                act.uow.clear_failures(&bucket).await?;
                self.come_in(act, user, request.browser, None).await
            }
            user => {
                let recipient = user.as_ref().map(|user| user.name.clone());
                if let Some(mut user) = user {
                    user.failures = user.failures.saturating_add(1);
                    act.uow.write_user(&user).await?;
                }
                log_failure(&mut act, recipient.as_deref(), &failures, json!({}));
                act.finish(()).await?;
                Err(ServiceError::WrongCredentials)
            }
        }
    }

    /// Begins the session of somebody who proved who they are, and makes all of the act durable.
    pub(crate) async fn come_in(
        &self,
        mut act: Act<'_>,
        mut user: User,
        browser: Option<SecretString>,
        provider: Option<AtProvider>,
    ) -> Result<SignedIn, ServiceError> {
        let hash = browser.as_ref().map(|b| secret_hash(b.expose_secret()));
        let known = match &hash {
            Some(hash) => act.uow.knows_browser(user.id, hash).await?,
            None => false,
        };
        let (before, wrong) = (user.signed_in_at, user.failures);
        user.signed_in_at = Some(act.now);
        user.failures = 0;
        act.uow.write_user(&user).await?;
        let mut detail = json!({ "failures_before": wrong });
        let at_provider = provider.is_some();
        if at_provider {
            detail["at"] = json!("provider");
        }
        let (session, secret, fresh) =
            self.begin_session(&mut act, &user, hash.filter(|_| known), provider).await?;
        detail["session"] = json!(session.id);
        act.log(ActCode::SignedIn, Entry { detail: Some(detail), ..Entry::default() });
        act.finish(()).await?;
        if at_provider {
            metrics::counter!("ppn_provider_sign_ins_total", "result" => "signed_in").increment(1);
        } else {
            metrics::counter!("ppn_sign_ins_total", "result" => "signed_in").increment(1);
        }
        let browser = browser.filter(|_| known).unwrap_or(fresh);
        Ok(SignedIn { session, secret, browser, before, failures: wrong })
    }

    /// Counts a try as wrong before it is looked at, so that many at once are counted too.
    async fn count_try(&self, bucket: &[u8; 32]) -> Result<Failures, ServiceError> {
        // Without a turn to write for those who are too early: there may be very many.
        let now = self.clock.now();
        let earlier = self.store.read().await?.failures(bucket).await?;
        too_soon(earlier, now)?;
        let mut uow = self.store.write().await?;
        let mut key = [0; 16];
        key.copy_from_slice(&bucket[..16]);
        uow.lock(&[key]).await?;
        let now = self.clock.now();
        let earlier = uow.failures(bucket).await?;
        too_soon(earlier, now)?;
        let count = earlier.filter(|f| now - f.last_at < FAILURES_KEPT).map_or(0, |f| f.failures) + 1;
        let failures = Failures { failures: count, until: now + delay(count), last_at: now };
        uow.keep_failures(bucket, &failures).await?;
        uow.save().await?;
        Ok(failures)
    }

    /// The hash of a password that opens something now.
    fn usable_password<'a>(&self, user: &'a User) -> Option<&'a str> {
        let password = user.password.as_ref()?;
        let over = password.until.is_some_and(|until| until <= self.clock.now());
        (user.disabled_at.is_none() && !over).then_some(password.hash.as_str())
    }

    /// Begins a session, and gives it with its two secrets.
    async fn begin_session(
        &self,
        act: &mut Act<'_>,
        user: &User,
        browser: Option<[u8; 32]>,
        provider: Option<AtProvider>,
    ) -> Result<(Session, SecretString, SecretString), ServiceError> {
        let (secret, fresh) = (random_secret(self), random_secret(self));
        let id = SessionId::new(act.now, self.random());
        let new = NewSession {
            id,
            hash: secret_hash(secret.expose_secret()),
            browser: browser.unwrap_or_else(|| secret_hash(fresh.expose_secret())),
            user_id: user.id,
            origin: act.by.origin.clone(),
            provider,
            created_at: act.now,
            ends_at: act.now + self.settings.session_longest,
        };
        act.uow.insert_session(&new).await?;
        let session = StoredSession {
            id,
            user_id: user.id,
            origin: new.origin,
            provider: new.provider,
            created_at: act.now,
            seen_at: act.now,
            ends_at: new.ends_at,
        };
        let session = self.opened(&mut *act.uow, &session, user, &act.by.origin).await?;
        Ok((session, secret, fresh))
    }

    /// Changes one's own password, which ends every session of theirs and begins another.
    ///
    /// # Errors
    /// As [`Service::sign_in`] for the present password; invalid when the new one is weak or the same.
    pub async fn change_password(
        &self,
        session: &Session,
        present: &SecretString,
        new: &SecretString,
    ) -> Result<SignedIn, ServiceError> {
        let name = session.principal.name.as_str();
        passwords::check("/new_password", name, new)?;
        let bucket = bucket(name, session.id.0.as_bytes());
        let failures = self.count_try(&bucket).await?;
        let user = self.store.read().await?.user(name).await?.ok_or(ServiceError::Unauthenticated)?;
        let hash = self.usable_password(&user).map(str::to_owned);
        let right = self.passwords.matches(present, hash.as_deref()).await?;
        let same = right && self.passwords.matches(new, hash.as_deref()).await?;
        let new_hash =
            if right && !same { Some(self.passwords.hash(new, self.random()).await?) } else { None };

        let by = session.principal.clone();
        let mut act = self.begin_slice(&by).await?;
        let mut user = act.uow.user(name).await?.ok_or(ServiceError::Unauthenticated)?;
        if !right || self.usable_password(&user) != hash.as_deref() {
            let detail = json!({ "act": ActCode::PasswordChanged, "session": session.id });
            log_failure(&mut act, Some(name), &failures, detail);
            act.finish(()).await?;
            return Err(ServiceError::WrongCredentials);
        }
        act.uow.clear_failures(&bucket).await?;
        let Some(hash) = new_hash else {
            act.finish(()).await?;
            return Err(crate::error::invalid("/new_password", "the_same", "choose another one than before"));
        };
        user.password = Some(ppn_store::Password { hash, until: None });
        act.uow.write_user(&user).await?;
        act.log(ActCode::PasswordChanged, Entry { recipient: Some(name), ..Entry::default() });
        Service::end_all(&mut act, &user, "password_changed").await?;
        let (begun, secret, browser) = self.begin_session(&mut act, &user, None, None).await?;
        act.log(
            ActCode::SignedIn,
            Entry {
                detail: Some(json!({ "session": begun.id, "after": "password_changed" })),
                ..Entry::default()
            },
        );
        act.finish(()).await?;
        Ok(SignedIn { session: begun, secret, browser, before: user.signed_in_at, failures: 0 })
    }
}

/// Rows of the log for a wrong password, and for the delay that it begins.
fn log_failure(act: &mut Act<'_>, account: Option<&str>, failures: &Failures, detail: serde_json::Value) {
    let entry = |detail| Entry { recipient: account, detail: Some(detail), ..Entry::default() };
    act.log(ActCode::SignInFailed, entry(detail));
    metrics::counter!("ppn_sign_ins_total", "result" => "wrong").increment(1);
    if failures.failures >= FREE_TRIES {
        act.log(
            ActCode::SignInDelayed,
            entry(json!({ "tries": failures.failures, "until": failures.until.to_string() })),
        );
        tracing::warn!(tries = failures.failures, origin = %act.by.origin, "wrong passwords: sign-in is slowed down there");
    }
}

fn too_soon(failures: Option<Failures>, now: Timestamp) -> Result<(), ServiceError> {
    match failures {
        Some(f) if f.until > now => {
            metrics::counter!("ppn_sign_ins_total", "result" => "too_soon").increment(1);
            Err(ServiceError::TooSoon { until: f.until })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<i64> = (0..20).map(|n| delay(n).as_seconds()).collect();
        assert_eq!(seconds[..8], [0, 0, 0, 0, 0, 1, 2, 4]);
        assert_eq!((seconds[14], seconds[15], seconds[19]), (512, 900, 900));
        assert_eq!(delay(u32::MAX), LONGEST_DELAY);
    }

    #[test]
    fn no_two_pairs_share_a_bucket() {
        assert_ne!(bucket("ann", b"1"), bucket("ann1", b""));
        assert_ne!(bucket("ann", b"1"), bucket("ben", b"1"));
    }
}
