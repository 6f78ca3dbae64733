//! Every setting by name: its variable, how it is shown, and where its value comes from.

use std::path::Path;

use super::Config;
use super::reading::{file, line_of};
use crate::cli::Global;
use crate::failure::Failure;

/// One setting: its name in the file, its variable in the environment, and how its value is shown, with
/// nothing secret in it; `None` where it is not set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) key: &'static str,
    pub(super) variable: &'static str,
    show: fn(&Config) -> Option<String>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The file of settings.
    File {
        /// As it was named.
        name: String,
        /// Where in it.
        line: usize,
    },
    /// A variable in the environment.
    Environment(&'static str),
    /// A flag on the command line.
    Flag(&'static str),
}

/// A setting as it stands for this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name in the file.
    pub key: &'static str,
    /// Its variable in the environment.
    pub variable: &'static str,
    /// Its value, with passwords taken out; `None` where it is not set and has no default.
    pub value: Option<String>,
    /// Where that comes from.
    pub origin: Origin,
}

/// Every setting. A setting that is not listed here is refused wherever it stands.
pub(super) const SETTINGS: [Setting; 31] = [
    Setting {
        key: "database.url",
        variable: "PPN_DATABASE_URL",
        show: |c| Some(without_password(&c.database.url)),
    },
    Setting {
        key: "database.direct_url",
        variable: "PPN_DATABASE_DIRECT_URL",
        show: |c| c.database.direct_url.as_deref().map(without_password),
    },
    Setting {
        key: "database.migrate_url",
        variable: "PPN_MIGRATE_URL",
        show: |c| c.database.migrate_url.as_deref().map(without_password),
    },
    Setting {
        key: "database.pool",
        variable: "PPN_DATABASE_POOL",
        show: |c| Some(c.database.pool.to_string()),
    },
    Setting {
        key: "database.unnamed_statements",
        variable: "PPN_DATABASE_UNNAMED_STATEMENTS",
        show: |c| Some(c.database.unnamed_statements.to_string()),
    },
    Setting { key: "server.listen", variable: "PPN_LISTEN", show: |c| Some(c.server.listen.clone()) },
    Setting {
        key: "server.behind_proxy",
        variable: "PPN_BEHIND_PROXY",
        show: |c| Some(c.server.behind_proxy.to_string()),
    },
    Setting { key: "server.public_url", variable: "PPN_PUBLIC_URL", show: |c| c.server.public_url.clone() },
    Setting {
        key: "server.security_contact",
        variable: "PPN_SECURITY_CONTACT",
        show: |c| c.server.security_contact.clone(),
    },
    Setting {
        key: "tls.certificate_file",
        variable: "PPN_TLS_CERTIFICATE_FILE",
        show: |c| c.tls.certificate_file.as_deref().map(named),
    },
    Setting {
        key: "tls.key_file",
        variable: "PPN_TLS_KEY_FILE",
        show: |c| c.tls.key_file.as_deref().map(named),
    },
    Setting {
        key: "limits.strangers_a_minute",
        variable: "PPN_LIMIT_STRANGERS",
        show: |c| Some(c.limits.strangers_a_minute.to_string()),
    },
    Setting {
        key: "limits.callers_a_minute",
        variable: "PPN_LIMIT_CALLERS",
        show: |c| Some(c.limits.callers_a_minute.to_string()),
    },
    Setting { key: "openid.issuer", variable: "PPN_OPENID_ISSUER", show: |c| c.openid.issuer.clone() },
    Setting {
        key: "openid.client_id",
        variable: "PPN_OPENID_CLIENT_ID",
        show: |c| c.openid.client_id.clone(),
    },
    Setting {
        key: "openid.client_secret",
        variable: "PPN_OPENID_CLIENT_SECRET",
        show: |c| c.openid.client_secret.as_ref().map(|_| REDACTED.to_owned()),
    },
    Setting {
        key: "openid.client_secret_file",
        variable: "PPN_OPENID_CLIENT_SECRET_FILE",
        show: |c| c.openid.client_secret_file.as_deref().map(named),
    },
    Setting { key: "openid.scopes", variable: "PPN_OPENID_SCOPES", show: |c| Some(c.openid.scopes.clone()) },
    Setting {
        key: "openid.name_claim",
        variable: "PPN_OPENID_NAME_CLAIM",
        show: |c| Some(c.openid.name_claim.clone()),
    },
    Setting {
        key: "openid.groups_claim",
        variable: "PPN_OPENID_GROUPS_CLAIM",
        show: |c| Some(c.openid.groups_claim.clone()),
    },
    Setting { key: "openid.roles", variable: "PPN_OPENID_ROLES", show: |c| Some(c.openid.roles.clone()) },
    Setting {
        key: "claim.lease_minutes",
        variable: "PPN_LEASE_MINUTES",
        show: |c| Some(c.claim.lease_minutes.to_string()),
    },
    Setting {
        key: "session.idle_minutes",
        variable: "PPN_SESSION_IDLE_MINUTES",
        show: |c| Some(c.session.idle_minutes.to_string()),
    },
    Setting {
        key: "session.longest_hours",
        variable: "PPN_SESSION_LONGEST_HOURS",
        show: |c| Some(c.session.longest_hours.to_string()),
    },
    Setting {
        key: "session.second_factor",
        variable: "PPN_SECOND_FACTOR",
        show: |c| Some(c.session.second_factor.clone()),
    },
    Setting {
        key: "retention.groups",
        variable: "PPN_RETENTION_GROUPS",
        show: |c| Some(c.retention.groups.clone()),
    },
    Setting { key: "triage.by_risk", variable: "PPN_BY_RISK", show: |c| Some(c.triage.by_risk.to_string()) },
    Setting {
        key: "audit.key_file",
        variable: "PPN_AUDIT_KEY_FILE",
        show: |c| c.audit.key_file.as_deref().map(named),
    },
    Setting {
        key: "audit.heads_file",
        variable: "PPN_AUDIT_HEADS_FILE",
        show: |c| c.audit.heads_file.as_deref().map(named),
    },
    Setting { key: "log.level", variable: "PPN_LOG", show: |c| c.log.level.clone() },
    Setting { key: "log.format", variable: "PPN_LOG_FORMAT", show: |c| Some(c.log.format.code().to_owned()) },
];

impl Config {
    /// Every setting as it stands for this run, and where it comes from.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn standing(&self, global: &Global) -> Result<Vec<Standing>, Failure> {
        self.standing_from(global, |name| std::env::var(name).ok())
    }

    pub(super) fn standing_from(
        &self,
        global: &Global,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<Standing>, Failure> {
        let file = file(global, &variable)?;
        Ok(SETTINGS
            .iter()
            .map(|setting| {
                let line =
                    || file.as_ref().and_then(|(name, text)| Some((name, line_of(text, setting.key)?)));
                let origin = if setting.key == "database.url" && global.database_url.is_some() {
                    Origin::Flag("--database-url")
                } else if variable(setting.variable).is_some() {
                    Origin::Environment(setting.variable)
                } else if let Some((name, line)) = line() {
                    Origin::File { name: name.clone(), line }
                } else {
                    Origin::Default
                };
                let Setting { key, variable, show } = *setting;
                Standing { key, variable, value: show(self), origin }
            })
            .collect())
    }
}

fn named(path: &Path) -> String {
    path.display().to_string()
}

/// What stands where a password was.
pub const REDACTED: &str = "***";

/// A URL of a store without the password that it may hold. It may be wrong as a URL: rather too much is
/// taken out than too little.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let rest = match rest.rsplit_once('@') {
        Some((user, after)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:{REDACTED}@{after}"),
            None => rest.to_owned(),
        },
        None => rest.to_owned(),
    };
    let shown = rest.split_inclusive(['?', '&']).map(|part| {
        let end = part.len() - usize::from(part.ends_with('&'));
        if part.starts_with("password=") {
            format!("password={REDACTED}{}", &part[end..])
        } else {
            part.to_owned()
        }
    });
    format!("{scheme}://{}", shown.collect::<String>())
}
