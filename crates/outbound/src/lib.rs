//! What the service asks of other machines, behind traits that `ppn-service` owns: an OpenID provider.

mod http;
mod openid;
mod sign_out;

pub use http::{ANSWER_WITHIN, HttpFault, LARGEST_ANSWER};
pub use openid::{Client, DISCOVERED_EVERY, KEYS_FETCHED_EVERY, OpenId, SetUpError};
