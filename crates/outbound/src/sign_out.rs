//! What a provider sends when a session of its own ends: a signed token that is no ID token (OpenID Connect
//! Back-Channel Logout 1.0). The library reads none, so its claims are looked at here; keys and signatures
//! are the library's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey as _, JsonWebKeyId};
use ppn_domain::{Span, Timestamp};
use ppn_service::{CLOCK_SKEW, Doubt, SignedOut};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::openid::{ALGORITHMS, payload, text};

/// The member of `events` that makes a token one of these.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;
/// The oldest that is believed, beside the clocks' difference.
const OLDEST: Span = Span::minutes(10);

/// Why one is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No key that is known could have signed it.
    UnknownKey,
    /// Something else.
    Doubt(Doubt),
}

impl Fault {
    /// What does not hold.
    pub const fn doubt(self) -> Doubt {
        match self {
            Self::UnknownKey => Doubt::Signature,
            Self::Doubt(doubt) => doubt,
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<JsonWebKeyId>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// Reads a token that one of these keys signed.
pub fn read(
    token: &str,
    keys: &CoreJsonWebKeySet,
    issuer: &str,
    client: &str,
    now: Timestamp,
) -> Result<SignedOut, Fault> {
    let form = || Fault::Doubt(Doubt::Form);
    if token.len() > LONGEST {
        return Err(form());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(form)?;
    let head = URL_SAFE_NO_PAD.decode(signed.split('.').next().unwrap_or_default()).map_err(|_| form())?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| form())?;
    let header: Header = serde_json::from_slice(&head).map_err(|_| form())?;
    let typ_fits = header.typ.is_none_or(|typ| {
        let typ = typ.to_ascii_lowercase();
        matches!(typ.strip_prefix("application/").unwrap_or(&typ), "logout+jwt" | "jwt")
    });
    if header.crit.is_some() || !typ_fits {
        return Err(form());
    }
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Fault::Doubt(Doubt::Signature));
    }
    let mut fitting = keys
        .keys()
        .iter()
        .filter(|key| header.kid.is_none() || key.key_id() == header.kid.as_ref())
        .peekable();
    if fitting.peek().is_none() {
        return Err(Fault::UnknownKey);
    }
    if !fitting.any(|key| key.verify_signature(&header.alg, signed.as_bytes(), &signature).is_ok()) {
        return Err(Fault::Doubt(Doubt::Signature));
    }
    said(&payload(token).ok_or_else(form)?, issuer, client, now).map_err(Fault::Doubt)
}

/// The claims of a token whose signature holds.
fn said(claims: &Map<String, Value>, issuer: &str, client: &str, now: Timestamp) -> Result<SignedOut, Doubt> {
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(Doubt::Issuer);
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(one)) => one == client,
        Some(Value::Array(all)) => all.len() == 1 && all[0] == client,
        _ => false,
    };
    if !for_us {
        return Err(Doubt::Audience);
    }
    // An ID token has one, and must not pass for this.
    if claims.contains_key("nonce") {
        return Err(Doubt::Nonce);
    }
    if !claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object) {
        return Err(Doubt::Form);
    }
    let moment = |name: &str| {
        let seconds = claims.get(name)?.as_i64()?;
        Some(Timestamp::from_micros(seconds.checked_mul(1_000_000)?))
    };
    let at = moment("iat").ok_or(Doubt::Form)?;
    if at > now + CLOCK_SKEW || now - at > OLDEST + CLOCK_SKEW {
        return Err(Doubt::Time);
    }
    // The first versions of the standard had none.
    if claims.contains_key("exp") && moment("exp").is_none_or(|end| end + CLOCK_SKEW <= now) {
        return Err(Doubt::Time);
    }
    let (subject, session) = (text(claims, "sub"), text(claims, "sid"));
    if subject.is_none() && session.is_none() {
        return Err(Doubt::Form);
    }
    Ok(SignedOut { subject, session, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

    fn of(change: impl FnOnce(&mut Value)) -> Result<SignedOut, Doubt> {
        let mut claims = json!({
            "iss": "https://id", "aud": "ppn", "iat": 1_780_000_000, "exp": 1_780_000_120, "jti": "1",
            "events": { EVENT: {} }, "sub": "s", "sid": "1"
        });
        change(&mut claims);
        said(claims.as_object().unwrap(), "https://id", "ppn", NOW)
    }

    #[test]
    fn each_claim_is_looked_at() {
        assert_eq!(
            of(|_| ()),
            Ok(SignedOut { subject: Some("s".to_owned()), session: Some("1".to_owned()), at: NOW })
        );
        let refused = |name: &str, value: Value| of(|claims| claims[name] = value).unwrap_err();
        assert_eq!(refused("iss", json!("https://other")), Doubt::Issuer);
        assert_eq!(refused("aud", json!("other")), Doubt::Audience);
        assert_eq!(refused("aud", json!(["ppn", "other"])), Doubt::Audience);
        assert_eq!(refused("nonce", json!("n")), Doubt::Nonce);
        assert_eq!(refused("events", json!({})), Doubt::Form);
        assert_eq!(refused("iat", json!(1_780_000_061)), Doubt::Time);
        assert_eq!(refused("iat", json!(1_779_999_000)), Doubt::Time);
        assert_eq!(refused("exp", json!(1_779_999_940)), Doubt::Time);
        assert_eq!(refused("exp", json!("soon")), Doubt::Time);
        assert_eq!(refused("iat", json!(i64::MAX)), Doubt::Form);
        assert!(of(|claims| claims["aud"] = json!(["ppn"])).is_ok());
        assert!(of(|claims| claims["exp"] = json!(1_779_999_941)).is_ok(), "within the clocks' difference");
        let none = of(|claims| {
            claims["sub"] = json!("");
            claims["sid"] = Value::Null;
        });
        assert_eq!(none, Err(Doubt::Form));
    }

    #[test]
    fn what_is_no_token_is_no_token() {
        let keys = CoreJsonWebKeySet::new(Vec::new());
        let long = "a".repeat(LONGEST + 1);
        for text in ["", ".", "..", "a.b.c", "\u{e9}.\u{e9}.\u{e9}", &long] {
            assert!(read(text, &keys, "https://id", "ppn", NOW).is_err(), "{text:.20}");
        }
    }
}
