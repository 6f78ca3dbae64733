//! Signing in at an OpenID provider: what is asked of one, who its people are here, and the end of
//! sessions that it ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ppn_domain::{Act as ActCode, Permission, Restriction, Roles, Span, Timestamp, UserId};
use ppn_store::{AtProvider, SubjectAt, User};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::act::{Act, Entry, turn_of};
use crate::assessing::system;
use crate::error::invalid;
use crate::sign_in::{SignedIn, UNKNOWN};
use crate::tokens::{random_secret, secret_hash};
use crate::users::user_name;
use crate::{Principal, Service, ServiceError};

/// Whoever goes to sign in at a provider is back within this time.
pub const ATTEMPT_LASTS: Span = Span::minutes(10);
/// The clocks of a provider and of this service may differ by so much.
pub const CLOCK_SKEW: Span = Span::minutes(1);

/// What ties the answer of a provider to the browser that was sent there. Each is another hash of one
/// secret that the browser alone holds, so that nothing is kept here meanwhile, and none says what another
/// is.
#[derive(Debug, Clone)]
pub struct Proofs {
    /// Comes back beside the code.
    pub state: String,
    /// Comes back in the token.
    pub nonce: String,
    /// Proves to the provider that whoever redeems the code asked for it (RFC 7636).
    pub verifier: SecretString,
}

/// Somebody as a provider vouches for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's own identifier of the person.
    pub subject: String,
    /// The provider's session, where it names one.
    pub session: Option<String>,
    /// What they are called here, where a claim says so.
    pub name: Option<String>,
    /// What the claim that tells roles holds.
    pub groups: Vec<String>,
}

/// A provider ended a session, or every session of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedOut {
    /// Whose.
    pub subject: Option<String>,
    /// Which of theirs, by the provider's name for it; all where it says none.
    pub session: Option<String>,
    /// When it says so.
    pub at: Timestamp,
}

/// What of a token does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Doubt {
    /// No key of the provider signed it, or it is not signed as it may be.
    #[error("its signature")]
    Signature,
    /// Another provider says it.
    #[error("its issuer")]
    Issuer,
    /// It is for somebody else than this service.
    #[error("its audience")]
    Audience,
    /// It answers another question than was asked.
    #[error("its nonce")]
    Nonce,
    /// It is over, or from a time that the clocks cannot explain.
    #[error("its time")]
    Time,
    /// It is none, or lacks something.
    #[error("its form")]
    Form,
}

/// Why nobody came in by a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProviderFault {
    /// No provider is set up.
    #[error("no provider is set up")]
    None,
    /// It could not be reached in time, or did not answer as the standard says.
    #[error("the provider cannot be reached")]
    Unreachable,
    /// The provider let them not in, or they gave up there.
    #[error("the provider did not sign them in")]
    Declined,
    /// The answer belongs to no attempt of this browser, or came too late.
    #[error("the answer belongs to no attempt of this browser")]
    Stale,
    /// The provider did not take its own code, or not from this service.
    #[error("the provider refused the code")]
    Code,
    /// What came cannot be believed.
    #[error("what the provider sent does not hold: {0}")]
    Doubtful(Doubt),
    /// No claim names them, or as nobody may be named.
    #[error("the provider gives no name that can be used")]
    NoName,
    /// Somebody has that name here, whom the provider does not vouch for.
    #[error("somebody else has that name")]
    NameTaken,
    /// No group of theirs has a role here.
    #[error("none of their groups has a role")]
    NoRole,
    /// They are disabled here.
    #[error("they are disabled")]
    Disabled,
}

impl ProviderFault {
    /// A code for the log and for counts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unreachable => "unreachable",
            Self::Declined => "declined",
            Self::Stale => "stale",
            Self::Code => "code",
            Self::Doubtful(Doubt::Signature) => "signature",
            Self::Doubtful(Doubt::Issuer) => "issuer",
            Self::Doubtful(Doubt::Audience) => "audience",
            Self::Doubtful(Doubt::Nonce) => "nonce",
            Self::Doubtful(Doubt::Time) => "time",
            Self::Doubtful(Doubt::Form) => "form",
            Self::NoName => "no_name",
            Self::NameTaken => "name_taken",
            Self::NoRole => "no_role",
            Self::Disabled => "disabled",
        }
    }
}

impl From<ProviderFault> for ServiceError {
    fn from(fault: ProviderFault) -> Self {
        Self::Provider(fault)
    }
}

/// An OpenID provider. What it answers is verified before it is given.
#[async_trait]
pub trait IdentityProvider: Send + Sync + std::fmt::Debug {
    /// Its identifier.
    fn issuer(&self) -> &str;

    /// Where a browser goes to sign in.
    ///
    /// # Errors
    /// [`ProviderFault::Unreachable`].
    async fn address(&self, proofs: &Proofs) -> Result<String, ProviderFault>;

    /// Redeems a code: once.
    ///
    /// # Errors
    /// [`ProviderFault::Unreachable`], [`ProviderFault::Code`] or [`ProviderFault::Doubtful`].
    async fn identity(
        &self,
        code: &SecretString,
        proofs: &Proofs,
        now: Timestamp,
    ) -> Result<Identity, ProviderFault>;

    /// Reads what a provider sends by itself when a session of its own ends.
    ///
    /// # Errors
    /// [`ProviderFault::Unreachable`] or [`ProviderFault::Doubtful`].
    async fn signed_out(&self, token: &SecretString, now: Timestamp) -> Result<SignedOut, ProviderFault>;
}

/// A provider, and what its groups are here.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The provider.
    pub at: Arc<dyn IdentityProvider>,
    /// Roles by group. Whoever is in none of these has no role and comes not in.
    pub roles: BTreeMap<String, Roles>,
}

/// What a browser brings back from a provider.
#[derive(Debug, Default)]
pub struct Returned {
    /// What [`Service::begin_at_provider`] gave it.
    pub attempt: Option<SecretString>,
    /// The state in the address.
    pub state: Option<String>,
    /// The code in the address.
    pub code: Option<SecretString>,
    /// The issuer in the address, where the provider puts it there (RFC 9207).
    pub issuer: Option<String>,
    /// From where: the address of the caller.
    pub origin: String,
    /// By which the browser is known again, where it has that.
    pub browser: Option<SecretString>,
}

/// Somebody went to sign in at a provider: what their browser remembers of it.
struct Attempt {
    secret: SecretString,
    began: Timestamp,
    then: String,
}

impl Attempt {
    fn proofs(&self) -> Proofs {
        let of = |what: &str| {
            let mut hash = Sha256::new_with_prefix(what);
            hash.update([0]);
            hash.update(self.secret.expose_secret());
            hash.update(self.began.micros().to_be_bytes());
            URL_SAFE_NO_PAD.encode(hash.finalize())
        };
        Proofs { state: of("state"), nonce: of("nonce"), verifier: of("verifier").into() }
    }

    fn write(&self) -> SecretString {
        let then = URL_SAFE_NO_PAD.encode(&self.then);
        format!("{}.{}.{then}", self.secret.expose_secret(), self.began.micros()).into()
    }

    /// Whoever holds the secret may write any time in it, and deceives nobody but themselves.
    fn read(text: &SecretString) -> Option<Self> {
        let (secret, rest) = text.expose_secret().split_once('.')?;
        let (began, then) = rest.split_once('.')?;
        let then = String::from_utf8(URL_SAFE_NO_PAD.decode(then).ok()?).ok()?;
        Some(Self { secret: secret.into(), began: Timestamp::from_micros(began.parse().ok()?), then })
    }

    fn answers(&self, state: Option<&str>, now: Timestamp) -> bool {
        let in_time = self.began <= now && now - self.began < ATTEMPT_LASTS;
        // Hashes are compared, so that the time that takes says nothing.
        in_time && state.is_some_and(|state| secret_hash(state) == secret_hash(&self.proofs().state))
    }
}

impl Service {
    /// Lets people sign in at a provider from now on. Later calls change nothing.
    pub fn sign_in_at(&self, provider: Provider) {
        let _ = self.provider.set(provider);
    }

    /// Whether people may sign in at a provider.
    pub fn has_provider(&self) -> bool {
        self.provider.get().is_some()
    }

    fn provider(&self) -> Result<&Provider, ProviderFault> {
        self.provider.get().ok_or(ProviderFault::None)
    }

    /// Sends a browser to the provider, to come back to the path `then`: what the browser remembers until
    /// then, and the address.
    ///
    /// # Errors
    /// [`ServiceError::Provider`].
    pub async fn begin_at_provider(&self, then: &str) -> Result<(SecretString, String), ServiceError> {
        let attempt = Attempt { secret: random_secret(self), began: self.clock.now(), then: then.to_owned() };
        let address = self.provider()?.at.address(&attempt.proofs()).await?;
        Ok((attempt.write(), address))
    }

    /// Signs in whoever comes back from the provider, and gives the path to go on to. Roles are those that
    /// the provider's groups have here at this moment; somebody new is added.
    ///
    /// # Errors
    /// [`ServiceError::Provider`].
    pub async fn finish_at_provider(&self, returned: Returned) -> Result<(SignedIn, String), ServiceError> {
        let provider = self.provider()?;
        let Returned { attempt, state, code, issuer, origin, browser } = returned;
        let attempt = attempt.as_ref().and_then(Attempt::read);
        let Some(attempt) = attempt.filter(|a| a.answers(state.as_deref(), self.clock.now())) else {
            count("stale");
            return Err(ProviderFault::Stale.into());
        };
        let vouched: Result<Identity, ProviderFault> = match (issuer, code) {
            (Some(other), _) if other != provider.at.issuer() => Err(ProviderFault::Doubtful(Doubt::Issuer)),
            (_, None) => Err(ProviderFault::Declined),
            (_, Some(code)) => provider.at.identity(&code, &attempt.proofs(), self.clock.now()).await,
        };
        let by = |name: &str| Principal {
            name: name.to_owned(),
            roles: Roles::default(),
            source: None,
            lists: Restriction::NONE,
            origin: origin.clone(),
        };
        let identity = match vouched {
            Ok(identity) => identity,
            Err(fault) => {
                let by = by(UNKNOWN);
                let act = self.begin_slice(&by).await?;
                return refuse(act, None, fault).await;
            }
        };

        let subject =
            SubjectAt { issuer: provider.at.issuer().to_owned(), subject: identity.subject.clone() };
        let by = by(&self.name_in_log(&subject, identity.name.as_deref()).await?);
        let mut act = self.begin_slice(&by).await?;
        act.lock(&[turn_of(&[b"identity", subject.issuer.as_bytes(), subject.subject.as_bytes()])]).await?;
        let roles = roles_of(provider, &identity.groups);
        let mut user = match act.uow.user_at(&subject).await? {
            Some(user) => user,
            // Nobody is added who would have no role.
            None if roles.0.is_empty() => return refuse(act, None, ProviderFault::NoRole).await,
            None => match self.add_from_provider(&mut act, &subject, identity.name.as_deref()).await? {
                Ok(user) => user,
                Err(fault) => {
                    let name = identity.name.as_deref().and_then(|name| user_name(name).ok());
                    return refuse(act, name, fault).await;
                }
            },
        };
        if user.disabled_at.is_some() {
            return refuse(act, Some(&user.name), ProviderFault::Disabled).await;
        }
        if user.roles != roles {
            Self::give_roles(&mut act, &mut user, &roles).await?;
            self.forget_tokens();
        }
        if roles.0.is_empty() {
            return refuse(act, Some(&user.name), ProviderFault::NoRole).await;
        }
        let at = AtProvider { issuer: subject.issuer, session: identity.session };
        Ok((self.come_in(act, user, browser, Some(at)).await?, attempt.then))
    }

    /// What the log calls whoever comes from the provider: nothing that is somebody else's name.
    async fn name_in_log(&self, subject: &SubjectAt, name: Option<&str>) -> Result<String, ServiceError> {
        let mut uow = self.store.read().await?;
        if let Some(user) = uow.user_at(subject).await? {
            return Ok(user.name);
        }
        match name.and_then(|name| user_name(name).ok()) {
            Some(name) if uow.user(name).await?.is_none() => Ok(name.to_owned()),
            _ => Ok(UNKNOWN.to_owned()),
        }
    }

    /// Adds somebody whom the provider vouches for, unless their name is somebody's already: a name can
    /// pass from one person to another at a provider, and would take what is theirs along.
    async fn add_from_provider(
        &self,
        act: &mut Act<'_>,
        subject: &SubjectAt,
        name: Option<&str>,
    ) -> Result<Result<User, ProviderFault>, ServiceError> {
        let Some(name) = name.and_then(|name| user_name(name).ok()) else {
            return Ok(Err(ProviderFault::NoName));
        };
        if act.uow.user(name).await?.is_some() {
            return Ok(Err(ProviderFault::NameTaken));
        }
        let now = act.now;
        let new = UserId::new(now, self.random());
        let id = act.uow.user_named(name, new, now).await?;
        if id != new {
            // Somebody took the name since it was looked up.
            return Ok(Err(ProviderFault::NameTaken));
        }
        if !act.uow.write_identity(id, subject, now).await? {
            return Err(ServiceError::Raced);
        }
        let detail = json!({ "by": "provider" });
        act.log(
            ActCode::UserAdded,
            Entry { recipient: Some(name), detail: Some(detail), ..Entry::default() },
        );
        Ok(Ok(act.uow.user(name).await?.ok_or(ServiceError::Raced)?))
    }

    /// Says whom the provider means by a subject: for somebody who has an account already, or whom the
    /// provider has given another subject. Ends their sessions.
    ///
    /// # Errors
    /// When the caller may not, it is their own account, no provider is set up, nobody has that name, or
    /// the provider means somebody else by it.
    pub async fn link_identity(
        &self,
        by: &Principal,
        name: &str,
        subject: &str,
    ) -> Result<usize, ServiceError> {
        by.require(Permission::ManageUsers)?;
        let provider = self.provider().map_err(|_| {
            invalid("", "no_provider", "set up a provider first: see the section [openid] of the settings")
        })?;
        let subject = subject.trim();
        if subject.is_empty() || subject.chars().count() > LONGEST_SUBJECT {
            let fix = format!("give the provider's identifier, of 1 to {LONGEST_SUBJECT} characters");
            return Err(invalid("/subject", "pattern", fix));
        }
        let subject = SubjectAt { issuer: provider.at.issuer().to_owned(), subject: subject.to_owned() };
        let (mut act, user) = self.of_another(by, name).await?;
        let now = act.now;
        if !act.uow.write_identity(user.id, &subject, now).await? {
            return Err(invalid("/subject", "exists", "the provider means somebody else by it"));
        }
        act.log(ActCode::IdentityLinked, Entry { recipient: Some(&user.name), ..Entry::default() });
        let ended = Self::end_all(&mut act, &user, "identity_linked").await?;
        act.finish(()).await?;
        Ok(ended)
    }

    /// Ends the sessions that began in one which the provider ended, and says how many. Sessions that began
    /// since are left alone, so that the same message sent again does nothing.
    ///
    /// # Errors
    /// [`ServiceError::Provider`].
    pub async fn signed_out_at_provider(
        &self,
        token: &SecretString,
        origin: &str,
    ) -> Result<usize, ServiceError> {
        let provider = self.provider()?;
        let out = provider.at.signed_out(token, self.clock.now()).await.inspect_err(|fault| {
            tracing::warn!(fault = fault.code(), "a sign-out by the provider was not believed");
        })?;
        let issuer = provider.at.issuer();
        let by = Principal { origin: origin.to_owned(), ..system() };
        let mut act = self.begin_slice(&by).await?;
        let subject = match out.subject {
            Some(subject) => {
                let subject = SubjectAt { issuer: issuer.to_owned(), subject };
                match act.uow.user_at(&subject).await? {
                    Some(user) => Some(user),
                    // Somebody who was never here.
                    None => return Ok(0),
                }
            }
            None => None,
        };
        let mut sessions = match (&out.session, &subject) {
            (Some(session), _) => act.uow.sessions_at(issuer, session).await?,
            (None, Some(user)) => {
                let all = act.uow.sessions_of(user.id).await?.into_iter();
                all.map(|session| (session, user.name.clone())).collect()
            }
            (None, None) => Vec::new(),
        };
        sessions.retain(|(session, _)| {
            session.provider.as_ref().is_some_and(|p| p.issuer == issuer)
                && subject.as_ref().is_none_or(|user| session.user_id == user.id)
                && session.created_at <= out.at + CLOCK_SKEW
        });
        let (now, mut ended) = (act.now, 0);
        for (session, name) in sessions {
            if act.uow.end_session(session.id, now).await? {
                crate::sessions::log_end(&mut act, &name, session.id, "provider");
                ended += 1;
            }
        }
        act.finish(()).await?;
        Ok(ended)
    }
}

/// The longest identifier of a person at a provider, in characters (OpenID Connect Core 1.0, section 2).
pub const LONGEST_SUBJECT: usize = 255;

fn roles_of(provider: &Provider, groups: &[String]) -> Roles {
    groups
        .iter()
        .filter_map(|group| provider.roles.get(group))
        .flat_map(|roles| roles.0.iter().copied())
        .collect()
}

/// Writes down that somebody did not come in, and why; what was done on the way there stays.
async fn refuse<T>(
    mut act: Act<'_>,
    recipient: Option<&str>,
    fault: ProviderFault,
) -> Result<T, ServiceError> {
    let detail = Some(json!({ "at": "provider", "what": fault.code() }));
    act.log(ActCode::SignInFailed, Entry { recipient, detail, ..Entry::default() });
    act.finish(()).await?;
    count(fault.code());
    if matches!(fault, ProviderFault::Doubtful(_) | ProviderFault::Code | ProviderFault::Unreachable) {
        tracing::warn!(fault = fault.code(), "somebody could not be signed in by the provider");
    }
    Err(fault.into())
}

fn count(result: &'static str) {
    metrics::counter!("ppn_provider_sign_ins_total", "result" => result).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        Attempt { secret: "s".into(), began: Timestamp::from_micros(7), then: "/desks/child".to_owned() }
    }

    #[test]
    fn an_attempt_reads_back_as_written() {
        let read = Attempt::read(&attempt().write()).unwrap();
        assert_eq!(
            (read.secret.expose_secret(), read.began, &*read.then),
            ("s", attempt().began, "/desks/child")
        );
        assert_eq!(read.proofs().state, attempt().proofs().state);
        for broken in ["", "s", "s.7", "s.x.", "s.7.%%", "s.7.\u{e9}"] {
            assert!(Attempt::read(&broken.into()).is_none(), "{broken}");
        }
    }

    #[test]
    fn no_proof_is_another() {
        let proofs = attempt().proofs();
        assert_ne!(proofs.state, proofs.nonce);
        assert_ne!(proofs.state, proofs.verifier.expose_secret());
        assert_eq!(proofs.verifier.expose_secret().len(), 43, "the shortest that RFC 7636 allows");
    }

    #[test]
    fn the_answer_comes_in_time_and_with_the_state() {
        let (attempt, began) = (attempt(), attempt().began);
        let state = attempt.proofs().state;
        assert!(attempt.answers(Some(&state), began));
        assert!(!attempt.answers(Some(&state), began + ATTEMPT_LASTS));
        assert!(!attempt.answers(Some(&state), began - Span::seconds(1)));
        assert!(!attempt.answers(Some("another"), began));
        assert!(!attempt.answers(None, began));
    }
}
