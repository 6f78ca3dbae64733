//! Tokens: random, kept as a hash, with roles and an end.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ppn_domain::{Act as ActCode, Permission, Roles, Span, TokenId, UserId};
use ppn_store::NewToken;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::act::{Begun, Entry};
use crate::error::invalid;
use crate::{Principal, Service, ServiceError};

/// A token lasts this long unless said otherwise.
pub const DEFAULT_TOKEN_DAYS: u32 = 90;
/// The longest life of a token.
pub const LONGEST_TOKEN_DAYS: u32 = 366;
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
        let name = request.name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.starts_with("operator:") || name == "system" {
            return Err(invalid(
                "/name",
                "pattern",
                "give a name of 1 to 64 characters that is not reserved",
            ));
        }
        if request.roles.0.is_empty() {
            return Err(invalid("/role", "required", "give at least one role"));
        }
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
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let mut secret = [0_u8; 32];
        secret[..16].copy_from_slice(&self.random().to_be_bytes());
        secret[16..].copy_from_slice(&self.random().to_be_bytes());
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
        let user_id = act.uow.user_named(name, UserId::new(act.now, self.random()), act.now).await?;
        let id = TokenId::new(act.now, self.random());
        act.uow
            .insert_token(&NewToken {
                id,
                hash: Sha256::digest(&token).into(),
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
        // Looked up by hash: the time that takes says nothing about the secret.
        let hash: [u8; 32] = Sha256::digest(token).into();
        let owner = if let Some(owner) = self.known_token(&hash) {
            owner
        } else {
            let owner = self.store.read().await?.token_owner(&hash).await?;
            let owner = owner.ok_or(ServiceError::Unauthenticated)?;
            self.remember_token(hash, owner.clone());
            owner
        };
        if owner.expires_at <= self.clock.now() {
            return Err(ServiceError::Unauthenticated);
        }
        Ok(Principal {
            name: owner.user,
            roles: owner.roles,
            source: owner.source,
            origin: origin.to_owned(),
        })
    }
}
