//! The OpenID provider that the settings name.

use std::sync::Arc;

use ppn_outbound::{Client, OpenId};
use ppn_service::{Provider, Service};

use crate::config::Config;
use crate::failure::{Failure, plain};

/// Where browsers come back to, under the service's own address.
const BACK: &str = "/sign-in/openid/back";

/// Lets people sign in at the provider that the settings name, if they name one.
pub fn set_up(config: &Config, service: &Service) -> Result<(), Failure> {
    let settings = &config.openid;
    let Some(issuer) = settings.issuer.clone() else { return Ok(()) };
    let needed = |setting: &str, why: &str| {
        Failure::wrong(format!("{setting} is needed where openid.issuer is set: {why}"))
    };
    let id = settings
        .client_id
        .clone()
        .ok_or_else(|| needed("openid.client_id", "it is how the provider knows this service"))?;
    let own = config.server.public_url.as_deref().ok_or_else(|| {
        needed(
            "server.public_url",
            "the address at which browsers come back here, for example https://ppn.example",
        )
    })?;
    let roles = settings.roles()?;
    if roles.is_empty() {
        return Err(needed(
            "openid.roles",
            "without it nobody has a role here: write `GROUP -> ROLE` for each group",
        ));
    }
    let secret = match (&settings.client_secret, &settings.client_secret_file) {
        (Some(_), Some(_)) => {
            return Err(Failure::wrong("give openid.client_secret or openid.client_secret_file, not both"));
        }
        (Some(secret), None) => Some(secret.clone().into()),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file).map_err(|e| {
                Failure::wrong(format!("openid.client_secret_file {}: {}", file.display(), plain(&e)))
            })?;
            Some(text.trim().into())
        }
        (None, None) => None,
    };
    let client = Client {
        issuer,
        id,
        secret,
        back: format!("{}{BACK}", own.trim_end_matches('/')),
        scopes: settings.scopes.split_whitespace().map(str::to_owned).collect(),
        name_claim: settings.name_claim.clone(),
        groups_claim: settings.groups_claim.clone(),
    };
    let at = OpenId::new(client).map_err(|e| Failure::wrong(format!("the section [openid]: {e}")))?;
    service.sign_in_at(Provider { at: Arc::new(at), roles });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn service() -> (Arc<Service>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.database.url = format!("sqlite://{}", folder.path().join("ppn.db").display());
        let place = crate::wiring::Place::named(&config.database).unwrap();
        let store = crate::wiring::open_or_begin(&place).await.unwrap();
        Service::migrate(&*store, &ppn_domain::SystemClock, "operator:test", ppn_triage::DEFAULT_POLICY)
            .await
            .unwrap();
        (crate::wiring::start(&config, store).await.unwrap(), folder)
    }

    #[tokio::test]
    async fn whatever_a_provider_needs_is_asked_for_by_its_name() {
        let (service, _folder) = service().await;
        let mut config = Config::default();
        assert!(set_up(&config, &service).is_ok() && !service.has_provider());
        config.openid.issuer = Some("https://id.force.example".to_owned());
        let asked = |config: &Config| set_up(config, &service).unwrap_err().message;
        assert!(asked(&config).starts_with("openid.client_id"));
        config.openid.client_id = Some("ppn".to_owned());
        assert!(asked(&config).starts_with("server.public_url"));
        config.server.public_url = Some("https://ppn.force.example/".to_owned());
        assert!(asked(&config).starts_with("openid.roles"));
        config.openid.roles = "RaRU staff -> researcher; CN=Duty,OU=x -> supervisor, reviewer".to_owned();
        config.openid.client_secret_file = Some("/nowhere".into());
        assert!(asked(&config).starts_with("openid.client_secret_file"));
        config.openid.client_secret = Some("hidden".to_owned());
        assert!(asked(&config).contains("not both"));
        config.openid.client_secret_file = None;
        config.openid.issuer = Some("http://id.force.example".to_owned());
        assert!(asked(&config).contains("https://"));
        config.openid.issuer = Some("https://id.force.example".to_owned());
        assert!(!format!("{config:?}").contains("hidden"));
        set_up(&config, &service).unwrap();
        assert!(service.has_provider());
    }
}
