//! What `/metrics` says, from the first moment on.
//!
//! A counter that first shows when it first rises hides its first rise: each stands at 0 from the start, with
//! every label that it can have.

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use ppn_domain::Desk;
use ppn_domain::notice::codes::Grade;

/// Results of submissions.
const SUBMITTED: [&str; 5] = ["new", "revision", "repeat", "refused", "turned_away"];
/// How an item was taken as the next of a desk, or along with it.
const PICKS: [&str; 6] = ["head", "reserve", "reserve_red", "audit", "date", "bundle"];
/// Results of signing in.
const SIGN_INS: [&str; 3] = ["signed_in", "wrong", "too_soon"];
/// Results of signing in at the OpenID provider.
const PROVIDER: [&str; 15] = [
    "signed_in",
    "unreachable",
    "declined",
    "stale",
    "code",
    "signature",
    "issuer",
    "audience",
    "nonce",
    "time",
    "form",
    "no_name",
    "name_taken",
    "no_role",
    "disabled",
];
/// Whose requests are limited.
const LIMITED: [&str; 2] = ["strangers", "callers"];
/// Whether a grade waits for a second person.
const PENDING: [&str; 2] = ["yes", "no"];

/// Describes each series, and puts every counter at 0.
pub fn begin() {
    describe_counter!("ppn_submissions_total", "Submissions, by what came of them.");
    describe_counter!("ppn_claims_total", "Items taken, by desk and by which pick it was.");
    describe_counter!("ppn_completed_total", "Items completed, also those that became pending, by desk.");
    describe_counter!("ppn_graded_total", "Grades given by reviewers, by grade and by whether they wait.");
    describe_counter!("ppn_miscounts_total", "Kept counts of the backlog that were wrong and put right.");
    describe_counter!("ppn_provider_sign_ins_total", "Sign-ins at the OpenID provider, by result.");
    describe_counter!("ppn_sign_ins_total", "Attempts to sign in with a password, by result.");
    describe_counter!("ppn_glass_broken_total", "Restricted notices opened by somebody whom no list names.");
    describe_counter!("ppn_requests_over_limit_total", "Requests refused with 429, by whose limit it was.");
    describe_counter!("ppn_certificate_failures_total", "Newer certificates that could not be used.");
    describe_counter!("ppn_http_requests_total", "Requests, by method, route and status.");
    describe_histogram!("ppn_http_request_seconds", "How long requests took, by method, route and status.");
    describe_gauge!("ppn_backlog_items", "Unfinished items, by desk, band and state.");
    describe_gauge!("ppn_backlog_overdue", "Waiting items past their limit to be picked up, by desk.");
    describe_gauge!("ppn_unassessed", "Unfinished items without a current assessment.");
    describe_gauge!("ppn_unreadable_open", "Submissions that could not be read and wait for a person.");
    describe_gauge!("ppn_unreadable_overdue", "Those of them past their hour.");
    describe_gauge!(
        "ppn_restricted_unattended",
        "Restricted items that press while nobody stands on their lists."
    );
    describe_gauge!("ppn_log_sealed", "1 while the record of who did what is sealed, 0 when it is not.");
    describe_gauge!("ppn_feed_streams", "Streams of changes that are open.");
    describe_gauge!(
        "ppn_job_last_success_seconds",
        "When each of the service's own jobs last succeeded here, in seconds since 1970."
    );
    describe_gauge!("ppn_job_period_seconds", "How often each of those jobs is done.");
    for result in SUBMITTED {
        counter!("ppn_submissions_total", "result" => result).increment(0);
    }
    for result in SIGN_INS {
        counter!("ppn_sign_ins_total", "result" => result).increment(0);
    }
    for result in PROVIDER {
        counter!("ppn_provider_sign_ins_total", "result" => result).increment(0);
    }
    for whose in LIMITED {
        counter!("ppn_requests_over_limit_total", "whose" => whose).increment(0);
    }
    counter!("ppn_certificate_failures_total").increment(0);
    gauge!("ppn_feed_streams").set(0.0);
    counter!("ppn_glass_broken_total").increment(0);
    counter!("ppn_miscounts_total").increment(0);
    for grade in Grade::ALL {
        for pending in PENDING {
            counter!("ppn_graded_total", "grade" => grade.code(), "pending" => pending).increment(0);
        }
    }
    for desk in Desk::ALL {
        counter!("ppn_completed_total", "desk" => desk.code()).increment(0);
        for pick in PICKS {
            counter!("ppn_claims_total", "desk" => desk.code(), "pick" => pick).increment(0);
        }
    }
}
