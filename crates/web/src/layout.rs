//! What every page carries: its title, who is signed in, and where they may go.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use ppn_domain::{Desk, Permission};
use ppn_service::Principal;

use crate::audit::AUDIT_PATH;
use crate::audit::unusual::UNUSUAL_PATH;
use crate::search::SEARCH_PATH;
use crate::tokens::TOKENS_PATH;
use crate::users::USERS_PATH;
use crate::{assets, words};

/// A place to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The address.
    pub href: String,
    /// Its name.
    pub text: String,
    /// It is the page shown.
    pub current: bool,
}

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The title of the page, without the name of the service.
    pub title: String,
    /// Who is signed in; `None` on pages for nobody in particular.
    pub user: Option<String>,
    /// Their roles in words.
    pub roles: String,
    /// Where they may go.
    pub ways: Vec<Way>,
    /// The version that stands in the addresses of files.
    pub assets: &'static str,
}

impl Shell {
    /// For somebody signed in. `here` is the address of the page among the places to go to.
    pub fn of(by: &Principal, title: impl Into<String>, here: &str) -> Self {
        let mut ways = vec![("/".to_owned(), "Home".to_owned())];
        if by.may(Permission::ListWork) {
            let desks = Desk::ALL.iter().filter(|desk| by.roles.work_at(**desk));
            ways.extend(desks.map(|desk| (desk_address(*desk), words::desk(*desk).to_owned())));
        }
        if by.may(Permission::ReadNotice) {
            ways.push((SEARCH_PATH.to_owned(), "Search".to_owned()));
        }
        if by.may(Permission::ReadBacklog) {
            ways.push(("/backlog".to_owned(), "Backlog".to_owned()));
        }
        if by.may(Permission::ReadAudit) {
            ways.push((AUDIT_PATH.to_owned(), "The log".to_owned()));
            ways.push((UNUSUAL_PATH.to_owned(), "Unusual access".to_owned()));
        }
        if by.may(Permission::ManageUsers) {
            ways.push((USERS_PATH.to_owned(), "Users".to_owned()));
        }
        if by.may(Permission::ManageTokens) {
            ways.push((TOKENS_PATH.to_owned(), "Tokens".to_owned()));
        }
        if by.may(Permission::WatchRestricted) || by.lists.is_restricted() && by.may(Permission::ReadNotice) {
            ways.push(("/restricted".to_owned(), "Restricted".to_owned()));
        }
        ways.push(("/help".to_owned(), "Help".to_owned()));
        let ways = ways.into_iter().map(|(href, text)| Way { current: href == here, href, text }).collect();
        let roles: Vec<String> = by.roles.0.iter().map(|role| words::user_role(*role)).collect();
        Self {
            title: title.into(),
            user: Some(by.name.clone()),
            roles: roles.join(", "),
            ways,
            assets: &assets::VERSION,
        }
    }

    /// For nobody in particular.
    pub fn open(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            user: None,
            roles: String::new(),
            ways: Vec::new(),
            assets: &assets::VERSION,
        }
    }
}

/// A secret that is shown once.
#[derive(Template)]
#[template(path = "secret.html")]
pub struct ShownOnce {
    /// The frame.
    pub shell: Shell,
    /// What it is.
    pub title: &'static str,
    /// Whose.
    pub label: String,
    /// The secret.
    pub secret: String,
    /// What becomes of it.
    pub words: String,
    /// Where to go on.
    pub back: String,
}

/// A text as one part of an address.
pub fn in_address(text: &str) -> String {
    // A plus is a space in a query alone.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The address of a desk's list.
pub fn desk_address(desk: Desk) -> String {
    format!("/desks/{desk}")
}

/// A page as an answer.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be filled in");
            (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here. Nothing was lost. Try again.")
                .into_response()
        }
    }
}
