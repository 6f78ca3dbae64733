//! `ppn token`: what people and machines sign in with.

use ppn_domain::Roles;
use ppn_service::TokenRequest;

use super::print;
use crate::cli::{Token, TokenCreate};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::wiring;

/// Runs the command.
pub async fn run(config: &Config, args: Token) -> Result<Done, Failure> {
    let Token::Create(TokenCreate { name, role, source, expires }) = args;
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let request = TokenRequest { name, roles: Roles::from_iter(role), source, days: expires };
    let token = service.create_token(&wiring::operator("token create"), &request).await?;
    service.store().close().await;
    print(|out| writeln!(out, "{token}"))?;
    Ok(Done::All)
}
