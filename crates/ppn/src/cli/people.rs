//! Who signs in, with what, and who opens what is restricted.

use clap::{Args, Subcommand};
use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{TokenId, UserRole};

use super::{ListFormat, codes};

/// Manage the tokens that people and machines sign in with.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token and print it, alone, on standard output. It is shown once and kept nowhere.
    #[command(after_help = "\
Examples:
  ppn token create --name records --role source --source niche
  ppn token create --name 'Sam Reed' --role researcher --expires 30
  PPN_TOKEN=$(ppn token create --name duty --role supervisor --role administrator)")]
    Create(TokenCreate),
    /// List tokens, without their secrets.
    #[command(after_help = "\
Examples:
  ppn token list
  ppn token list --all --format json")]
    List {
        /// Those that ended or were revoked as well.
        #[arg(long)]
        all: bool,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// End a token before its time. To replace one without a gap, make the new one first.
    #[command(after_help = "\
Examples:
  ppn token revoke 019a...")]
    Revoke {
        /// Its identifier, as the list shows it.
        #[arg(value_name = "ID")]
        id: TokenId,
    },
}

/// A token to make.
#[derive(Debug, Args)]
pub struct TokenCreate {
    /// The person or machine that it acts as; added where nobody has that name.
    #[arg(long)]
    pub name: String,
    /// What it may do; may be given several times.
    #[arg(long, required = true, value_parser = codes(UserRole::ALL, UserRole::code))]
    pub role: Vec<UserRole>,
    /// The one source system that it may submit for.
    #[arg(long)]
    pub source: Option<String>,
    /// How many days it lasts.
    #[arg(long, value_name = "DAYS", default_value_t = ppn_service::DEFAULT_TOKEN_DAYS)]
    pub expires: u32,
}

/// Manage the people who sign in.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add somebody and print their first password, alone, on standard output. It is shown once, lasts
    /// seven days, and opens nothing but its own change.
    #[command(after_help = "\
Examples:
  ppn user add ann.reed --role researcher
  ppn user add sam.lowe --role supervisor --role administrator")]
    Add {
        /// The name to sign in with.
        #[arg(value_name = "NAME")]
        name: String,
        /// What they are; may be given several times.
        #[arg(long, required = true, value_parser = codes(UserRole::ALL, UserRole::code))]
        role: Vec<UserRole>,
    },
    /// List everybody who signs in or whom tokens act as.
    #[command(after_help = "\
Examples:
  ppn user list
  ppn user list --format json")]
    List {
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Say what somebody is from now on. Their sessions end, and their tokens that allow more are revoked.
    #[command(after_help = "\
Examples:
  ppn user roles ann.reed --role reviewer")]
    Roles {
        /// Their name.
        #[arg(value_name = "NAME")]
        name: String,
        /// What they are; may be given several times.
        #[arg(long, required = true, value_parser = codes(UserRole::ALL, UserRole::code))]
        role: Vec<UserRole>,
    },
    /// Let nothing of somebody open anything: no password, no session, no token.
    #[command(after_help = "\
Examples:
  ppn user disable ann.reed --reason 'Left the unit'")]
    Disable(UserReason),
    /// Let somebody in again who was disabled, with the password and the tokens that they had.
    #[command(after_help = "\
Examples:
  ppn user enable ann.reed --reason 'Back from leave'")]
    Enable(UserReason),
    /// Say whom the OpenID provider means by an identifier of its own (the claim `sub`): for somebody who has
    /// an account here already, or to whom the provider gave another identifier. Their sessions end. Whoever
    /// has no account yet needs none of this: they are added when they first sign in there.
    #[command(after_help = "\
Examples:
  ppn user link ann.reed --subject 8d2f0c1e-6b1f-4c53-9b8e-2f3a7d0c9e11")]
    Link {
        /// Their name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The provider's identifier of the person.
        #[arg(long, value_name = "SUBJECT")]
        subject: String,
    },
    /// Remove somebody's second factor, as when it is lost with its codes, and end their sessions.
    #[command(after_help = "\
Examples:
  ppn user remove-second-factor ann.reed --reason 'Lost her phone'")]
    RemoveSecondFactor(UserReason),
    /// Give somebody another first password, print it alone on standard output, and end their sessions.
    #[command(after_help = "\
Examples:
  ppn user reset ann.reed")]
    Reset {
        /// Their name.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Whom, and why.
#[derive(Debug, Args)]
pub struct UserReason {
    /// Their name.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Why; it is kept with the log.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// Say who opens restricted notices.
///
/// Each reason of restriction has a standing list of people, and one of them is on call. A notice opens
/// for those whom the list of every one of its reasons names.
#[derive(Debug, Subcommand)]
pub enum Restricted {
    /// Print every list.
    #[command(after_help = "\
Examples:
  ppn restricted list
  ppn restricted list --format json")]
    List {
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Put somebody on a list. The first of a list is on call.
    #[command(after_help = "\
Examples:
  ppn restricted add honour_based_abuse mary.hall
  ppn restricted add honour_based_abuse ann.reed --on-call")]
    Add {
        /// The reason of restriction.
        #[arg(value_name = "REASON", value_parser = codes(RestrictionReason::ALL, RestrictionReason::code))]
        reason: RestrictionReason,
        /// Their name, as they sign in.
        #[arg(value_name = "NAME")]
        name: String,
        /// They are whom others ask, in the place of whoever was.
        #[arg(long)]
        on_call: bool,
    },
    /// Take somebody off a list. Whoever is on call stays: put somebody else on call first.
    #[command(after_help = "\
Examples:
  ppn restricted remove honour_based_abuse mary.hall")]
    Remove {
        /// The reason of restriction.
        #[arg(value_name = "REASON", value_parser = codes(RestrictionReason::ALL, RestrictionReason::code))]
        reason: RestrictionReason,
        /// Their name.
        #[arg(value_name = "NAME")]
        name: String,
    },
}
