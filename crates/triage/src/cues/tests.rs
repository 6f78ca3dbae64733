//! The language of phrases and what surrounds words, on small lists.

use super::*;

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn with(phrase: &str, context: &CueContext) -> Cues {
    let rule = CueRule { phrases: owned(&[phrase]), ..CueRule::default() };
    match Cues::compile(&[rule], context) {
        Ok(cues) => cues,
        Err(errors) => panic!("{errors:?}"),
    }
}

fn words<'t>(cues: &Cues, text: &'t str) -> Vec<&'t str> {
    cues.find(text, 2026)
        .into_iter()
        .map(|hit| text.get(hit.start as usize..hit.end as usize).unwrap_or("no boundary"))
        .collect()
}

fn refused(phrase: &str) -> String {
    let rule = CueRule { phrases: owned(&[phrase]), ..CueRule::default() };
    match Cues::compile(&[rule], &CueContext::default()) {
        Ok(_) => panic!("{phrase} was read"),
        Err(errors) => errors[0].reason.clone(),
    }
}

#[test]
fn a_phrase_finds_words_whatever_their_form() {
    let cues = with("(hand|hands) {2} (round|on) her neck", &CueContext::default());
    assert_eq!(
        words(&cues, "He put HANDS tightly\n round  his n\u{e9}ck."),
        ["HANDS tightly\n round  his n\u{e9}ck"]
    );
    assert_eq!(
        words(&cues, "hand on their neck, hands on her neck"),
        ["hand on their neck", "hands on her neck"]
    );
    assert!(words(&cues, "Hands up. Round her neck was a scarf.").is_empty(), "over the end of a sentence");
    assert!(words(&cues, "hands one two three round her neck").is_empty(), "over too wide a gap");
    assert!(words(&cues, "hands not round her neck").is_empty(), "over a denial");
}

#[test]
fn contractions_and_apostrophes_are_written_out() {
    let cues = with("could not breath*", &CueContext::default());
    for text in ["couldn't breathe", "couldn\u{2019}t breath", "COULDNT BREATHE", "could not breathe"] {
        assert_eq!(words(&cues, text), [text]);
    }
    let cues = with("I will kill you", &CueContext::default());
    assert_eq!(words(&cues, "he said I'll kill you"), ["I'll kill you"]);
    assert_eq!(
        words(&with("husband neck", &CueContext::default()), "her partner's neck"),
        ["partner's neck"]
    );
}

#[test]
fn stems_numbers_years_and_lists_are_read() {
    assert_eq!(
        words(&with("strang*", &CueContext::default()), "strangling, strange"),
        ["strangling", "strange"]
    );
    assert_eq!(
        words(&with("# weeks", &CueContext::default()), "three weeks or 22 weeks"),
        ["three weeks", "22 weeks"]
    );
    assert_eq!(words(&with("in #year", &CueContext::default()), "in 2024, in 2025, in 1871"), ["in 2024"]);
    let context = CueContext {
        lists: BTreeMap::from([("neck".to_owned(), owned(&["neck", "wind pipe"]))]),
        ..CueContext::default()
    };
    assert_eq!(words(&with("on @neck", &context), "on wind pipe on neck"), ["on wind pipe", "on neck"]);
    assert_eq!(words(&with("no .", &CueContext::default()), "no, no way, no"), ["no", "no"]);
    assert_eq!(words(&with("[very] scared", &CueContext::default()), "very scared"), ["very scared"]);
}

#[test]
fn a_phrase_that_cannot_be_read_says_why() {
    for (phrase, reason) in [
        ("", "nothing stands here"),
        ("(a|b", "`)` is missing"),
        ("a)", "`)` closes nothing"),
        ("a|b", "alternatives stand in brackets"),
        ("(a|)", "nothing stands here"),
        ("[a]", "every part of it may be left out"),
        ("{2}", "every part of it may be left out"),
        ("a {99} b", "a gap is {1} to"),
        ("a {2 b", "`}` is missing"),
        ("st*", "needs 3 letters"),
        ("@nothing", "no list `nothing`"),
        ("#month", "is neither"),
        ("a $ b", "`$` has no meaning here"),
    ] {
        let said = refused(phrase);
        assert!(said.contains(reason), "{phrase}: {said}");
    }
    assert!(refused(&"word ".repeat(65)).contains("more than 64 words"));
    assert!(refused(&format!("{}a{}", "(".repeat(9), ")".repeat(9))).contains("nested"));
}

#[test]
fn what_surrounds_words_is_heard() {
    let context = CueContext {
        negates: owned(&["no", "not", "denied"]),
        negates_after: owned(&["(was|were) denied"]),
        not_a_negation: owned(&["not only"]),
        begins_clause: owned(&["but", ", he"]),
        hypothetical: owned(&["asked about"]),
        affirms: owned(&["said yes"]),
        past: owned(&["# years ago", "in #year"]),
        present: owned(&["tonight"]),
        ..CueContext::default()
    };
    let cues = with("strangl*", &context);
    let past = |text: &str| cues.find(text, 2026).iter().map(|hit| hit.past).collect::<Vec<_>>();
    for text in [
        "he strangled her",
        "she says he strangled her; he denied it",
        "not hurt, he strangled her",
        "no marks but he strangled her",
        "not only strangled",
        "asked about strangling and said yes",
        "strangled ten years ago and tonight",
    ] {
        assert_eq!(past(text), [false], "{text}");
    }
    for text in ["denied strangling her", "no strangling", "strangling was denied", "asked about strangling"]
    {
        assert!(past(text).is_empty(), "{text}");
    }
    assert_eq!(past("strangled her ten years ago"), [true]);
    assert_eq!(past("in 2009 he strangled her"), [true]);
}

#[test]
fn near_must_and_not_near_must_not_stand_by() {
    let rule = CueRule { phrases: owned(&["hungry"]), near: owned(&["child"]), not_near: owned(&["dog"]) };
    let cues = Cues::compile(&[rule], &CueContext::default()).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(words(&cues, "The child was hungry."), ["hungry"]);
    assert!(words(&cues, "He was hungry. A child was there.").is_empty());
    assert!(words(&cues, "The dog was hungry, the child was not there.").is_empty());
}

#[test]
fn work_is_bounded_however_long_a_text_or_a_word_or_a_sentence_is() {
    let cues = with("a {15} b", &CueContext { negates: owned(&["a"]), ..CueContext::default() });
    assert!(cues.find(&"a ".repeat(100_000), 2026).is_empty());
    assert!(cues.find(&"a".repeat(1_000_000), 2026).is_empty());
    assert_eq!(with("a b", &CueContext::default()).find(&"a b ".repeat(5_000), 2026).len(), MOST_HITS);
    let words = Text::read(&"word ".repeat(1_000), 2026).words;
    assert!(words.last().is_some_and(|word| word.sentence >= 8), "a sentence without an end is cut");
}
