//! What was read of a notice in few bytes, for lists of a hundred thousand notices.

use crate::assess::Sheet;

/// A sheet as JSON, which has no spare capacity and no pointers.
pub(super) struct Packed(Box<[u8]>);

impl Packed {
    pub(super) fn new(sheet: &Sheet) -> Self {
        // Strings, numbers and closed vocabularies have no form that cannot be written.
        Self(serde_json::to_vec(sheet).unwrap_or_default().into_boxed_slice())
    }

    /// The sheet; `None` for one that could not be written, which none is.
    pub(super) fn unpack(&self) -> Option<Sheet> {
        serde_json::from_slice(&self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CueDecisions, DEFAULT_POLICY, Policy, read};
    use ppn_domain::{Notice, Timestamp};

    #[test]
    fn what_was_packed_comes_out_as_it_was() {
        let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
        let notice: Notice = serde_json::from_value(serde_json::json!({
            "source": "s", "reference": "r", "kind": "child",
            "indicators": ["non_fatal_strangulation"], "indicators_ruled_out": ["fire_setting"],
            "persons": [{ "roles": ["subject"], "social_care": [{ "status": "child_in_need" }] }],
        }))
        .unwrap();
        let sheet = read(&policy, &notice, Timestamp::from_micros(0), &CueDecisions::NONE);
        assert_eq!(Packed::new(&sheet).unpack().unwrap(), sheet);
    }
}
