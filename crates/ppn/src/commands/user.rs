//! `ppn user`: the people who sign in.

use ppn_domain::{Roles, Timestamp};
use ppn_service::{Ended, GIVEN_PASSWORD_LASTS, Given, Service, ServiceError, UserView};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{ListFormat, User, UserReason};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::progress::say;
use crate::table::{count, harmless, table};
use crate::wiring;

/// Runs the command.
pub async fn run(config: &Config, args: User) -> Result<Done, Failure> {
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let done = act(&service, args).await;
    service.store().close().await;
    done
}

async fn act(service: &Service, args: User) -> Result<Done, Failure> {
    match args {
        User::Add { name, role } => {
            let by = wiring::operator("user add");
            let password = service.add_user(&by, &name, &Roles::from_iter(role), Given::ToBeChanged).await?;
            say_first_password();
            print(|out| writeln!(out, "{}", password.expose_secret()))?;
        }
        User::Reset { name } => {
            let by = wiring::operator("user reset");
            let reset = service.reset_password(&by, &name, Given::ToBeChanged).await;
            let (password, ended) = reset.map_err(|e| failure(e, &name))?;
            say_first_password();
            say_ended(ended);
            print(|out| writeln!(out, "{}", password.expose_secret()))?;
        }
        User::Roles { name, role } => {
            let by = wiring::operator("user roles");
            let ended = service.set_roles(&by, &name, &Roles::from_iter(role)).await;
            say_ended(ended.map_err(|e| failure(e, &name))?);
        }
        User::Disable(UserReason { name, reason }) => {
            let by = wiring::operator("user disable");
            let ended = service.disable_user(&by, &name, &reason).await;
            say_ended(ended.map_err(|e| failure(e, &name))?);
        }
        User::Enable(UserReason { name, reason }) => {
            let by = wiring::operator("user enable");
            service.enable_user(&by, &name, &reason).await.map_err(|e| failure(e, &name))?;
        }
        User::Link { name, subject } => {
            let by = wiring::operator("user link");
            let sessions = service.link_identity(&by, &name, &subject).await;
            say_ended(Ended { sessions: sessions.map_err(|e| failure(e, &name))?, tokens: 0 });
        }
        User::RemoveSecondFactor(UserReason { name, reason }) => {
            let by = wiring::operator("user remove-second-factor");
            let sessions = service.remove_second_factor(&by, &name, &reason).await;
            say_ended(Ended { sessions: sessions.map_err(|e| failure(e, &name))?, tokens: 0 });
        }
        User::List { format } => {
            let users = service.users(&wiring::operator("user list")).await?;
            match format {
                ListFormat::Json => print_json(&users.iter().map(as_json).collect::<Vec<_>>())?,
                ListFormat::Table if users.is_empty() => {
                    print(|out| writeln!(out, "Nobody: `ppn user add` adds somebody."))?;
                }
                ListFormat::Table => print_table(&users)?,
            }
        }
    }
    Ok(Done::All)
}

fn failure(error: ServiceError, name: &str) -> Failure {
    match error {
        ServiceError::NotFound(_) => {
            let name = harmless(name);
            Failure::wrong(format!("{name}: nobody has that name: `ppn user list` shows everybody"))
        }
        error => error.into(),
    }
}

fn say_first_password() {
    let days = GIVEN_PASSWORD_LASTS.as_seconds() / 86_400;
    say(format_args!(
        "A first password: it is shown once, lasts {}, and opens nothing but its own change.",
        count(days, "day")
    ));
}

fn say_ended(ended: Ended) {
    let of = |n: usize, noun| count(i64::try_from(n).unwrap_or(i64::MAX), noun);
    if ended.sessions > 0 {
        say(format_args!("{} ended.", of(ended.sessions, "session")));
    }
    if ended.tokens > 0 {
        say(format_args!("{} revoked that allowed what the new roles do not.", of(ended.tokens, "token")));
    }
}

fn print_table(users: &[UserView]) -> Result<(), Failure> {
    let mut table = table(&["Name", "Roles", "Signs in with", "Last signed in"]);
    for user in users {
        let roles: Vec<&str> = user.roles.0.iter().map(|role| role.code()).collect();
        let password = match (user.has_password, user.password_until) {
            (false, _) => None,
            (true, Some(until)) => Some(format!("a first password, until {}", until.london_text())),
            (true, None) => Some("a password".to_owned()),
        };
        let with = match (user.disabled_at, user.has_identity, password) {
            (Some(since), ..) => format!("disabled since {}", since.london_text()),
            (None, true, Some(password)) => format!("the provider, or {password}"),
            (None, true, None) => "the provider".to_owned(),
            (None, false, Some(password)) => password,
            (None, false, None) => "tokens alone".to_owned(),
        };
        table.add_row([
            harmless(&user.name).into_owned(),
            if roles.is_empty() { "those of the tokens".to_owned() } else { roles.join(", ") },
            with,
            user.signed_in_at.map_or_else(|| "never".to_owned(), Timestamp::london_text),
        ]);
    }
    print(|out| writeln!(out, "{table}"))
}

fn as_json(user: &UserView) -> Value {
    json!({
        "name": user.name,
        "roles": user.roles,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
        "at_provider": user.has_identity,
        "has_password": user.has_password,
        "first_password_until": user.password_until,
        "signed_in_at": user.signed_in_at,
        "failures_since": user.failures,
    })
}
