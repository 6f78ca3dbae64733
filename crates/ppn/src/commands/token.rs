//! `ppn token`: what people and machines sign in with.

use ppn_domain::{Roles, Timestamp};
use ppn_service::{ServiceError, TokenRequest};
use ppn_store::KeptToken;
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{ListFormat, Token, TokenCreate};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::table::{at_least, harmless, table};
use crate::wiring;

/// Runs the command.
pub async fn run(config: &Config, args: Token) -> Result<Done, Failure> {
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let done = match args {
        Token::Create(TokenCreate { name, role, source, expires }) => {
            let request = TokenRequest { name, roles: Roles::from_iter(role), source, days: expires };
            match service.create_token(&wiring::operator("token create"), &request).await {
                Ok(token) => print(|out| writeln!(out, "{token}")),
                Err(error) => Err(error.into()),
            }
        }
        Token::List { all, format } => match service.tokens(&wiring::operator("token list")).await {
            Ok(mut tokens) => {
                let now = service.now();
                tokens.retain(|t| all || ended(t, now).is_none());
                list(&tokens, now, format)
            }
            Err(error) => Err(error.into()),
        },
        Token::Revoke { id } => match service.revoke_token(&wiring::operator("token revoke"), id).await {
            Ok(()) => Ok(()),
            Err(ServiceError::NotFound(_)) => Err(Failure::wrong(format!(
                "{id}: no token that is still good has that identifier: `ppn token list --all` shows them"
            ))),
            Err(error) => Err(error.into()),
        },
    };
    service.store().close().await;
    done.map(|()| Done::All)
}

fn ended(token: &KeptToken, now: Timestamp) -> Option<&'static str> {
    match token.revoked_at {
        Some(_) => Some("revoked"),
        None if token.expires_at <= now => Some("ended"),
        None => None,
    }
}

fn list(tokens: &[KeptToken], now: Timestamp, format: ListFormat) -> Result<(), Failure> {
    match format {
        ListFormat::Json => {
            return print_json(&tokens.iter().map(|t| as_json(t, now)).collect::<Vec<_>>());
        }
        ListFormat::Table if tokens.is_empty() => {
            return print(|out| writeln!(out, "No tokens: `ppn token create` makes one."));
        }
        ListFormat::Table => {}
    }
    let mut table = table(&["Identifier", "Name", "Roles", "Source", "Last used", "Ends"]);
    at_least(&mut table, 0, 36);
    for token in tokens {
        let roles: Vec<&str> = token.roles.0.iter().map(|role| role.code()).collect();
        let ends = match ended(token, now) {
            Some(word) => word.to_owned(),
            None => token.expires_at.london_text(),
        };
        table.add_row([
            token.id.to_string(),
            harmless(&token.user).into_owned(),
            roles.join(", "),
            token.source.clone().unwrap_or_else(|| "any".to_owned()),
            token.used_at.map_or_else(|| "never".to_owned(), Timestamp::london_text),
            ends,
        ]);
    }
    print(|out| writeln!(out, "{table}"))
}

fn as_json(token: &KeptToken, now: Timestamp) -> Value {
    json!({
        "id": token.id,
        "name": token.user,
        "roles": token.roles,
        "source": token.source,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "used_at": token.used_at,
        "state": ended(token, now).unwrap_or("good"),
    })
}
