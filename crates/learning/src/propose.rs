//! A proposed policy: the same text with other points, and nothing else.

use std::collections::BTreeMap;

use ppn_triage::Policy;
use toml_edit::{DocumentMut, Item, value};

/// What a proposed version ends with, so that nobody takes it for the policy that it came from.
pub const FIT_MARK: &str = "+fit";

/// The text of a policy with the points of some rules changed and its version marked with
/// [`FIT_MARK`]. Comments, order and everything else stay; a floor is never touched, and a rule
/// without points gets none.
pub fn propose(policy: &Policy, points: &BTreeMap<String, i32>) -> String {
    let Ok(mut text) = policy.text().parse::<DocumentMut>() else {
        // A policy was read from this text, so it is TOML.
        return policy.text().to_owned();
    };
    for (_, section) in text.as_table_mut().iter_mut() {
        let Some(entries) = section.as_array_of_tables_mut() else { continue };
        for entry in entries.iter_mut() {
            let Some(wanted) = entry.get("id").and_then(Item::as_str).and_then(|id| points.get(id)) else {
                continue;
            };
            if let Some(present) = entry.get_mut("points").filter(|present| present.is_integer()) {
                replace(present, i64::from(*wanted).into());
            }
        }
    }
    if let Some(version) = text.get_mut("version") {
        let marked = format!("{}{FIT_MARK}", version.as_str().unwrap_or_default());
        replace(version, marked.into());
    }
    text.to_string()
}

/// Another value in the same place, with the comment that stands beside it.
fn replace(item: &mut Item, new: toml_edit::Value) {
    let decor = item.as_value().map(|old| old.decor().clone());
    *item = value(new);
    if let (Some(decor), Some(new)) = (decor, item.as_value_mut()) {
        *new.decor_mut() = decor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_triage::DEFAULT_POLICY;

    #[test]
    fn nothing_changes_but_the_points_and_the_version() {
        let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
        let points = BTreeMap::from([("strangulation".to_owned(), 77), ("no_such_rule".to_owned(), 5)]);
        let proposed = propose(&policy, &points);
        let differ: Vec<_> =
            DEFAULT_POLICY.lines().zip(proposed.lines()).filter(|(before, after)| before != after).collect();
        let version = policy.reference().version.as_str();
        let marked = format!("version = \"{version}{FIT_MARK}\"");
        assert_eq!(differ.len(), 2, "{differ:?}");
        assert_eq!(differ[0].1, marked);
        assert_eq!(differ[1], ("points = 40", "points = 77"));
        assert_eq!(DEFAULT_POLICY.lines().count(), proposed.lines().count());
        Policy::from_toml(&proposed).unwrap();
    }
}
