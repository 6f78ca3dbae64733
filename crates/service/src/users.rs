//! Users: who may sign in, as what, and from when on no more.

use std::collections::HashSet;

use ppn_domain::{Act as ActCode, Permission, Roles, Span, Timestamp, UserId};
use ppn_store::{Password, User};
use secrecy::SecretString;
use serde_json::json;

use crate::act::{Act, Entry};
use crate::error::{invalid, typed};
use crate::{Principal, Service, ServiceError, passwords};

/// A password that was given out is good this long, and must be changed when it is first used.
pub const GIVEN_PASSWORD_LASTS: Span = Span::days(7);
/// The longest name of a user, in characters.
pub const LONGEST_NAME: usize = 64;

/// Somebody who signs in, or whom tokens act as, as a list shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// Their name.
    pub name: String,
    /// What they are when they sign in; a token has roles of its own.
    pub roles: Roles,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when nothing of theirs opens anything.
    pub disabled_at: Option<Timestamp>,
    /// Whether they have a password here.
    pub has_password: bool,
    /// Whether a provider vouches for them.
    pub has_identity: bool,
    /// Until when a password that was given out is good, where they did not change it yet.
    pub password_until: Option<Timestamp>,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
    /// Wrong passwords since.
    pub failures: u32,
}

/// What ended with a change of a user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// Sessions.
    pub sessions: usize,
    /// Tokens that allowed what the new roles do not.
    pub tokens: usize,
}

/// What becomes of a password that is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// It opens nothing but its own change, and that for [`GIVEN_PASSWORD_LASTS`].
    ToBeChanged,
    /// It stays: for a store that holds invented notices alone.
    ToStay,
}

impl Service {
    /// Adds somebody, or gives an account to a name that only tokens act as so far, and gives their
    /// first password, which is kept nowhere.
    ///
    /// # Errors
    /// When the caller may not, a field cannot stand, or they have a password already.
    pub async fn add_user(
        &self,
        by: &Principal,
        name: &str,
        roles: &Roles,
        given: Given,
    ) -> Result<SecretString, ServiceError> {
        by.require(Permission::ManageUsers)?;
        let name = user_name(name)?;
        some_role(roles)?;
        let secret = passwords::given(self.random());
        let hash = self.passwords.hash(&secret, self.random()).await?;
        let mut act = self.begin_slice(by).await?;
        act.uow.user_named(name, UserId::new(act.now, self.random()), act.now).await?;
        let mut user = act.uow.user(name).await?.ok_or(ServiceError::Raced)?;
        if user.password.is_some() {
            return Err(invalid("/name", "exists", "somebody has that name: reset their password instead"));
        }
        user.roles = roles.clone();
        user.password = Some(password(hash, given, act.now));
        act.uow.write_user(&user).await?;
        log(&mut act, ActCode::UserAdded, name, json!({ "roles": roles }));
        log(&mut act, ActCode::PasswordGiven, name, json!({}));
        act.finish(()).await?;
        Ok(secret)
    }

    /// Gives somebody another password to be changed when it is first used, and ends their sessions.
    ///
    /// # Errors
    /// When the caller may not, it is their own, or nobody has that name.
    pub async fn reset_password(
        &self,
        by: &Principal,
        name: &str,
        given: Given,
    ) -> Result<(SecretString, Ended), ServiceError> {
        let secret = passwords::given(self.random());
        by.require(Permission::ManageUsers)?;
        let hash = self.passwords.hash(&secret, self.random()).await?;
        let (mut act, mut user) = self.of_another(by, name).await?;
        if user.roles.0.is_empty() {
            return Err(invalid("/name", "no_roles", "they have no roles to sign in with: add them first"));
        }
        user.password = Some(password(hash, given, act.now));
        user.failures = 0;
        act.uow.write_user(&user).await?;
        log(&mut act, ActCode::PasswordGiven, &user.name, json!({}));
        let sessions = Self::end_all(&mut act, &user, "password_given").await?;
        act.finish(()).await?;
        Ok((secret, Ended { sessions, tokens: 0 }))
    }

    /// Says what somebody is. Ends their sessions, and revokes their tokens that allow more.
    ///
    /// # Errors
    /// When the caller may not, it is their own, nobody has that name, or no role is given.
    pub async fn set_roles(&self, by: &Principal, name: &str, roles: &Roles) -> Result<Ended, ServiceError> {
        by.require(Permission::ManageUsers)?;
        some_role(roles)?;
        let (mut act, mut user) = self.of_another(by, name).await?;
        let ended = Self::give_roles(&mut act, &mut user, roles).await?;
        act.finish(()).await?;
        self.forget_tokens();
        Ok(ended)
    }

    /// Gives somebody other roles, and ends what began under those before.
    pub(crate) async fn give_roles(
        act: &mut Act<'_>,
        user: &mut User,
        roles: &Roles,
    ) -> Result<Ended, ServiceError> {
        let before = std::mem::replace(&mut user.roles, roles.clone());
        act.uow.write_user(user).await?;
        log(act, ActCode::RolesChanged, &user.name, json!({ "roles": roles, "before": before }));
        let sessions = Self::end_all(act, user, "roles_changed").await?;
        let (mut tokens, now) = (0, act.now);
        for token in act.uow.tokens().await?.iter().filter(|t| t.user == user.name) {
            if !token.roles.0.is_subset(&roles.0) && act.uow.revoke_token(token.id, now).await? {
                let detail = json!({ "token": token.id, "why": "roles_changed" });
                log(act, ActCode::TokenRevoked, &user.name, detail);
                tokens += 1;
            }
        }
        Ok(Ended { sessions, tokens })
    }

    /// Lets nothing of somebody open anything any more: no password, no session, no token.
    ///
    /// # Errors
    /// When the caller may not, it is their own, nobody has that name, no reason is given, or they are
    /// disabled already.
    pub async fn disable_user(
        &self,
        by: &Principal,
        name: &str,
        reason: &str,
    ) -> Result<Ended, ServiceError> {
        by.require(Permission::ManageUsers)?;
        let reason = typed("/reason", reason)?;
        let (mut act, mut user) = self.of_another(by, name).await?;
        if user.disabled_at.is_some() {
            return Err(invalid("/name", "disabled", "they are disabled already"));
        }
        user.disabled_at = Some(act.now);
        act.uow.write_user(&user).await?;
        act.log(
            ActCode::UserDisabled,
            Entry { recipient: Some(&user.name), why: Some(reason), ..Entry::default() },
        );
        let sessions = Self::end_all(&mut act, &user, "user_disabled").await?;
        act.finish(()).await?;
        self.forget_tokens();
        Ok(Ended { sessions, tokens: 0 })
    }

    /// Lets somebody in again who was disabled, with the password and the tokens that they had.
    ///
    /// # Errors
    /// When the caller may not, it is their own, nobody has that name, no reason is given, or they are
    /// not disabled.
    pub async fn enable_user(&self, by: &Principal, name: &str, reason: &str) -> Result<(), ServiceError> {
        by.require(Permission::ManageUsers)?;
        let reason = typed("/reason", reason)?;
        let (mut act, mut user) = self.of_another(by, name).await?;
        if user.disabled_at.take().is_none() {
            return Err(invalid("/name", "enabled", "they are not disabled"));
        }
        act.uow.write_user(&user).await?;
        act.log(
            ActCode::UserEnabled,
            Entry { recipient: Some(&user.name), why: Some(reason), ..Entry::default() },
        );
        act.finish(()).await
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn users(&self, by: &Principal) -> Result<Vec<UserView>, ServiceError> {
        by.require(Permission::ManageUsers)?;
        let mut uow = self.store.read().await?;
        let vouched: HashSet<UserId> = uow.users_at_providers().await?.into_iter().collect();
        let users = uow.users().await?;
        Ok(users
            .into_iter()
            .map(|user| UserView {
                name: user.name,
                roles: user.roles,
                created_at: user.created_at,
                disabled_at: user.disabled_at,
                has_identity: vouched.contains(&user.id),
                has_password: user.password.is_some(),
                password_until: user.password.and_then(|p| p.until),
                signed_in_at: user.signed_in_at,
                failures: user.failures,
            })
            .collect())
    }

    /// An act on the account of somebody else: nobody gives themselves roles or locks themselves out.
    pub(crate) async fn of_another<'a>(
        &'a self,
        by: &'a Principal,
        name: &str,
    ) -> Result<(Act<'a>, User), ServiceError> {
        let name = name.trim();
        if by.name == name {
            return Err(ServiceError::OwnAccount);
        }
        let mut act = self.begin_slice(by).await?;
        let user = act.uow.user(name).await?.ok_or(ServiceError::NotFound("user"))?;
        Ok((act, user))
    }
}

/// A name that somebody may have.
pub(crate) fn user_name(name: &str) -> Result<&str, ServiceError> {
    let name = name.trim();
    let reserved = name.starts_with("operator:") || matches!(name, "system" | "unknown");
    if name.is_empty() || name.chars().count() > LONGEST_NAME || reserved || name.contains(char::is_control) {
        let fix = format!("give a name of 1 to {LONGEST_NAME} characters that is not reserved");
        return Err(invalid("/name", "pattern", fix));
    }
    Ok(name)
}

pub(crate) fn some_role(roles: &Roles) -> Result<(), ServiceError> {
    if roles.0.is_empty() { Err(invalid("/role", "required", "give at least one role")) } else { Ok(()) }
}

fn password(hash: String, given: Given, now: Timestamp) -> Password {
    Password { hash, until: (given == Given::ToBeChanged).then(|| now + GIVEN_PASSWORD_LASTS) }
}

fn log(act: &mut Act<'_>, code: ActCode, name: &str, detail: serde_json::Value) {
    act.log(code, Entry { recipient: Some(name), detail: Some(detail), ..Entry::default() });
}
