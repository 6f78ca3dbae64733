//! Work items: lists, one item, and the acts on it.

pub mod accept_lowering;
pub mod assign;
pub mod break_glass;
pub mod claim;
pub mod complete;
pub mod cues;
pub mod grade;
pub mod hold;
pub mod know_these_people;
pub mod list;
pub mod reassess;
pub mod release;
pub mod renew;
pub mod show;
