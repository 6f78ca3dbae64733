//! From the file to a policy, collecting everything that is wrong on the way.

use std::collections::HashMap;
use std::ops::Range;

use ppn_domain::{Band, Desk};
use toml::Spanned;

use super::file::{File, When, WhenTable};
use super::{
    AskableQuestion, BANDED, DeskSet, LimitTable, LittleKnown, Mapping, Policy, PolicyError, PolicyErrors,
    Rule, SuggestRule, Test, Thresholds,
};
use crate::facts::{FactKind, registry};
use crate::linking::Linking;
use crate::order::OrderRule;

/// Points over this on one rule are a slip of the keyboard.
const MOST_POINTS: i32 = 1000;

/// The fact that keeps an item from blue: events that the source knows of in a year.
const EVENTS: &str = "known_events_365d";

/// Bits from which two people may be one.
const POSSIBLE_AT: std::ops::RangeInclusive<i32> = 5..=40;
/// The same where a policy, perhaps an older one, does not say.
const USUAL_POSSIBLE_AT: i32 = 14;

pub(super) struct Check<'t> {
    text: &'t str,
    errors: Vec<PolicyError>,
    used: Vec<usize>,
    ids: HashMap<String, usize>,
}

pub(super) fn policy(text: &str) -> Result<Policy, PolicyErrors> {
    let mut check = Check { text, errors: Vec::new(), used: Vec::new(), ids: HashMap::new() };
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| check.line(&span));
        PolicyErrors(vec![PolicyError { line, reason: error.message().to_owned() }])
    })?;
    let policy = check.build(&file);
    check.errors.sort();
    check.errors.dedup();
    match policy {
        Some(policy) if check.errors.is_empty() => Ok(policy),
        _ => Err(PolicyErrors(check.errors)),
    }
}

impl Check<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).unwrap_or_default().split('\n').count()
    }

    pub(super) fn wrong<T>(&mut self, at: &Spanned<T>, reason: impl Into<String>) {
        let line = self.line(&at.span());
        self.errors.push(PolicyError { line, reason: reason.into() });
    }

    /// How many facts are used so far.
    pub(super) const fn slots(&self) -> usize {
        self.used.len()
    }

    fn build(&mut self, file: &File) -> Option<Policy> {
        self.heading(file);
        let linking = self.linking(file);
        let thresholds = self.thresholds(file);
        let limits = self.limits(file);
        self.said(&file.little_known.text);

        let mut rules = Vec::new();
        let mut lines = Vec::new();
        for f in &file.factors {
            let points = self.points(&f.points);
            lines.push(f.id.span());
            rules.push(self.rule(
                &f.id,
                &f.label,
                &f.desks,
                &f.text,
                &f.source,
                Some(points),
                None,
                |check| check.test(&f.when),
            ));
        }
        for f in &file.floors {
            let points = f.points.as_ref().map(|points| self.points(points));
            lines.push(f.id.span());
            let band = self.floor(&f.band);
            rules.push(self.rule(
                &f.id,
                &f.label,
                &f.desks,
                &f.text,
                &f.source,
                points,
                Some(band),
                |check| check.test(&f.when),
            ));
        }
        for c in &file.clusters {
            let points = c.points.as_ref().map(|points| self.points(points));
            let band = c.band.as_ref().map(|band| self.floor(band));
            if points.is_none() && band.is_none() {
                self.wrong(&c.id, format!("cluster `{}` has neither a band nor points", c.id.get_ref()));
            }
            if c.all.get_ref().len() < 2 {
                self.wrong(&c.all, format!("cluster `{}` needs two or more parts", c.id.get_ref()));
            }
            lines.push(c.id.span());
            rules.push(self.rule(&c.id, &c.label, &c.desks, &c.text, &c.source, points, band, |check| {
                Test::All(c.all.get_ref().iter().map(|when| check.test(when)).collect())
            }));
        }
        let questions = self.questions(file, &rules);
        let suggests = self.suggests(file);
        let mut tools = HashMap::new();
        for (tool, items) in &file.tools {
            for (code, item) in items {
                let fact = &item.get_ref().fact;
                let slot = self.yes_no(fact, fact.get_ref());
                tools.insert((*tool, code.clone()), Mapping { slot, from: item.get_ref().from });
            }
        }
        let cues = self.cues(file);
        self.without_effect(&rules, &lines);
        let events = registry().find(EVENTS).map_or(0, |i| self.slot(i));
        for rule in &mut rules {
            rule.is_grade = self.is_grade(&rule.when);
        }
        Some(Policy {
            reference: Policy::reference_to(file.version.get_ref(), self.text),
            text: self.text.to_owned(),
            from_history: (0..self.used.len())
                .filter(|slot| registry().facts[self.used[*slot]].is_from_history())
                .collect(),
            used: self.used.clone(),
            rules,
            questions,
            suggests,
            thresholds: thresholds?,
            little_known: LittleKnown {
                at_most: file.little_known.at_most,
                text: file.little_known.text.get_ref().clone(),
            },
            tools,
            events,
            cues: cues.compiled?,
            cue_facts: cues.facts,
            limits: limits?,
            linking,
            order: OrderRule {
                // Switching triage off is a setting of the service, not of the policy.
                by_risk: true,
                reserve_every: *file.order.reserve_every.get_ref(),
                audit_every: (file.order.audit_every > 0).then_some(file.order.audit_every),
            },
        })
    }

    fn is_grade(&self, test: &Test) -> bool {
        let mut slots = Vec::new();
        test.slots(&mut slots);
        slots.iter().all(|slot| registry().facts[self.used[*slot]].id.starts_with("officer_grade_"))
    }

    #[expect(clippy::too_many_arguments, reason = "the members that factor, floor and cluster share")]
    fn rule(
        &mut self,
        id: &Spanned<String>,
        label: &Spanned<String>,
        desks: &Spanned<Vec<Desk>>,
        text: &Spanned<String>,
        source: &Spanned<String>,
        points: Option<i32>,
        floor: Option<Band>,
        when: impl FnOnce(&mut Self) -> Test,
    ) -> Rule {
        self.id(id);
        self.said(label);
        self.said(source);
        let when = when(self);
        self.template(text, &when);
        Rule {
            id: id.get_ref().clone(),
            text: text.get_ref().clone(),
            desks: self.desks(desks),
            when,
            points,
            floor,
            is_grade: false,
        }
    }

    fn heading(&mut self, file: &File) {
        if file.version.get_ref().trim().is_empty() {
            self.wrong(&file.version, "the version is blank");
        }
        if *file.order.reserve_every.get_ref() == 0 {
            self.wrong(
                &file.order.reserve_every,
                "reserve_every must be 1 or more: without a reserve no wait is bounded",
            );
        }
    }

    fn linking(&mut self, file: &File) -> Linking {
        let Some(given) = &file.linking else { return Linking { possible_at: USUAL_POSSIBLE_AT * 10 } };
        let bits = *given.possible_at.get_ref();
        if !POSSIBLE_AT.contains(&bits) {
            self.wrong(
                &given.possible_at,
                format!(
                    "possible_at is in bits, from {} (very many possible links) to {} (next to none)",
                    POSSIBLE_AT.start(),
                    POSSIBLE_AT.end()
                ),
            );
        }
        Linking { possible_at: bits.saturating_mul(10) }
    }

    fn thresholds(&mut self, file: &File) -> Option<[Thresholds; 3]> {
        let table = file.thresholds.get_ref();
        for (desk, given) in table {
            let t = given.get_ref();
            if !desk.is_assessed() {
                self.wrong(given, format!("desk `{desk}` is not assessed for itself and has no thresholds"));
            } else if !(0 < t.green && t.green < t.amber && t.amber < t.red) {
                self.wrong(given, format!("bands out of order at `{desk}`: 0 < green < amber < red"));
            }
        }
        let mut all = Vec::new();
        for desk in Desk::ASSESSED {
            match table.get(&desk).map(Spanned::get_ref) {
                Some(t) => all.push(Thresholds { red: t.red, amber: t.amber, green: t.green }),
                None => self.wrong(&file.thresholds, format!("no thresholds for desk `{desk}`")),
            }
        }
        all.try_into().ok()
    }

    fn limits(&mut self, file: &File) -> Option<LimitTable> {
        let limits = &file.limits;
        for (times, least, name) in [
            (&limits.decided_times, 1, "decided_times"),
            (&limits.told_times, *limits.decided_times.get_ref(), "told_times"),
            (&limits.share_hours, 1, "share_hours"),
        ] {
            if !(least..=1000).contains(times.get_ref()) {
                self.wrong(times, format!("{name} must be between {least} and 1000"));
            }
        }
        let table = limits.hours.get_ref();
        for (desk, given) in table {
            let h = given.get_ref();
            if *desk == Desk::Share {
                self.wrong(given, "the share desk has `share_hours`, whatever the band");
            } else if !(1 <= h.red
                && h.red <= h.amber
                && h.amber <= h.green
                && h.green <= h.blue
                && h.blue <= 8760)
            {
                self.wrong(
                    given,
                    format!("limits out of order at `{desk}`: 1 <= red <= amber <= green <= blue <= 8760"),
                );
            }
        }
        let mut hours = Vec::new();
        for desk in BANDED {
            match table.get(&desk).map(Spanned::get_ref) {
                Some(h) => hours.push([h.red, h.amber, h.green, h.blue]),
                None => self.wrong(&limits.hours, format!("no limits for desk `{desk}`")),
            }
        }
        Some(LimitTable {
            hours: hours.try_into().ok()?,
            share_hours: *limits.share_hours.get_ref(),
            decided_times: *limits.decided_times.get_ref(),
            told_times: *limits.told_times.get_ref(),
        })
    }

    fn questions(&mut self, file: &File, rules: &[Rule]) -> Vec<AskableQuestion> {
        let mut questions = Vec::new();
        for q in &file.questions {
            self.id(&q.id);
            self.said(&q.text);
            let fact = self.yes_no(&q.fact, q.fact.get_ref());
            let desks = self.desks(&q.desks);
            let matters = rules.iter().any(|rule| {
                let mut slots = Vec::new();
                rule.when.slots(&mut slots);
                rule.desks.meets(desks) && slots.contains(&fact)
            });
            if !matters {
                self.wrong(
                    &q.fact,
                    format!(
                        "unreachable: no rule at these desks uses `{}`, so its answer raises nothing",
                        q.fact.get_ref()
                    ),
                );
            }
            questions.push(AskableQuestion {
                text: q.text.get_ref().clone(),
                desks,
                kinds: q.kinds.clone(),
                fact,
                when: q.when.as_ref().map(|when| self.test(when)),
            });
        }
        questions
    }

    fn suggests(&mut self, file: &File) -> Vec<SuggestRule> {
        let mut suggests = Vec::new();
        for s in &file.suggests {
            use ppn_domain::Suggestion as S;
            if matches!(s.what.get_ref(), S::Share | S::NoResearch) {
                self.wrong(
                    &s.what,
                    format!("`{}` follows from the routing and the band, not from a rule", s.what.get_ref()),
                );
            }
            let when = s.when.as_ref().map(|when| self.test(when));
            if let Some(id) = &s.id {
                self.id(id);
            }
            if let Some(text) = &s.text {
                self.template(text, when.as_ref().unwrap_or(&Test::All(Vec::new())));
            }
            let criterion = match (&s.id, &s.text) {
                (Some(id), Some(text)) => Some((id.get_ref().clone(), text.get_ref().clone())),
                (None, None) => None,
                (Some(given), None) | (None, Some(given)) => {
                    self.wrong(given, "a criterion has both `id` and `text`".to_owned());
                    None
                }
            };
            suggests.push(SuggestRule {
                what: *s.what.get_ref(),
                criterion,
                desks: self.desks(&s.desks),
                when,
                band: s.band,
            });
        }
        suggests
    }

    /// Refuses rules that can never matter: a cluster whose floor one of its own parts sets already,
    /// and a rule that repeats another.
    fn without_effect(&mut self, rules: &[Rule], spans: &[Range<usize>]) {
        for (i, rule) in rules.iter().enumerate() {
            for (j, other) in rules.iter().enumerate() {
                if i == j {
                    continue;
                }
                let (Some(floor), None) = (rule.floor, rule.points) else { continue };
                let implied = match &rule.when {
                    Test::All(parts) => parts.contains(&other.when) || (i > j && rule.when == other.when),
                    _ => i > j && rule.when == other.when,
                };
                if implied
                    && other.desks.holds_all_of(rule.desks)
                    && other.floor.is_some_and(|band| band >= floor)
                {
                    let line = self.line(&spans[i]);
                    self.errors.push(PolicyError {
                        line,
                        reason: format!(
                            "unreachable: `{}` never matters, since `{}` sets that band already",
                            rule.id, other.id
                        ),
                    });
                }
            }
        }
    }

    pub(super) fn id(&mut self, id: &Spanned<String>) {
        let text = id.get_ref();
        let fits = !text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits {
            self.wrong(
                id,
                format!("`{text}` is no identifier: lower case, digits and underscores, at most 64"),
            );
        }
        if RESERVED.contains(&text.as_str()) {
            self.wrong(id, format!("`{text}` is the name of a reason that triage gives itself"));
        }
        let line = self.line(&id.span());
        if let Some(first) = self.ids.insert(text.clone(), line) {
            self.wrong(id, format!("duplicate id `{text}`: first on line {first}"));
        }
    }

    pub(super) fn said(&mut self, text: &Spanned<String>) {
        if text.get_ref().trim().is_empty() {
            self.wrong(text, "the text is blank");
        }
    }

    /// `{who}` stands for the parts of the people in the evidence, `{n}` for the number counted.
    fn template(&mut self, text: &Spanned<String>, when: &Test) {
        self.said(text);
        let mut slots = Vec::new();
        when.slots(&mut slots);
        let counts = slots.iter().any(|slot| registry().facts[self.used[*slot]].kind != FactKind::YesNo);
        for part in text.get_ref().split('{').skip(1) {
            match part.split_once('}').map(|(name, _)| name) {
                Some("who") => {}
                Some("n") if counts => {}
                Some("n") => self.wrong(text, "`{n}` needs a test with a number"),
                _ => self.wrong(
                    text,
                    "only `{who}` and `{n}` may stand in braces: a text names people by role alone",
                ),
            }
        }
    }

    fn points(&mut self, points: &Spanned<i32>) -> i32 {
        if !(1..=MOST_POINTS).contains(points.get_ref()) {
            self.wrong(points, format!("points must be between 1 and {MOST_POINTS}: nothing lowers"));
        }
        (*points.get_ref()).clamp(1, MOST_POINTS)
    }

    fn floor(&mut self, band: &Spanned<Band>) -> Band {
        if *band.get_ref() == Band::Blue {
            self.wrong(band, "unreachable: blue is the lowest band, so a floor of blue never matters");
        }
        *band.get_ref()
    }

    fn desks(&mut self, desks: &Spanned<Vec<Desk>>) -> DeskSet {
        if desks.get_ref().is_empty() {
            self.wrong(desks, "unreachable: no desk is named");
        }
        for desk in desks.get_ref().iter().filter(|desk| !desk.is_assessed()) {
            self.wrong(desks, format!("unreachable: desk `{desk}` is not assessed for itself"));
        }
        DeskSet::of(desks.get_ref())
    }

    pub(super) fn slot(&mut self, fact: usize) -> usize {
        self.used.iter().position(|used| *used == fact).unwrap_or_else(|| {
            self.used.push(fact);
            self.used.len() - 1
        })
    }

    fn known<T>(&mut self, at: &Spanned<T>, id: &str) -> Option<usize> {
        let found = registry().find(id);
        if found.is_none() {
            self.wrong(at, format!("unknown fact `{id}`: nearest is `{}`", registry().nearest(id)));
        }
        found
    }

    pub(super) fn yes_no<T>(&mut self, at: &Spanned<T>, id: &str) -> usize {
        let Some(fact) = self.known(at, id) else { return self.slot(0) };
        let kind = registry().facts[fact].kind;
        if kind != FactKind::YesNo {
            let test = if kind == FactKind::Count { "at_least" } else { "at_most" };
            self.wrong(at, format!("`{id}` is a number: test it with {{ fact = \"{id}\", {test} = ... }}"));
        }
        self.slot(fact)
    }

    fn test(&mut self, when: &Spanned<When>) -> Test {
        match when.get_ref() {
            When::Fact(id) => Test::Is(self.yes_no(when, id)),
            When::Table(table) => self.table(when, table),
        }
    }

    fn table(&mut self, at: &Spanned<When>, table: &WhenTable) -> Test {
        match table {
            WhenTable { all: Some(parts), any: None, fact: None, at_least: None, at_most: None } => {
                Test::All(self.parts(at, parts))
            }
            WhenTable { all: None, any: Some(parts), fact: None, at_least: None, at_most: None } => {
                Test::Any(self.parts(at, parts))
            }
            WhenTable { all: None, any: None, fact: Some(fact), at_least, at_most } => {
                self.number(fact, at_least.as_ref(), at_most.as_ref())
            }
            _ => {
                self.wrong(at, "a test has `all`, or `any`, or `fact` with `at_least` or `at_most`");
                Test::Any(Vec::new())
            }
        }
    }

    fn parts(&mut self, at: &Spanned<When>, parts: &[Spanned<When>]) -> Vec<Test> {
        if parts.is_empty() {
            self.wrong(at, "unreachable: the list of tests is empty");
        }
        parts.iter().map(|part| self.test(part)).collect()
    }

    fn number(
        &mut self,
        fact: &Spanned<String>,
        at_least: Option<&Spanned<u32>>,
        at_most: Option<&Spanned<u32>>,
    ) -> Test {
        let id = fact.get_ref();
        let Some(index) = self.known(fact, id) else { return Test::Any(Vec::new()) };
        let slot = self.slot(index);
        let entry = &registry().facts[index];
        match (entry.kind, at_least, at_most) {
            (FactKind::YesNo, None, None) => Test::Is(slot),
            (FactKind::Count, Some(least), None) => {
                let n = *least.get_ref();
                if n == 0 {
                    self.wrong(least, "at_least = 0 always holds");
                } else if entry.most.is_some_and(|most| n > most) {
                    self.wrong(
                        least,
                        format!("unreachable: `{id}` is never more than {}", entry.most.unwrap_or(0)),
                    );
                }
                Test::AtLeast(slot, n)
            }
            (FactKind::Days, None, Some(most)) => Test::AtMost(slot, *most.get_ref()),
            (FactKind::YesNo, ..) => {
                self.wrong(fact, format!("`{id}` is yes or no and takes no number"));
                Test::Is(slot)
            }
            // The other direction would let more of a harmful thing count for less.
            (FactKind::Count, ..) => {
                self.wrong(fact, format!("`{id}` is a count and takes `at_least` alone"));
                Test::Any(Vec::new())
            }
            (FactKind::Days, ..) => {
                self.wrong(fact, format!("`{id}` is a number of days and takes `at_most` alone"));
                Test::Any(Vec::new())
            }
        }
    }
}

/// Reasons that no policy rule gives.
pub(crate) const RESERVED: [&str; 2] = [crate::assess::LITTLE_KNOWN, crate::assess::OPEN_TO_SOCIAL_CARE];
