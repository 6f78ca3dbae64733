//! An OpenID provider: discovery, keys, and the code flow with PKCE and a nonce.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreClient, CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Alg,
    CoreProviderMetadata, CoreResponseType,
};
use openidconnect::{
    AccessToken, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, TokenResponse as _,
};
use ppn_domain::{Span, Timestamp};
use ppn_service::{CLOCK_SKEW, Doubt, Identity, IdentityProvider, Proofs, ProviderFault, SignedOut};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use thiserror::Error;
use tokio::sync::RwLock;
use url::Url;

use crate::http::{Http, HttpFault, is_private};
use crate::sign_out;

/// What a provider says of itself, and its keys, are asked for again after this time.
pub const DISCOVERED_EVERY: Duration = Duration::from_hours(1);
/// Keys are asked for at most this often because a token names one that is not known: anybody can name one.
pub const KEYS_FETCHED_EVERY: Duration = Duration::from_secs(30);
/// A token is at most this old when it comes, beside the clocks' difference.
const OLDEST_TOKEN: Span = Span::minutes(10);
/// The most groups that are looked at, and the longest of each, in bytes.
const MOST_GROUPS: usize = 1_000;
const LONGEST_CLAIM: usize = 512;
/// How a token may be signed: by a key that the provider alone has.
pub(crate) const ALGORITHMS: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

/// How this service is known to the provider.
#[derive(Debug, Clone)]
pub struct Client {
    /// The provider's identifier, which is also where it is found.
    pub issuer: String,
    /// This service's identifier there.
    pub id: String,
    /// Its secret; none for a public client.
    pub secret: Option<SecretString>,
    /// Where browsers come back to.
    pub back: String,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that names somebody.
    pub name_claim: String,
    /// The claim that lists their groups. One that begins with `/` is a JSON pointer (RFC 6901).
    pub groups_claim: String,
}

/// Why a provider cannot be set up so.
#[derive(Debug, Error)]
pub enum SetUpError {
    /// An address that is none, or that others could listen to.
    #[error("{0} must be an address that begins with https://")]
    Address(&'static str),
    /// No requests can be sent.
    #[error(transparent)]
    Http(#[from] HttpFault),
}

type Discovered = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What is known of the provider at present.
#[derive(Debug, Clone)]
struct Known {
    metadata: CoreProviderMetadata,
    keys: CoreJsonWebKeySet,
    at: Instant,
}

/// A provider that is asked over HTTP.
#[derive(Debug)]
pub struct OpenId {
    client: Client,
    issuer: IssuerUrl,
    back: RedirectUrl,
    http: Http,
    known: RwLock<Option<Known>>,
    /// When keys were last asked for out of turn.
    out_of_turn: RwLock<Option<Instant>>,
}

impl OpenId {
    /// Sets it up. Nothing is asked yet: the provider may come up later than this service.
    ///
    /// # Errors
    /// [`SetUpError`].
    pub fn new(client: Client) -> Result<Self, SetUpError> {
        let private = |address: &str| Url::parse(address).is_ok_and(|url| is_private(&url));
        if !private(&client.issuer) {
            return Err(SetUpError::Address("the issuer"));
        }
        if !private(&client.back) {
            return Err(SetUpError::Address("the service's own address"));
        }
        let issuer = IssuerUrl::new(client.issuer.clone()).map_err(|_| SetUpError::Address("the issuer"))?;
        let back = RedirectUrl::new(client.back.clone())
            .map_err(|_| SetUpError::Address("the service's own address"))?;
        let (http, known) = (Http::new()?, RwLock::default());
        Ok(Self { client, issuer, back, http, known, out_of_turn: RwLock::default() })
    }

    /// What the provider says of itself. Where it cannot be asked again, what it said before goes on.
    async fn known(&self) -> Result<Known, ProviderFault> {
        let before = self.known.read().await.clone();
        if let Some(known) = &before
            && known.at.elapsed() < DISCOVERED_EVERY
        {
            return Ok(known.clone());
        }
        let mut kept = self.known.write().await;
        // Somebody else asked meanwhile.
        if let Some(known) = kept.as_ref().filter(|known| known.at.elapsed() < DISCOVERED_EVERY) {
            return Ok(known.clone());
        }
        match CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await {
            Ok(metadata) => {
                let keys = metadata.jwks().clone();
                let known = Known { metadata, keys, at: Instant::now() };
                *kept = Some(known.clone());
                Ok(known)
            }
            Err(error) => {
                tracing::warn!(error = %discovery_words(&error), "the OpenID provider does not say what it is");
                before.ok_or(ProviderFault::Unreachable)
            }
        }
    }

    /// Asks for the provider's keys out of turn, since a token names one that is not known. `None` where
    /// that was done a moment ago.
    async fn newer_keys(&self) -> Result<Option<CoreJsonWebKeySet>, ProviderFault> {
        let mut last = self.out_of_turn.write().await;
        if last.is_some_and(|at| at.elapsed() < KEYS_FETCHED_EVERY) {
            return Ok(None);
        }
        *last = Some(Instant::now());
        let url = self.known().await?.metadata.jwks_uri().clone();
        let keys = CoreJsonWebKeySet::fetch_async(&url, &self.http).await.map_err(|error| {
            tracing::warn!(error = %discovery_words(&error), "the keys of the OpenID provider cannot be read");
            ProviderFault::Unreachable
        })?;
        if let Some(known) = self.known.write().await.as_mut() {
            known.keys = keys.clone();
        }
        Ok(Some(keys))
    }

    fn at(&self, known: &Known) -> Discovered {
        let secret = self.client.secret.as_ref().map(|s| ClientSecret::new(s.expose_secret().to_owned()));
        CoreClient::from_provider_metadata(
            known.metadata.clone(),
            ClientId::new(self.client.id.clone()),
            secret,
        )
        .set_redirect_uri(self.back.clone())
    }

    fn claims(
        &self,
        token: &CoreIdToken,
        keys: &CoreJsonWebKeySet,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), ClaimsVerificationError> {
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(self.client.id.clone()),
            self.issuer.clone(),
            keys.clone(),
        )
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || (now - CLOCK_SKEW).utc())
        .set_issue_time_verifier_fn(move |at| {
            let at = Timestamp::from_micros(at.timestamp_micros());
            let early = at > now + CLOCK_SKEW;
            let late = now - at > OLDEST_TOKEN + CLOCK_SKEW;
            if early || late { Err("the time of issue".to_owned()) } else { Ok(()) }
        });
        token.claims(&verifier, nonce).map(drop)
    }

    /// What the provider says of somebody beside the token, to whom the token names.
    async fn user_info(
        &self,
        known: &Known,
        access: &AccessToken,
        subject: &str,
    ) -> Result<Map<String, Value>, ProviderFault> {
        let Some(url) = known.metadata.userinfo_endpoint() else { return Ok(Map::new()) };
        let request = openidconnect::http::Request::get(url.as_str())
            .header("authorization", format!("Bearer {}", access.secret()))
            .header("accept", "application/json")
            .body(Vec::new());
        let request: HttpRequest = request.map_err(|_| ProviderFault::Unreachable)?;
        let answer = self.http.send(request).await.map_err(|error| {
            tracing::warn!(%error, "the OpenID provider says nothing about a person");
            ProviderFault::Unreachable
        })?;
        if !answer.status().is_success() {
            return Err(ProviderFault::Unreachable);
        }
        let claims: Map<String, Value> =
            serde_json::from_slice(answer.body()).map_err(|_| ProviderFault::Doubtful(Doubt::Form))?;
        if claims.get("sub").and_then(Value::as_str) != Some(subject) {
            return Err(ProviderFault::Doubtful(Doubt::Form));
        }
        Ok(claims)
    }
}

#[async_trait]
impl IdentityProvider for OpenId {
    fn issuer(&self) -> &str {
        &self.client.issuer
    }

    async fn address(&self, proofs: &Proofs) -> Result<String, ProviderFault> {
        let client = self.at(&self.known().await?);
        let (state, nonce) = (proofs.state.clone(), proofs.nonce.clone());
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier(proofs)));
        for scope in &self.client.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (address, _, _) = request.url();
        if is_private(&address) { Ok(address.into()) } else { Err(ProviderFault::Unreachable) }
    }

    async fn identity(
        &self,
        code: &SecretString,
        proofs: &Proofs,
        now: Timestamp,
    ) -> Result<Identity, ProviderFault> {
        let known = self.known().await?;
        let client = self.at(&known);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .map_err(|_| ProviderFault::Unreachable)?
            .set_pkce_verifier(verifier(proofs))
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(said) => {
                    tracing::warn!(error = %said.error(), "the OpenID provider refused a code");
                    ProviderFault::Code
                }
                RequestTokenError::Request(error) => {
                    tracing::warn!(%error, "the OpenID provider does not redeem codes");
                    ProviderFault::Unreachable
                }
                RequestTokenError::Parse(..) => ProviderFault::Doubtful(Doubt::Form),
                RequestTokenError::Other(_) => ProviderFault::Unreachable,
            })?;
        let token = answer.id_token().ok_or(ProviderFault::Doubtful(Doubt::Form))?;
        let nonce = Nonce::new(proofs.nonce.clone());
        let mut verified = self.claims(token, &known.keys, &nonce, now);
        if verified.as_ref().is_err_and(names_an_unknown_key)
            && let Some(newer) = self.newer_keys().await?
        {
            verified = self.claims(token, &newer, &nonce, now);
        }
        verified.map_err(|error| ProviderFault::Doubtful(doubt(&error)))?;

        let mut claims = payload(&token.to_string()).ok_or(ProviderFault::Doubtful(Doubt::Form))?;
        if claims.get("azp").is_some_and(|azp| azp != self.client.id.as_str()) {
            return Err(ProviderFault::Doubtful(Doubt::Audience));
        }
        let subject = text(&claims, "sub").ok_or(ProviderFault::Doubtful(Doubt::Form))?;
        let Client { name_claim, groups_claim, .. } = &self.client;
        if claim(&claims, name_claim).is_none() || claim(&claims, groups_claim).is_none() {
            let more = self.user_info(&known, answer.access_token(), &subject).await?;
            for (name, value) in more {
                claims.entry(name).or_insert(value);
            }
        }
        Ok(Identity {
            session: text(&claims, "sid"),
            name: claim(&claims, name_claim).and_then(Value::as_str).map(str::to_owned),
            groups: groups(claim(&claims, groups_claim)),
            subject,
        })
    }

    async fn signed_out(&self, token: &SecretString, now: Timestamp) -> Result<SignedOut, ProviderFault> {
        let token = token.expose_secret();
        let known = self.known().await?;
        let issuer = self.client.issuer.as_str();
        let read = |keys: &CoreJsonWebKeySet| sign_out::read(token, keys, issuer, &self.client.id, now);
        match read(&known.keys) {
            Err(sign_out::Fault::UnknownKey) => match self.newer_keys().await? {
                Some(newer) => read(&newer),
                None => Err(sign_out::Fault::UnknownKey),
            },
            read => read,
        }
        .map_err(|fault| ProviderFault::Doubtful(fault.doubt()))
    }
}

fn verifier(proofs: &Proofs) -> PkceCodeVerifier {
    PkceCodeVerifier::new(proofs.verifier.expose_secret().to_owned())
}

fn names_an_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(error, ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
}

fn doubt(error: &ClaimsVerificationError) -> Doubt {
    use ClaimsVerificationError as E;
    match error {
        E::Expired(_) => Doubt::Time,
        E::InvalidAudience(_) => Doubt::Audience,
        E::InvalidIssuer(_) => Doubt::Issuer,
        E::InvalidNonce(_) => Doubt::Nonce,
        E::SignatureVerification(_) => Doubt::Signature,
        _ => Doubt::Form,
    }
}

/// What went wrong without what was sent: a body may hold anything.
fn discovery_words(error: &openidconnect::DiscoveryError<HttpFault>) -> String {
    use openidconnect::DiscoveryError as E;
    match error {
        E::Request(fault) => {
            let cause = std::error::Error::source(fault).map_or(String::new(), |cause| format!(": {cause}"));
            format!("{fault}{cause}")
        }
        E::Response(status, ..) => format!("it answers {status}"),
        E::Parse(error) => format!("the answer cannot be read at {}", error.path()),
        E::Validation(_) => "it calls itself by another name".to_owned(),
        E::UrlParse(_) | E::Other(_) => "its address cannot be used".to_owned(),
        _ => "it does not answer as the standard says".to_owned(),
    }
}

/// The claims in a token, which were verified before.
pub(crate) fn payload(token: &str) -> Option<Map<String, Value>> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

pub(crate) fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    let text = claims.get(name)?.as_str()?;
    (!text.is_empty() && text.len() <= LONGEST_CLAIM).then(|| text.to_owned())
}

/// A claim by its name, or by a JSON pointer.
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    match name.strip_prefix('/') {
        None => claims.get(name),
        Some(path) => {
            let plain = |part: &str| part.replace("~1", "/").replace("~0", "~");
            let mut parts = path.split('/').map(plain);
            let first = claims.get(&parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(&part))
        }
    }
}

/// One group, or a list of them.
fn groups(claim: Option<&Value>) -> Vec<String> {
    let one = |value: &Value| value.as_str().filter(|g| g.len() <= LONGEST_CLAIM).map(str::to_owned);
    match claim {
        Some(Value::Array(all)) => all.iter().take(MOST_GROUPS).filter_map(one).collect(),
        Some(single) => one(single).into_iter().collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn groups_are_one_or_a_list_wherever_they_stand() {
        let of = |value: Value, name: &str| groups(claim(&claims(value), name));
        assert_eq!(of(json!({ "groups": ["a", "b", 3] }), "groups"), ["a", "b"]);
        assert_eq!(of(json!({ "role": "a" }), "role"), ["a"]);
        assert_eq!(of(json!({ "realm_access": { "roles": ["a"] } }), "/realm_access/roles"), ["a"]);
        assert_eq!(of(json!({ "https://force.example/roles": ["a"] }), "https://force.example/roles"), ["a"]);
        assert_eq!(of(json!({}), "groups"), [""; 0]);
        assert_eq!(of(json!({ "groups": "x".repeat(600) }), "groups"), [""; 0]);
    }

    #[test]
    fn what_others_could_listen_to_is_not_set_up() {
        let client = |issuer: &str, back: &str| Client {
            issuer: issuer.to_owned(),
            id: "ppn".to_owned(),
            secret: Some("hidden".into()),
            back: back.to_owned(),
            scopes: Vec::new(),
            name_claim: "preferred_username".to_owned(),
            groups_claim: "groups".to_owned(),
        };
        let here = "https://ppn.force.example/sign-in/openid/back";
        assert!(matches!(OpenId::new(client("http://id.force.example", here)), Err(SetUpError::Address(_))));
        assert!(matches!(OpenId::new(client("id", here)), Err(SetUpError::Address(_))));
        let back = "http://ppn.force.example/";
        assert!(matches!(OpenId::new(client("https://id.force.example", back)), Err(SetUpError::Address(_))));
        let set_up = OpenId::new(client("https://id.force.example", here)).unwrap();
        assert!(!format!("{set_up:?}").contains("hidden"));
    }
}
