//! Suggested points for a policy, from what people found.
//!
//! For each desk a logistic regression of "found high" on the rules that fired. A rule has one
//! number of points for all its desks, so the weights of the desks are put together by how much
//! each desk can tell, and scaled so that the average notice keeps its total: bands begin where
//! they began. Nothing applies itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Band, Desk, Rank};
use ppn_triage::Policy;
use ppn_triage::explain::{Entry, bands_begin, entries};
use rand::rngs::ChaCha12Rng;
use rand::seq::SliceRandom as _;
use rand::{RngExt, SeedableRng};
use serde::Serialize;
use thiserror::Error;

use crate::auc::auc;
use crate::groups::Attribute;
use crate::interval::{Estimate, quantile, real};
use crate::logistic::{self, Sample, Weights};
use crate::rows::Row;

/// Fewer outcomes than this are too few to fit.
pub const FEWEST_OUTCOMES: usize = 300;
/// Fewer found highs than this are too few to fit.
pub const FEWEST_HIGHS: usize = 30;
/// A desk with fewer found highs than this, or fewer others, is left out of the fit.
pub const FEWEST_AT_DESK: usize = 10;
/// A rule that fired at a desk fewer times than this gets no suggestion from that desk.
pub const FEWEST_FIRED: usize = 20;
/// The order of a policy is measured on parts that its fit did not see: so many of them.
pub const FOLDS: usize = 5;
/// The most points that a policy may give a rule.
const MOST_POINTS: f64 = 1000.0;

/// How a fit draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FitOptions {
    /// The seed: the same rows and seed give the same report.
    pub seed: u64,
    /// Resamples behind each interval.
    pub resamples: usize,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { seed: 1, resamples: 200 }
    }
}

/// Why nothing is suggested.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FitError {
    /// Too few outcomes, or too few found highs among them.
    #[error(
        "too few to fit: {outcomes} found outcomes, of them {highs} found high; it takes {FEWEST_OUTCOMES} and {FEWEST_HIGHS}"
    )]
    TooFew {
        /// Notices with an outcome.
        outcomes: usize,
        /// Of them found high.
        highs: usize,
    },
    /// No rule can be told apart.
    #[error(
        "nothing to fit: no rule with points fired {FEWEST_FIRED} times at a desk with {FEWEST_AT_DESK} found highs"
    )]
    NothingFired,
}

/// What a fit suggests, and how much better it orders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fitted {
    /// Notices with an outcome.
    pub outcomes: usize,
    /// Of them found high.
    pub highs: usize,
    /// Each desk that has outcomes.
    pub desks: Vec<DeskFit>,
    /// A suggestion for each rule that could be told apart, the largest first.
    pub suggestions: Vec<Suggested>,
    /// Rules with points that fired too seldom to say anything of: they keep theirs.
    pub too_seldom: Vec<String>,
    /// How often the order puts a found high before one that is not.
    pub order: Vec<OrderOf>,
}

/// One desk of a fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeskFit {
    /// The desk.
    pub desk: Desk,
    /// Items with an outcome.
    pub items: usize,
    /// Of them found high.
    pub highs: usize,
    /// Whether it had enough to be fitted.
    pub fitted: bool,
}

/// Suggested points of one rule beside the present ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggested {
    /// The rule.
    pub rule: String,
    /// Its name for people.
    pub label: Option<String>,
    /// Items that it fired for.
    pub fired: usize,
    /// Of them found high.
    pub fired_high: usize,
    /// The points that it has.
    pub present: i32,
    /// The points suggested, never below 1.
    pub points: i32,
    /// The lower end of the 95 % interval.
    pub low: i32,
    /// The upper end.
    pub high: i32,
}

impl Suggested {
    /// Whether the interval holds the present points: then the outcomes say nothing against them.
    pub const fn holds_present(&self) -> bool {
        self.low <= self.present && self.present <= self.high
    }
}

/// How well an order is told for some of the items: band first, then points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OrderOf {
    /// Which items.
    pub of: Slice,
    /// How many notices.
    pub items: usize,
    /// Of them found high.
    pub highs: usize,
    /// The area under the curve with the present points; `None` where too few were found either way.
    pub present: Option<Estimate>,
    /// The same with points fitted to other notices than those measured.
    pub fitted: Option<Estimate>,
}

/// The items that an order is measured over: each notice once, at the desk of its own
/// kind, else at the first that it stands at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Slice {
    /// All of them.
    All,
    /// Those of one kind.
    Kind(NoticeKind),
    /// Those about somebody of a group.
    Group(Attribute, &'static str),
}

/// Fits the points of a policy to what people found.
///
/// # Errors
/// Where there are too few outcomes or found highs, or no rule can be told apart.
pub fn fit(rows: &[Row], policy: &Policy, options: FitOptions) -> Result<Fitted, FitError> {
    let notices: BTreeSet<usize> = rows.iter().map(|row| row.notice).collect();
    let high: BTreeSet<usize> = rows.iter().filter(|row| row.high).map(|row| row.notice).collect();
    let (outcomes, highs) = (notices.len(), high.len());
    if outcomes < FEWEST_OUTCOMES || highs < FEWEST_HIGHS {
        return Err(FitError::TooFew { outcomes, highs });
    }
    let entries = entries(policy);
    let fitting = Fitting::new(rows, &entries);
    let every: Vec<usize> = (0..rows.len()).collect();
    let starts = fitting.weights(&every, &[None, None, None]);
    let points = fitting.points(&every, &starts).ok_or(FitError::NothingFired)?;

    let numbers: Vec<usize> = notices.into_iter().collect();
    let rows_of = by_notice(rows);
    let mut rng = ChaCha12Rng::seed_from_u64(options.seed);
    let mut drawn: Vec<Vec<f64>> = vec![Vec::new(); fitting.rules.len()];
    for _ in 0..options.resamples {
        let sample: Vec<usize> = (0..numbers.len())
            .flat_map(|_| rows_of[&numbers[rng.random_range(0..numbers.len())]].iter().copied())
            .collect();
        let Some(points) = fitting.points(&sample, &fitting.weights(&sample, &starts)) else { continue };
        for (drawn, points) in drawn.iter_mut().zip(points) {
            drawn.extend(points);
        }
    }
    let mut suggestions: Vec<Suggested> = fitting
        .rules
        .iter()
        .zip(points.iter().zip(drawn))
        .filter_map(|(rule, (points, drawn))| rule.suggested(rows, (*points)?, drawn))
        .collect();
    suggestions.sort_by(|a, b| b.points.cmp(&a.points).then_with(|| a.rule.cmp(&b.rule)));
    let too_seldom = fitting
        .rules
        .iter()
        .zip(&points)
        .filter(|(_, points)| points.is_none())
        .map(|(rule, _)| rule.id.to_owned());
    Ok(Fitted {
        outcomes,
        highs,
        desks: fitting.desks(&starts),
        too_seldom: too_seldom.collect(),
        order: order(rows, &held_out(&fitting, policy, numbers, &rows_of, &mut rng), options),
        suggestions,
    })
}

impl Fitted {
    /// The points of every suggestion, as [`crate::propose`] takes them.
    pub fn points(&self) -> BTreeMap<String, i32> {
        self.suggestions.iter().map(|s| (s.rule.clone(), s.points)).collect()
    }
}

/// A rule with points.
struct Rule<'e> {
    id: &'e str,
    label: Option<&'e str>,
    present: i32,
}

impl Rule<'_> {
    fn suggested(&self, rows: &[Row], points: f64, mut drawn: Vec<f64>) -> Option<Suggested> {
        drawn.sort_unstable_by(f64::total_cmp);
        let fired: Vec<&Row> = rows.iter().filter(|row| row.fired.iter().any(|id| id == self.id)).collect();
        let suggested = whole(points);
        let low = quantile(&drawn, 0.025).map_or(suggested, whole).min(suggested);
        let high = quantile(&drawn, 0.975).map_or(suggested, whole).max(suggested);
        (!fired.is_empty()).then(|| Suggested {
            rule: self.id.to_owned(),
            label: self.label.map(str::to_owned),
            fired: fired.len(),
            fired_high: fired.iter().filter(|row| row.high).count(),
            present: self.present,
            points: suggested,
            low,
            high,
        })
    }
}

/// The rows as the regression takes them.
struct Fitting<'r> {
    rows: &'r [Row],
    rules: Vec<Rule<'r>>,
    /// For each row the rules with points that fired, by place in `rules`.
    scored: Vec<Vec<usize>>,
    desks: Vec<DeskRows>,
}

/// One desk: its features are the rules that fired there often enough, those without points too,
/// since what they tell would else be put down to the rules that fire with them.
struct DeskRows {
    desk: Desk,
    fitted: bool,
    items: usize,
    highs: usize,
    /// For each row of all the features that it has; empty for rows of other desks.
    features: Vec<Vec<usize>>,
    count: usize,
    /// The feature of each rule with points.
    feature_of: Vec<Option<usize>>,
}

impl<'r> Fitting<'r> {
    fn new(rows: &'r [Row], entries: &'r [Entry]) -> Self {
        let rules: Vec<Rule<'r>> = entries
            .iter()
            .filter_map(|e| Some(Rule { id: &e.id, label: e.label.as_deref(), present: e.points? }))
            .collect();
        let places: HashMap<&str, usize> = rules.iter().enumerate().map(|(i, rule)| (rule.id, i)).collect();
        let scored = rows
            .iter()
            .map(|row| row.fired.iter().filter_map(|id| places.get(id.as_str()).copied()).collect())
            .collect();
        let desks = Desk::ASSESSED.iter().map(|desk| DeskRows::new(*desk, rows, &rules)).collect();
        Self { rows, rules, scored, desks }
    }

    /// The weights of each desk on some of the rows; `None` for a desk that has too few.
    fn weights(&self, of: &[usize], starts: &[Option<Weights>]) -> Vec<Option<Weights>> {
        self.desks
            .iter()
            .zip(starts)
            .map(|(desk, start)| {
                if !desk.fitted {
                    return None;
                }
                let rows = of.iter().filter(|row| self.rows[**row].desk == desk.desk);
                let rows = rows.map(|row| (desk.features[*row].as_slice(), self.rows[*row].high)).collect();
                logistic::fit(&Sample { features: desk.count, rows }, start.as_ref())
            })
            .collect()
    }

    /// The weights in the policy's own units, for each rule with points; `None` for a rule that
    /// fired too seldom, and altogether where no rule is left.
    fn points(&self, of: &[usize], weights: &[Option<Weights>]) -> Option<Vec<Option<f64>>> {
        let mut sums = vec![(0.0, 0.0); self.rules.len()];
        for (desk, weights) in self.desks.iter().zip(weights) {
            let Some(weights) = weights else { continue };
            let mut told = vec![0.0; desk.count];
            for row in of.iter().filter(|row| self.rows[**row].desk == desk.desk) {
                let chance = weights.chance(&desk.features[*row]);
                for feature in &desk.features[*row] {
                    told[*feature] += chance * (1.0 - chance);
                }
            }
            for (sum, feature) in sums.iter_mut().zip(&desk.feature_of) {
                if let Some(feature) = feature {
                    sum.0 += told[*feature] * weights.weights[*feature];
                    sum.1 += told[*feature];
                }
            }
        }
        let pooled: Vec<Option<f64>> =
            sums.into_iter().map(|(sum, told)| (told > 0.0).then(|| (sum / told).max(0.0))).collect();
        let scale = self.scale(of, &pooled)?;
        Some(pooled.iter().map(|weight| weight.map(|w| (w * scale).clamp(1.0, MOST_POINTS))).collect())
    }

    /// What turns a weight into points such that these rules give the rows as many as they do now.
    fn scale(&self, of: &[usize], pooled: &[Option<f64>]) -> Option<f64> {
        let mut fired = vec![0_usize; self.rules.len()];
        for row in of {
            for rule in &self.scored[*row] {
                fired[*rule] += 1;
            }
        }
        let known = || {
            let rules = self.rules.iter().zip(&fired).zip(pooled);
            rules.filter_map(|((rule, fired), weight)| Some((rule, real(*fired), (*weight)?)))
        };
        let present: f64 = known().map(|(rule, fired, _)| fired * f64::from(rule.present)).sum();
        let total = |scale: f64| -> f64 {
            known().map(|(_, fired, weight)| fired * (weight * scale).clamp(1.0, MOST_POINTS)).sum()
        };
        if known().all(|(_, _, weight)| weight <= 0.0) {
            return None;
        }
        // The total never falls as the scale rises, so halving finds it.
        let (mut low, mut high) = (0.0, 1.0);
        while total(high) < present && high < 1e9 {
            high *= 2.0;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if total(middle) < present { low = middle } else { high = middle }
        }
        Some(high)
    }

    fn desks(&self, weights: &[Option<Weights>]) -> Vec<DeskFit> {
        self.desks
            .iter()
            .zip(weights)
            .filter(|(desk, _)| desk.items > 0)
            .map(|(desk, weights)| DeskFit {
                desk: desk.desk,
                items: desk.items,
                highs: desk.highs,
                fitted: weights.is_some(),
            })
            .collect()
    }

    /// The points that a row would have.
    fn total(&self, row: usize, points: &[Option<f64>]) -> i32 {
        let each = |rule: &usize| points[*rule].map_or(self.rules[*rule].present, whole);
        self.scored[row].iter().map(each).fold(0, i32::saturating_add)
    }
}

impl DeskRows {
    fn new(desk: Desk, rows: &[Row], rules: &[Rule<'_>]) -> Self {
        let mut fired: BTreeMap<&str, usize> = BTreeMap::new();
        for id in rows.iter().filter(|row| row.desk == desk).flat_map(|row| &row.fired) {
            *fired.entry(id).or_default() += 1;
        }
        let places: HashMap<&str, usize> = fired
            .into_iter()
            .filter(|(_, times)| *times >= FEWEST_FIRED)
            .enumerate()
            .map(|(place, (id, _))| (id, place))
            .collect();
        let features = rows
            .iter()
            .map(|row| {
                let fired = row.fired.iter().filter(|_| row.desk == desk);
                fired.filter_map(|id| places.get(id.as_str()).copied()).collect()
            })
            .collect();
        let items = rows.iter().filter(|row| row.desk == desk).count();
        let highs = rows.iter().filter(|row| row.desk == desk && row.high).count();
        Self {
            desk,
            fitted: highs.min(items - highs) >= FEWEST_AT_DESK && !places.is_empty(),
            items,
            highs,
            features,
            count: places.len(),
            feature_of: rules.iter().map(|rule| places.get(rule.id).copied()).collect(),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to what a policy may give")]
fn whole(points: f64) -> i32 {
    points.round().clamp(1.0, MOST_POINTS) as i32
}

fn by_notice(rows: &[Row]) -> HashMap<usize, Vec<usize>> {
    let mut rows_of: HashMap<usize, Vec<usize>> = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        rows_of.entry(row.notice).or_default().push(place);
    }
    rows_of
}

/// The rank of each row under points that were fitted to other notices.
fn held_out(
    fitting: &Fitting<'_>,
    policy: &Policy,
    mut numbers: Vec<usize>,
    rows_of: &HashMap<usize, Vec<usize>>,
    rng: &mut ChaCha12Rng,
) -> Vec<Rank> {
    numbers.shuffle(rng);
    let mut ranks: Vec<Rank> = fitting.rows.iter().map(|row| row.rank).collect();
    for fold in 0..FOLDS {
        let part = |inside: bool| -> Vec<usize> {
            let notices = numbers.iter().enumerate().filter(|(i, _)| (i % FOLDS == fold) == inside);
            notices.flat_map(|(_, notice)| rows_of[notice].iter().copied()).collect()
        };
        let others = part(false);
        let Some(points) = fitting.points(&others, &fitting.weights(&others, &[None, None, None])) else {
            continue;
        };
        for row in part(true) {
            let score = fitting.total(row, &points);
            ranks[row] = Rank { band: band(policy, &fitting.rows[row], score), score };
        }
    }
    ranks
}

/// The band with other points: floors stand, and so does what keeps an item from blue.
fn band(policy: &Policy, row: &Row, score: i32) -> Band {
    let by_points = bands_begin(policy, row.desk).map_or(Band::Green, |begin| begin.band(score));
    let lowest = if row.rank.band == Band::Blue { Band::Blue } else { Band::Green };
    by_points.max(row.floor).max(lowest)
}

fn order(rows: &[Row], fitted: &[Rank], options: FitOptions) -> Vec<OrderOf> {
    let elsewhere = |row: &Row| row.desk != Desk::of_kind(row.kind);
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let kept = first.entry(row.notice).or_insert(place);
        if (elsewhere(row), row.desk) < (elsewhere(&rows[*kept]), rows[*kept].desk) {
            *kept = place;
        }
    }
    let measured = |of: Slice| -> OrderOf {
        let among = |place: &&usize| match &of {
            Slice::All => true,
            Slice::Kind(kind) => rows[**place].kind == *kind,
            Slice::Group(attribute, group) => {
                rows[**place].people.iter().any(|person| person.group(*attribute) == *group)
            }
        };
        let places: Vec<usize> = first.values().filter(among).copied().collect();
        let area = |rank: &dyn Fn(usize) -> Rank| {
            let items: Vec<(Rank, bool)> = places.iter().map(|p| (rank(*p), rows[*p].high)).collect();
            auc(&items, options.resamples, options.seed)
        };
        OrderOf {
            items: places.len(),
            highs: places.iter().filter(|place| rows[**place].high).count(),
            present: area(&|place| rows[place].rank),
            fitted: area(&|place| fitted[place]),
            of,
        }
    };
    let groups = Attribute::ALL
        .iter()
        .flat_map(|attribute| attribute.groups().iter().map(|group| Slice::Group(*attribute, group)));
    let slices =
        [Slice::All].into_iter().chain(NoticeKind::ALL.iter().copied().map(Slice::Kind)).chain(groups);
    slices.map(measured).filter(|order| order.items > 0).collect()
}
