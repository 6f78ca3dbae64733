//! Tokens: random, kept as a hash, with roles and an end.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ppn_domain::{Act as ActCode, Permission, Roles, Span, TokenId, UserId};
use ppn_store::{KeptToken, NewToken, StoreError, TokenOwner};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::act::Entry;
use crate::error::invalid;
use crate::users::{some_role, user_name};
use crate::{Principal, Service, ServiceError};

/// A token lasts this long unless said otherwise.
pub const DEFAULT_TOKEN_DAYS: u32 = 90;
/// The longest life of a token.
pub const LONGEST_TOKEN_DAYS: u32 = 366;
/// The use of a token is written down at most this often.
const USED_EVERY: Span = Span::hours(1);
const PREFIX: &str = "ppn_";

/// A token to make.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// The person or machine that it acts as; created if absent.
    pub name: String,
    /// What it allows.
    pub roles: Roles,
    /// The one source that it may submit for.
    pub source: Option<String>,
    /// How many days it lasts.
    pub days: u32,
}

impl Service {
    /// Makes a token and gives its secret, which is kept nowhere.
    ///
    /// # Errors
    /// When the caller may not, or a field cannot stand.
    pub async fn create_token(&self, by: &Principal, request: &TokenRequest) -> Result<String, ServiceError> {
        by.require(Permission::ManageTokens)?;
        let name = user_name(&request.name)?;
        some_role(&request.roles)?;
        let is_source = |s: &String| {
            s.len() <= 64
                && s.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
        };
        if !request.source.as_ref().is_none_or(is_source) {
            let fix = "give a source as notices name it: lower-case letters, digits, `_` and `-`";
            return Err(invalid("/source", "pattern", fix));
        }
        if request.days == 0 || request.days > LONGEST_TOKEN_DAYS {
            return Err(invalid("/expires", "number_range", format!("give 1 to {LONGEST_TOKEN_DAYS} days")));
        }
        let mut act = self.begin_slice(by).await?;
        let token = format!("{PREFIX}{}", random_secret(self).expose_secret());
        let user_id = act.uow.user_named(name, UserId::new(act.now, self.random()), act.now).await?;
        let id = TokenId::new(act.now, self.random());
        act.uow
            .insert_token(&NewToken {
                id,
                hash: secret_hash(&token),
                user_id,
                roles: request.roles.clone(),
                source: request.source.clone(),
                created_at: act.now,
                expires_at: act.now + Span::days(i64::from(request.days)),
            })
            .await?;
        let detail = json!({ "token": id, "roles": request.roles, "source": request.source });
        act.log(
            ActCode::TokenCreated,
            Entry { recipient: Some(name), detail: Some(detail), ..Entry::default() },
        );
        act.finish(()).await?;
        Ok(token)
    }

    /// Who a token acts as.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] when it is unknown, revoked or has ended.
    pub async fn authenticate(&self, token: &str, origin: &str) -> Result<Principal, ServiceError> {
        if !token.starts_with(PREFIX) {
            return Err(ServiceError::Unauthenticated);
        }
        let hash = secret_hash(token);
        let (owner, lists) = if let Some(known) = self.known_token(&hash) {
            known
        } else {
            let mut uow = self.store.read().await?;
            let owner = uow.token_owner(&hash).await?.ok_or(ServiceError::Unauthenticated)?;
            let lists = uow.opens(&owner.user).await?;
            drop(uow);
            self.note_use(&owner).await?;
            self.remember_token(hash, owner.clone(), lists);
            (owner, lists)
        };
        if owner.expires_at <= self.clock.now() {
            return Err(ServiceError::Unauthenticated);
        }
        Ok(Principal {
            name: owner.user,
            roles: owner.roles,
            source: owner.source,
            lists,
            origin: origin.to_owned(),
        })
    }

    /// Every token, by user and then newest first; no secret is among them.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn tokens(&self, by: &Principal) -> Result<Vec<KeptToken>, ServiceError> {
        by.require(Permission::ManageTokens)?;
        Ok(self.store.read().await?.tokens().await?)
    }

    /// Ends a token before its time. To replace one without a gap, make the new one first: both open
    /// until the old one is revoked.
    ///
    /// # Errors
    /// When the caller may not, or there is no such token or it was revoked before.
    pub async fn revoke_token(&self, by: &Principal, id: TokenId) -> Result<(), ServiceError> {
        by.require(Permission::ManageTokens)?;
        let mut act = self.begin_slice(by).await?;
        let now = act.now;
        let owner = act.uow.tokens().await?.into_iter().find(|t| t.id == id).map(|t| t.user);
        if !act.uow.revoke_token(id, now).await? {
            return Err(ServiceError::NotFound("live token"));
        }
        let entry =
            Entry { recipient: owner.as_deref(), detail: Some(json!({ "token": id })), ..Entry::default() };
        act.log(ActCode::TokenRevoked, entry);
        act.finish(()).await?;
        self.forget_tokens();
        Ok(())
    }

    /// Writes down that a token is used, at most once an hour.
    async fn note_use(&self, owner: &TokenOwner) -> Result<(), ServiceError> {
        let now = self.clock.now();
        if owner.expires_at <= now || owner.used_at.is_some_and(|used| now - used < USED_EVERY) {
            return Ok(());
        }
        let noted: Result<(), StoreError> = async {
            let mut uow = self.store.write().await?;
            uow.token_used(owner.id, now).await?;
            uow.save().await
        }
        .await;
        match noted {
            // The next use is noted instead.
            Ok(()) | Err(StoreError::Busy | StoreError::Again) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }
}

/// 256 random bits as text.
pub(crate) fn random_secret(service: &Service) -> SecretString {
    let mut secret = [0_u8; 32];
    secret[..16].copy_from_slice(&service.random().to_be_bytes());
    secret[16..].copy_from_slice(&service.random().to_be_bytes());
    URL_SAFE_NO_PAD.encode(secret).into()
}

/// What is kept of a secret. It is looked up by this: the time that takes says nothing about the secret.
pub(crate) fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}
