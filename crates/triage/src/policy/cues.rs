//! The cues of a policy file: facts that exist, phrases that can be read.

use ppn_domain::notice::codes::Indicator;
use toml::Spanned;

use super::file::{Cue as FileCue, CueContext as FileContext, File};
use super::validate::Check;
use super::{Cue, Stated};
use crate::cues::{CueContext, CuePlace, CueRule, Cues};
use crate::facts::{FactKind, registry};

/// What came of the cues of a file.
pub(super) struct Checked {
    pub(super) compiled: Option<Cues>,
    pub(super) facts: Vec<Cue>,
}

impl Check<'_> {
    pub(super) fn cues(&mut self, file: &File) -> Checked {
        let facts = file
            .cues
            .iter()
            .map(|cue| {
                self.id(&cue.id);
                self.said(&cue.label);
                self.said(&cue.source);
                if cue.phrases.get_ref().is_empty() {
                    self.wrong(&cue.phrases, "unreachable: no phrase is given");
                }
                let fact = self.stated(&cue.fact);
                let past_fact = cue.past_fact.as_ref().map(|fact| self.stated(fact));
                Cue { id: cue.id.get_ref().clone(), label: cue.label.get_ref().clone(), fact, past_fact }
            })
            .collect();
        let rules: Vec<CueRule> = file.cues.iter().map(rule).collect();
        let compiled = match Cues::compile(&rules, &context(&file.cue_context)) {
            Ok(cues) => Some(cues),
            Err(errors) => {
                for error in errors {
                    match spanned(file, &error.place) {
                        Some(at) => self.wrong(at, error.to_string()),
                        None => self.wrong(&file.version, error.to_string()),
                    }
                }
                None
            }
        };
        Checked { compiled, facts }
    }

    fn stated(&mut self, fact: &Spanned<String>) -> Stated {
        let id = fact.get_ref();
        let slots = self.slots();
        let slot = self.yes_no(fact, id);
        let indicator = Indicator::ALL.iter().copied().find(|indicator| indicator.code() == id);
        // Other facts follow from an indicator; any other fact matters to the rules that name it.
        let can_be_stated = registry().find(id).is_some_and(|i| registry().facts[i].kind == FactKind::YesNo);
        if can_be_stated && self.slots() > slots && indicator.is_none() {
            self.wrong(fact, format!("unreachable: no rule uses `{id}`, so these words would raise nothing"));
        }
        Stated { slot, indicator }
    }
}

fn texts(list: &[Spanned<String>]) -> Vec<String> {
    list.iter().map(|text| text.get_ref().clone()).collect()
}

fn rule(cue: &FileCue) -> CueRule {
    CueRule { phrases: texts(cue.phrases.get_ref()), near: texts(&cue.near), not_near: texts(&cue.not_near) }
}

fn context(file: &FileContext) -> CueContext {
    CueContext {
        lists: file.lists.iter().map(|(name, list)| (name.clone(), texts(list))).collect(),
        negates: texts(&file.negates),
        negates_after: texts(&file.negates_after),
        not_a_negation: texts(&file.not_a_negation),
        begins_clause: texts(&file.begins_clause),
        hypothetical: texts(&file.hypothetical),
        affirms: texts(&file.affirms),
        past: texts(&file.past),
        present: texts(&file.present),
    }
}

/// The phrase as it stands in the file.
fn spanned<'f>(file: &'f File, place: &CuePlace) -> Option<&'f Spanned<String>> {
    match place {
        CuePlace::Cue(cue, list, i) => {
            let cue = file.cues.get(*cue)?;
            match *list {
                "near" => &cue.near,
                "not_near" => &cue.not_near,
                _ => cue.phrases.get_ref(),
            }
            .get(*i)
        }
        CuePlace::List(name, i) => file.cue_context.lists.get(name)?.get(*i),
        CuePlace::Context(list, i) => {
            let context = &file.cue_context;
            match *list {
                "negates" => &context.negates,
                "negates_after" => &context.negates_after,
                "not_a_negation" => &context.not_a_negation,
                "begins_clause" => &context.begins_clause,
                "hypothetical" => &context.hypothetical,
                "affirms" => &context.affirms,
                "past" => &context.past,
                _ => &context.present,
            }
            .get(*i)
        }
    }
}
