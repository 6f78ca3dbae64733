//! Who may do what: the one table that every route and every use case is held to.
//!
//! It stands apart from the permissions of the program on purpose: whoever changes who may do what changes
//! both, and is read twice. `access.rs` walks it.

/// What a route or a use case is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Nothing that can be restricted.
    Nothing,
    /// A work item of a notice.
    Item,
    /// A notice.
    Notice,
    /// What a second person is asked about an item.
    Endorsement,
    /// A notice beside another that is open: whether they are one event.
    Events,
    /// A person whom one notice mentions.
    Person,
    /// A person in the log, whether or not their notices are restricted: no content is shown.
    Recorded,
    /// A link between a notice and another that is open.
    Link,
    /// Mentions of a notice and of another that is open.
    Mentions,
    /// A refused submission.
    Unreadable,
    /// The desk of the subject, where nothing but it waits.
    Desk,
    /// A restricted item that the caller may not open: the one thing that is allowed on it.
    Glass,
    /// Restricted notices as a whole: a researcher or reviewer sees them where a list names them.
    Lists,
    /// The lifting of a restriction: by its list alone.
    Lifting,
}

/// One row: what, by the use case that answers, on what, and which roles may.
pub type Row = (&'static str, &'static str, On, &'static str);

/// Routes. Roles: S source, R researcher, V reviewer, U supervisor, T team sergeant, I investigator,
/// A auditor, P policy owner, M administrator. A researcher's subject is at the child desk, a reviewer's
/// at the domestic abuse desk, so that a row tells the role from the desk.
pub const ROUTES: &[Row] = &[
    ("POST /api/v1/notices", "submit", On::Nothing, "SRVU"),
    ("POST /api/v1/notices/check", "check", On::Nothing, "SRVU"),
    ("GET /api/v1/notices/{id}", "notice", On::Notice, "RVU"),
    ("POST /api/v1/notices/{id}/restrict", "restrict", On::Notice, "RVU"),
    ("POST /api/v1/notices/{id}/lift-restriction", "lift_restriction", On::Lifting, "RVU"),
    ("GET /api/v1/restricted", "restricted", On::Lists, "U"),
    ("POST /api/v1/declarations", "declare_people", On::Nothing, "RVU"),
    ("POST /api/v1/desks/{desk}/claims", "claim_next", On::Desk, "RVU"),
    ("GET /api/v1/work-items", "list", On::Nothing, "RVU"),
    ("GET /api/v1/work-items/{id}", "item", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/claim", "claim_named", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/renew", "renew", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/release", "release", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/hold", "hold", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/assign", "assign", On::Item, "U"),
    ("POST /api/v1/work-items/{id}/complete", "complete", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/grade", "grade", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/reassess", "reassess", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/accept-lowering", "accept_lowering", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/know-these-people", "know_these_people", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/break-glass", "break_glass", On::Glass, "U"),
    ("GET /api/v1/work-items/{id}/cues", "cues", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/cues/preview", "preview_dismissal", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/cues/dismiss", "decide_cue", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/cues/confirm", "decide_cue", On::Item, "RVU"),
    ("POST /api/v1/work-items/{id}/cues/undo", "decide_cue", On::Item, "RVU"),
    ("GET /api/v1/notices/{id}/events", "events_of", On::Events, "RVU"),
    ("POST /api/v1/notices/{id}/events", "say_of_event", On::Events, "RVU"),
    ("POST /api/v1/endorsements/{id}/approve", "endorse", On::Endorsement, "U"),
    ("POST /api/v1/endorsements/{id}/reject", "endorse", On::Endorsement, "U"),
    ("GET /api/v1/persons/{id}", "person", On::Person, "RVU"),
    ("GET /api/v1/links/{id}", "link", On::Link, "RVU"),
    ("POST /api/v1/links", "say_of_mentions", On::Mentions, "RVU"),
    ("POST /api/v1/links/{id}/confirm", "decide_link", On::Link, "RVU"),
    ("POST /api/v1/links/{id}/refuse", "decide_link", On::Link, "RVU"),
    ("POST /api/v1/links/{id}/undo", "decide_link", On::Link, "RVU"),
    ("POST /api/v1/searches", "search", On::Nothing, "RVU"),
    ("GET /api/v1/backlog", "backlog", On::Nothing, "RVUP"),
    ("GET /api/v1/events", "watch_feed", On::Nothing, "RVU"),
    ("GET /api/v1/audit", "audit", On::Nothing, "A"),
    ("GET /api/v1/export/audit", "export_log", On::Nothing, "A"),
    ("GET /api/v1/audit/persons/{id}", "who_has_seen", On::Recorded, "A"),
    ("GET /api/v1/audit/unusual", "unusual_access", On::Nothing, "A"),
    ("GET /api/v1/unreadable", "unreadable_list", On::Nothing, "U"),
    ("GET /api/v1/unreadable/{id}", "unreadable", On::Unreadable, "U"),
    ("POST /api/v1/unreadable/{id}/mend", "mend", On::Unreadable, "U"),
    ("POST /api/v1/unreadable/{id}/dismiss", "dismiss", On::Unreadable, "U"),
];

/// Routes that need no role: they show nothing of anybody. `/metrics` is open to the machine itself and has
/// tests of its own.
pub const OPEN: &[&str] =
    &["GET /health/live", "GET /health/ready", "GET /metrics", "GET /openapi.json", "GET /api/explorer"];

/// Pages, each with the use cases that answer it. Who may is what those rows say.
pub const PAGES: &[(&str, &[&str])] = &[
    ("/", &["home"]),
    ("/sign-in/openid", &[]),
    ("/sign-in/openid/back", &[]),
    ("/sign-in/openid/signed-out", &[]),
    ("/sign-out", &[]),
    ("/second-factor/confirm", &[]),
    ("/desks/{desk}", &["work_list", "work_list_version"]),
    ("/desks/{desk}/next", &["claim_next"]),
    ("/items/{id}", &["item_page"]),
    ("/items/{id}/version", &["item_version"]),
    ("/items/{id}/claim", &["claim_named"]),
    ("/items/{id}/bundle", &["claim_named"]),
    ("/items/{id}/renew", &["renew"]),
    ("/items/{id}/complete", &["complete"]),
    ("/items/{id}/grade", &["grade"]),
    ("/items/{id}/release", &["release"]),
    ("/items/{id}/hold", &["hold"]),
    ("/items/{id}/assign", &["assign"]),
    ("/items/{id}/accept-lowering", &["accept_lowering"]),
    ("/items/{id}/endorse", &["endorse"]),
    ("/items/{id}/know-these-people", &["know_these_people"]),
    ("/items/{id}/restrict", &["restrict"]),
    ("/items/{id}/lift-restriction", &["lift_restriction"]),
    ("/items/{id}/cues/{cue}", &["cue_page", "decide_cue"]),
    ("/items/{id}/events/{other}", &["event_pair", "say_of_event"]),
    ("/items/{id}/links/{link}", &["link", "decide_link"]),
    ("/search", &["search"]),
    ("/search/{id}", &["search_again"]),
    ("/persons/{id}", &["person_page"]),
    ("/audit", &["audit"]),
    ("/audit/export", &["export_log"]),
    ("/audit/persons/{id}", &["who_has_seen"]),
    ("/audit/unusual", &["unusual_access"]),
    ("/users", &["users", "add_user"]),
    (
        "/users/{name}",
        &[
            "users",
            "sessions_of",
            "set_roles",
            "disable_user",
            "enable_user",
            "reset_password",
            "remove_second_factor",
            "end_sessions",
        ],
    ),
    ("/tokens", &["tokens", "create_token"]),
    ("/tokens/{id}/revoke", &["revoke_token"]),
    ("/restricted", &["restricted"]),
    ("/restricted/{id}", &["restricted", "break_glass"]),
    ("/declarations", &["declare_people"]),
    ("/backlog", &["backlog"]),
    ("/changes", &["watch_feed", "tell"]),
    ("/help", &[]),
    ("/help/{topic}", &[]),
    ("/assets/{version}/{name}", &[]),
];

/// Use cases of pages on a work item or its person, where a restricted one opens for whom its lists name.
pub const ON_ITEMS: &[(&str, &str)] = &[
    ("cue_page", "RVU"),
    ("event_pair", "RVU"),
    ("item_page", "RVU"),
    ("item_version", "RVU"),
    ("person_page", "RVU"),
];

/// Use cases without a route: the command line, and pages.
pub const USE_CASES: &[(&str, &str)] = &[
    ("add_found", "U"),
    ("activate_policy", "P"),
    ("add_user", "M"),
    ("approve_policy", "P"),
    ("backup", "M"),
    ("create_token", "M"),
    ("disable_user", "M"),
    ("due_for_review", "U"),
    ("effect_of", "P"),
    ("enable_user", "M"),
    ("end_sessions", "M"),
    ("erase", "U"),
    ("home", "RVU"),
    ("items_under", "RVU"),
    ("link_earlier_notices", "M"),
    ("link_identity", "M"),
    ("look_back", "P"),
    ("mended_by_import", "U"),
    ("policies", "RVUP"),
    ("policy_named", "P"),
    ("propose_policy", "P"),
    ("prove", "A"),
    ("put_on_list", "M"),
    ("ranked_under", "P"),
    ("remove_second_factor", "M"),
    ("replay", "RVU"),
    ("reset_password", "M"),
    ("restriction_lists", "M"),
    ("review_retention", "U"),
    ("revoke_token", "M"),
    ("sealing_key_made", "M"),
    ("search_again", "RVU"),
    ("sessions_of", "M"),
    ("set_roles", "M"),
    ("take_off_list", "M"),
    ("tell", "RVU"),
    ("tokens", "M"),
    ("users", "M"),
    ("verify_log", "A"),
    ("work_list", "RVU"),
    ("work_list_version", "RVU"),
];
