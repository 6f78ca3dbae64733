//! How well triage orders a population whose truth is known: `make evaluate`.
//!
//! Arguments: how many notices (20,000 unless given), the seed (1 unless given), and a policy file
//! (the default policy unless given).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;

use ppn_demo::{Level, Truthful, population};
use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Band, Desk, Notice, Timestamp};
use ppn_triage::linking::{People, PersonIndex};
use ppn_triage::{CueDecisions, DEFAULT_POLICY, DeskAssessment, Linked, Policy, Ranking, Trace, Web, assess};

/// The moment before which everything was submitted.
const AS_OF: &str = "2022-05-20T08:00:00Z";

/// What is kept of a notice.
struct Case {
    kind: NoticeKind,
    level: Level,
    found: Band,
    story: &'static str,
    grade: Option<Grade>,
    /// As ranked at the desk of its own kind.
    given: Option<(Band, i32)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let size = arguments.next().map_or(Ok(20_000), |n| n.parse())?;
    let seed = arguments.next().map_or(Ok(1), |n| n.parse())?;
    let text = arguments.next().map_or(Ok(DEFAULT_POLICY.to_owned()), std::fs::read_to_string)?;
    let policy = Policy::from_toml(&text)?;

    let mut cases: HashMap<String, Case> = HashMap::with_capacity(size);
    let mut ranking = Ranking::new(&policy, ppn_ingestion::profiles);
    let mut arrivals = Arrivals::default();
    for Truthful { notice, level, found, story, .. } in
        population(seed, size, Timestamp::parse_rfc3339(AS_OF)?)
    {
        ranking.add(&notice);
        arrivals.add(&notice);
        let case = Case { kind: notice.kind, level, found, story, grade: notice.officer_grade, given: None };
        cases.insert(notice.reference, case);
    }
    for item in ranking.into_items() {
        if let Some(case) = cases.get_mut(&item.reference)
            // Domestic abuse of somebody under 16 has its item at the child desk alone.
            && (item.desk == Desk::of_kind(case.kind) || case.given.is_none())
        {
            case.given = Some((item.band, item.score));
        }
    }
    let all: Vec<&Case> = cases.values().collect();
    println!("{} notices, seed {seed}; 95 % intervals in brackets\n", all.len());
    println!("At the desk of each notice's own kind, %:");
    println!(
        "{:16}{:>7}{:>7}{:>7}{:>7}{:>7}   truth: red amber green blue",
        "kind", "n", "red", "amber", "green", "blue"
    );
    for (name, of) in groups(&all) {
        let share = |band: Band| percent(of.iter().filter(|c| c.band() == Some(band)).count(), of.len());
        let truth = |band: Band| percent(of.iter().filter(|c| c.found == band).count(), of.len());
        println!(
            "{name:16}{:>7}{:>7.1}{:>7.1}{:>7.1}{:>7.1}        {:>6.1}{:>6.1}{:>6.1}{:>5.1}",
            of.len(),
            share(Band::Red),
            share(Band::Amber),
            share(Band::Green),
            share(Band::Blue),
            truth(Band::Red),
            truth(Band::Amber),
            truth(Band::Green),
            truth(Band::Blue)
        );
    }
    println!("\nAUC of the order (band, then score), and of the officer's grade where there is one:");
    println!("{:16}{:>22}{:>22}{:>22}{:>22}", "kind", "red or amber", "officer", "red", "officer");
    for (name, of) in groups(&all) {
        let given = |c: &Case| c.given.map(|(band, score)| (3 - band.position(), score));
        let grade = |c: &Case| c.grade.map(|g| (Grade::ALL.iter().position(|o| *o == g), 0));
        println!(
            "{name:16}{:>22}{:>22}{:>22}{:>22}",
            auc(&of, |c| c.found >= Band::Amber, given),
            auc(&of, |c| c.found >= Band::Amber, grade),
            auc(&of, |c| c.found == Band::Red, given),
            auc(&of, |c| c.found == Band::Red, grade)
        );
    }
    println!("\nOf the truly red, %; and of the truly green or blue, %:");
    println!(
        "{:16}{:>24}{:>24}{:>24}{:>24}",
        "kind", "not red or amber", "critical among them", "not red", "low: given red"
    );
    for (name, of) in groups(&all) {
        let red: Vec<_> = of.iter().copied().filter(|c| c.found == Band::Red).collect();
        let critical: Vec<_> = red.iter().copied().filter(|c| c.level == Level::Critical).collect();
        let low: Vec<_> = of.iter().copied().filter(|c| c.found.is_low()).collect();
        println!(
            "{name:16}{:>24}{:>24}{:>24}{:>24}",
            share(&red, |c| c.band() < Some(Band::Amber)),
            share(&critical, |c| c.band() < Some(Band::Amber)),
            share(&red, |c| c.band() < Some(Band::Red)),
            share(&low, |c| c.band() == Some(Band::Red))
        );
    }
    println!("\nTruly red and given green or blue, by what they are about:");
    let mut missed: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for case in all.iter().filter(|c| c.found == Band::Red) {
        let of = missed.entry(case.story).or_default();
        of.1 += 1;
        of.0 += usize::from(case.band() < Some(Band::Amber));
    }
    for (story, (missed, of)) in missed {
        println!("{story:24}{missed:>6} of {of:>5}");
    }
    arrivals.reds(&policy, &cases).print();
    Ok(())
}

impl Case {
    fn band(&self) -> Option<Band> {
        self.given.map(|(band, _)| band)
    }
}

/// Each kind, and all.
fn groups<'a>(all: &[&'a Case]) -> Vec<(&'static str, Vec<&'a Case>)> {
    let of = |kind| all.iter().copied().filter(|c| c.kind == kind).collect();
    vec![
        ("child", of(NoticeKind::Child)),
        ("adult", of(NoticeKind::Adult)),
        ("domestic abuse", of(NoticeKind::DomesticAbuse)),
        ("all", all.to_vec()),
    ]
}

fn number(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

fn percent(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { number(part) * 100.0 / number(of) }
}

/// A share in percent with its Wilson interval.
fn share(of: &[&Case], wanted: impl Fn(&Case) -> bool) -> String {
    if of.is_empty() {
        return "-".to_owned();
    }
    let (n, z) = (number(of.len()), 1.96);
    let p = number(of.iter().filter(|c| wanted(c)).count()) / n;
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    format!("{:.1} [{:.1}, {:.1}]", p * 100.0, (centre - half) * 100.0, (centre + half) * 100.0)
}

/// The middle rank of each value among all: ties share theirs.
fn ranks<K: Ord>(values: &[K]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        for i in tied {
            ranks[*i] = number(before) + f64::midpoint(number(tied.len()), 1.0);
        }
        before += tied.len();
    }
    ranks
}

/// The area under the curve by Mann and Whitney, with the interval of `DeLong`.
fn auc<K: Ord + Clone>(
    of: &[&Case],
    wanted: impl Fn(&Case) -> bool,
    key: impl Fn(&Case) -> Option<K>,
) -> String {
    let keyed: Vec<(bool, K)> = of.iter().filter_map(|c| Some((wanted(c), key(c)?))).collect();
    let all: Vec<K> = keyed.iter().map(|(_, k)| k.clone()).collect();
    let (among_all, mut placed) = (ranks(&all), [Vec::new(), Vec::new()]);
    for side in [true, false] {
        let own: Vec<K> = keyed.iter().filter(|(is, _)| *is == side).map(|(_, k)| k.clone()).collect();
        let others = number(all.len() - own.len());
        let here = keyed.iter().zip(&among_all).filter(|((is, _), _)| *is == side).map(|(_, rank)| rank);
        // The share of the other side that is below.
        placed[usize::from(side)] =
            here.zip(ranks(&own)).map(|(rank, among_own)| (rank - among_own) / others).collect::<Vec<f64>>();
    }
    let [rest, wanted] = placed;
    if rest.len() < 2 || wanted.len() < 2 {
        return "-".to_owned();
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / number(of.len());
    let spread = |of: &[f64]| {
        let m = mean(of);
        of.iter().map(|x| (x - m).powi(2)).sum::<f64>() / number(of.len() - 1) / number(of.len())
    };
    let half = 1.96 * (spread(&wanted) + spread(&rest)).sqrt();
    let area = mean(&wanted);
    format!("{area:.3} [{:.3}, {:.3}]", (area - half).max(0.0), (area + half).min(1.0))
}

/// Red items of each desk, and the rules that made them so.
#[derive(Default)]
struct Reds(BTreeMap<Desk, (usize, usize, BTreeMap<String, Rule>)>);

/// What a rule made red.
#[derive(Default)]
struct Rule {
    items: usize,
    truly: usize,
    /// Items that no other rule made red.
    alone: usize,
    truly_alone: usize,
}

impl Reds {
    fn count(&mut self, item: &DeskAssessment, is_truly_red: bool) {
        let (items, red, rules) = self.0.entry(item.desk).or_default();
        *items += 1;
        let item = &item.assessment;
        if item.rank.band != Band::Red {
            return;
        }
        *red += 1;
        let mut floors: Vec<&str> = item
            .reasons
            .iter()
            .filter(|reason| reason.floor == Some(Band::Red))
            .map(|reason| reason.rule.as_str())
            .collect();
        if floors.is_empty() {
            floors.push("(points alone)");
        }
        let (is_alone, truly) = (usize::from(floors.len() == 1), usize::from(is_truly_red));
        for floor in floors {
            let rule = rules.entry(floor.to_owned()).or_default();
            rule.items += 1;
            rule.truly += truly;
            rule.alone += is_alone;
            rule.truly_alone += is_alone * truly;
        }
    }

    fn print(&self) {
        for (desk, (items, red, rules)) in self.0.iter().filter(|(desk, _)| desk.is_assessed()) {
            println!(
                "\n{desk}: {red} of {items} items red on arrival ({:.1} %), by rule:",
                percent(*red, *items)
            );
            let mut by_count: Vec<_> = rules.iter().collect();
            by_count.sort_by_key(|(_, rule)| std::cmp::Reverse(rule.items));
            println!(
                "{:40}{:>6}{:>12}{:>14}{:>8}{:>14}",
                "", "items", "% of items", "truly red, %", "alone", "truly red, %"
            );
            for (name, rule) in by_count {
                println!(
                    "{name:40}{:>6}{:>12.1}{:>14.1}{:>8}{:>14.1}",
                    rule.items,
                    percent(rule.items, *items),
                    percent(rule.truly, rule.items),
                    rule.alone,
                    percent(rule.truly_alone, rule.alone)
                );
            }
        }
    }
}

/// Notices in the order in which they came, to be assessed each with what was known then: what
/// comes later moves a notice that still waits, and is no part of the share of arrivals that are red.
#[derive(Default)]
struct Arrivals {
    people: People,
    notices: Vec<(Notice, PersonIndex)>,
    seen: HashSet<String>,
}

impl Arrivals {
    fn add(&mut self, notice: &Notice) {
        // The first revision is the one that arrives.
        if self.seen.insert(notice.reference.clone()) {
            let first = self.people.add(&ppn_ingestion::profiles(notice));
            self.notices.push((notice.clone(), first));
        }
    }

    fn reds(mut self, policy: &Policy, cases: &HashMap<String, Case>) -> Reds {
        let received = |notice: &Notice| notice.submitted_at.unwrap_or(Timestamp::MIN);
        let each = |(notice, _): &(Notice, PersonIndex)| vec![received(notice); notice.persons.len()];
        let at: Vec<Timestamp> = self.notices.iter().flat_map(each).collect();
        self.people.settle(policy.linking(), |mention| at.get(mention as usize).copied());
        let people = &self.people;
        let linked = self.notices.iter().map(|(notice, first)| {
            let received = notice.submitted_at.unwrap_or(Timestamp::MIN);
            let of = (*first..).take(notice.persons.len()).map(|at| people.person(at));
            let of: Vec<PersonIndex> = of.collect();
            Linked {
                reference: notice.reference.clone(),
                ask: notice.is_restricted().then(|| "a supervisor".to_owned()),
                received,
                trace: Trace::of(policy, notice, received, &CueDecisions::NONE),
                possible: (0_u16..)
                    .zip(&of)
                    .flat_map(|(at, person)| people.may_be(*person).map(move |other| (at, other)))
                    .collect(),
                people: of,
            }
        });
        let linked = linked.collect();
        let web = Web::new(linked, self.people.into_homes());
        let mut reds = Reds::default();
        for (at, (notice, _)) in self.notices.iter().enumerate() {
            let received = notice.submitted_at.unwrap_or(Timestamp::MIN);
            let is_truly_red = cases.get(&notice.reference).is_some_and(|case| case.found == Band::Red);
            for item in assess(policy, notice, received, &web.history_on_arrival(at)) {
                reds.count(&item, is_truly_red);
            }
        }
        reds
    }
}
