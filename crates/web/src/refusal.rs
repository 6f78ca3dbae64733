//! What a page says where the service refuses.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ppn_service::{Doubt, ProviderFault, ServiceError};

use crate::layout::{Shell, page};

/// A refusal as a page of its own.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: StatusCode,
    /// What happened.
    title: &'static str,
    /// In a sentence or two.
    words: String,
}

#[derive(Debug, Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    shell: Shell,
    title: &'static str,
    words: String,
}

impl Refusal {
    fn of(status: StatusCode, title: &'static str, words: impl Into<String>) -> Self {
        Self { status, title, words: words.into() }
    }

    /// Nothing is at the address.
    pub fn not_found() -> Self {
        Self::of(
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "The address is wrong, or what was here is not for you to open.",
        )
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        use ServiceError as E;
        let words = said(&error);
        match error {
            E::Unauthenticated | E::WrongCredentials => {
                Self::of(StatusCode::UNAUTHORIZED, "Sign in first", words)
            }
            E::TooSoon { .. } => Self::of(StatusCode::TOO_MANY_REQUESTS, "Wait a little", words),
            E::Forbidden(_) | E::NotYourDesk(_) | E::NotYourSource | E::OwnDecision | E::OwnAccount => {
                Self::of(StatusCode::FORBIDDEN, "Your role may not do that", words)
            }
            E::Provider(ProviderFault::Unreachable) => {
                Self::of(StatusCode::BAD_GATEWAY, "You are not signed in", words)
            }
            E::Provider(_) => Self::of(StatusCode::FORBIDDEN, "You are not signed in", words),
            E::NotFound(_) => Self::not_found(),
            E::Busy | E::Again => Self::of(StatusCode::SERVICE_UNAVAILABLE, "Busy", words),
            E::Unknown => Self::of(StatusCode::SERVICE_UNAVAILABLE, "Not known whether it was done", words),
            E::Store(cause) => {
                tracing::error!(error = %cause, cause = ?std::error::Error::source(&*cause), "the store failed");
                Self::of(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", words)
            }
            E::Invalid(_) => Self::of(StatusCode::UNPROCESSABLE_ENTITY, "Something needs mending", words),
            _ => Self::of(StatusCode::CONFLICT, "It changed meanwhile", words),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, title, words } = self;
        let mut response = page(status, &RefusalPage { shell: Shell::open(title), title, words });
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("2"));
        }
        response
    }
}

/// What the service refused, in a sentence for a person.
pub fn said(error: &ServiceError) -> String {
    use ServiceError as E;
    match error {
        E::Unauthenticated => "Your session has ended, or you have not signed in.".to_owned(),
        E::WrongCredentials => "The name or the password is wrong.".to_owned(),
        E::CodeNeeded => "Give the code that your authenticator shows, or one of your recovery codes.".to_owned(),
        E::Provider(fault) => provider(*fault).to_owned(),
        E::WrongCode => "The code is wrong, or was used before. Wait for the next one.".to_owned(),
        E::NotOnTheList => "Only somebody on the standing list of that restriction may lift it.".to_owned(),
        E::TooSoon { until } => {
            format!("Too many wrong passwords came from here. Try again at {}.", until.london_text())
        }
        E::OwnAccount => "Somebody else must change your account.".to_owned(),
        E::Forbidden(_) => "None of your roles allows it. Ask a supervisor if you need it.".to_owned(),
        E::NotYourDesk(desk) => format!("Your roles do not work at the {}.", crate::words::desk(*desk).to_lowercase()),
        E::NotYourSource => "You may not submit for that source.".to_owned(),
        E::OwnDecision => "You decided first. The second person must be somebody else.".to_owned(),
        E::NotFound(_) => "There is nothing here that you may open.".to_owned(),
        E::Invalid(errors) => {
            let fixes: Vec<String> = errors.iter().map(|e| crate::words::capital(&e.fix)).collect();
            format!("{}.", fixes.join(". "))
        }
        E::HeldBy { holder, since } => {
            format!("{holder} holds this item, since {}. Nothing that you did was saved to it.", since.london_text())
        }
        E::ClaimEnded => "You no longer hold this item: your time with it ended. Take it again to go on.".to_owned(),
        E::WrongState { from, .. } => format!(
            "The item has moved on: it is now \u{201c}{}\u{201d}.",
            crate::words::state_name(*from).to_lowercase()
        ),
        E::Revised { .. } => "The notice was revised while you worked on it. See what changed, then send it again.".to_owned(),
        E::LinkedSince => {
            "A notice about the same people arrived while you worked on this one. Look at it, then send yours again.".to_owned()
        }
        E::PreviewChanged(_) => {
            "What this would change is not what you were shown. Look at it again, then decide.".to_owned()
        }
        E::KeyReused => "That was sent before with other content.".to_owned(),
        E::NothingToLower => "Nothing lower is on offer any more.".to_owned(),
        E::NoProof(_) => "Nothing can be proven: the record is not what was sealed.".to_owned(),
        E::Raced => "Somebody else changed it at the same moment. Look at it again.".to_owned(),
        E::Busy | E::Again => "Nothing was done. Try again in a moment.".to_owned(),
        E::Unknown => {
            "Whether it was done is not known: the answer of the store was lost. Look at the item before you do it again.".to_owned()
        }
        E::Store(_) => "Nothing was done and nothing was lost. Tell whoever runs the service.".to_owned(),
    }
}

/// Why nobody came in by the provider, and what to do. What came from there is not repeated.
const fn provider(fault: ProviderFault) -> &'static str {
    use ProviderFault as F;
    match fault {
        F::None => "Here you sign in with a name and a password.",
        F::Unreachable => {
            "Your force\u{2019}s sign-in service did not answer as it should. Try again in a moment; if it goes on, tell whoever runs the service."
        }
        F::Declined => {
            "Your force\u{2019}s sign-in service did not sign you in, or you stopped there. You can try again."
        }
        F::Stale => {
            "That sign-in was not begun in this browser, took longer than ten minutes, or was used before. Begin again here."
        }
        F::Code => "Your force\u{2019}s sign-in service took its answer back. Begin again here.",
        F::Doubtful(Doubt::Time) => {
            "What your force\u{2019}s sign-in service sent is over, or its clock and ours differ by more than a minute. Begin again; if it goes on, tell whoever runs the service."
        }
        F::Doubtful(_) => {
            "What your force\u{2019}s sign-in service sent could not be trusted, so you were not signed in. Tell whoever runs the service."
        }
        F::NoName => {
            "Your force\u{2019}s sign-in service gives no name for you that can be used here. Tell whoever runs the service."
        }
        F::NameTaken => {
            "There is an account of your name here that is not tied to your sign-in yet. Ask an administrator to link it."
        }
        F::NoRole => {
            "You are signed in with your force, but none of your groups has a role here. Ask your supervisor which group you need."
        }
        F::Disabled => {
            "Your account here is disabled. Ask your supervisor if you think that it should not be."
        }
    }
}
