//! Figures: rounds, medians, spreads, and the table that they are printed in.

use std::fmt;
use std::time::Duration;

/// One measured run: how many a second, and how long single ones took.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Things done in a second.
    pub rate: f64,
    /// The middle time of one.
    pub p50: Duration,
    /// The time that one in a hundred exceeds.
    pub p99: Duration,
}

impl Round {
    /// From the time of each request and of the whole run, where each request did `each` things.
    pub fn of(mut times: Vec<Duration>, whole: Duration, each: usize) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
            times.get(place).copied().unwrap_or_default()
        };
        Self { rate: as_float(times.len() * each) / whole.as_secs_f64(), p50: at(50), p99: at(99) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark stay far below 2^52")]
fn as_float(count: usize) -> f64 {
    count as f64
}

/// The middle of several rounds, with the least and the greatest.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

impl Spread {
    /// Of one value a round.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        Self { median: at(values.len() / 2), least: at(0), greatest: at(values.len().saturating_sub(1)) }
    }
}

/// What performance must reach, and what it aims at.
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    /// The must.
    pub must: f64,
    /// The aim.
    pub aim: f64,
    /// A ratio of times, where less is better.
    pub less_is_better: bool,
}

impl Bar {
    /// A bar that more clears.
    pub const fn at_least(must: f64, aim: f64) -> Self {
        Self { must, aim, less_is_better: false }
    }

    /// A bar that less clears.
    pub const fn at_most(must: f64, aim: f64) -> Self {
        Self { must, aim, less_is_better: true }
    }

    fn verdict(self, value: f64) -> &'static str {
        let reached = |bar: f64| if self.less_is_better { value <= bar } else { value >= bar };
        if reached(self.aim) {
            "aim met"
        } else if reached(self.must) {
            "must met"
        } else {
            "NOT MET"
        }
    }
}

/// All rounds of one figure.
#[derive(Debug, Clone, Default)]
pub struct Series(pub Vec<Round>);

impl Series {
    /// The rate over the rounds.
    pub fn rate(&self) -> Spread {
        Spread::of(self.0.iter().map(|r| r.rate))
    }

    fn times(&self, of: impl Fn(&Round) -> Duration) -> Spread {
        Spread::of(self.0.iter().map(|r| of(r).as_secs_f64() * 1000.0))
    }

    /// The rate of each round over that of another series in the same round.
    pub fn rate_over(&self, other: &Self) -> Spread {
        Spread::of(self.0.iter().zip(&other.0).map(|(a, b)| a.rate / b.rate))
    }

    /// The middle time of each round over that of another series in the same round.
    pub fn p50_over(&self, other: &Self) -> Spread {
        Spread::of(self.0.iter().zip(&other.0).map(|(a, b)| a.p50.as_secs_f64() / b.p50.as_secs_f64()))
    }
}

/// A Markdown table, its columns as wide as what stands in them.
#[derive(Debug, Default)]
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// With these headings.
    pub fn new(headings: &[&str]) -> Self {
        Self(vec![headings.iter().map(|&h| h.to_owned()).collect()])
    }

    /// Adds a figure, with its ratio to the raw one where it has one.
    pub fn figure(
        &mut self,
        what: &str,
        clients: &str,
        series: &Series,
        ratio: Option<(Spread, Option<Bar>)>,
    ) {
        let rate = series.rate();
        let mut row = vec![
            what.to_owned(),
            clients.to_owned(),
            format!("{:.0} ({:.0} to {:.0})", rate.median, rate.least, rate.greatest),
            format!("{:.2}", series.times(|r| r.p50).median),
            format!("{:.2}", series.times(|r| r.p99).median),
        ];
        row.extend(ratio_cells(ratio));
        self.0.push(row);
    }

    /// Adds a ratio between two figures.
    pub fn ratio(&mut self, what: &str, ratio: Spread, bar: Option<Bar>) {
        let mut row = vec![what.to_owned()];
        row.extend(ratio_cells(Some((ratio, bar))));
        self.0.push(row);
    }
}

fn ratio_cells(ratio: Option<(Spread, Option<Bar>)>) -> [String; 3] {
    let Some((ratio, bar)) = ratio else { return Default::default() };
    let said = format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.least, ratio.greatest);
    match bar {
        None => [said, String::new(), String::new()],
        Some(bar) => {
            let sign = if bar.less_is_better { "at most " } else { "" };
            [said, format!("{sign}{} / {}", bar.must, bar.aim), bar.verdict(ratio.median).to_owned()]
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.0.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns)
            .map(|c| {
                self.0.iter().filter_map(|row| row.get(c)).map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        for (n, row) in self.0.iter().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                write!(f, "| {cell:<width$} ")?;
            }
            writeln!(f, "|")?;
            if n == 0 {
                for width in &widths {
                    write!(f, "|{}", "-".repeat(width + 2))?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}
