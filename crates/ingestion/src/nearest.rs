//! The nearest known name, for a fix that says what was probably meant.

/// The known name most like `word`, where one is alike enough to be worth naming.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long stranger costs as much to compare as it is long, and is like nothing known.
    if word.len() > 256 {
        return None;
    }
    let word = word.trim().to_lowercase().replace([' ', '-'], "_");
    known
        .into_iter()
        .map(|name| (name, strsim::jaro_winkler(&word, &name.to_lowercase().replace([' ', '-'], "_"))))
        .filter(|(_, likeness)| *likeness >= 0.8)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_none() {
        let known = ["indicators", "incident_reference", "persons"];
        assert_eq!(nearest("indicatrs", known), Some("indicators"));
        assert_eq!(nearest("Incident Reference", known), Some("incident_reference"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(nearest(&"indicators".repeat(100), known), None);
    }
}
