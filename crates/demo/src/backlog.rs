//! The backlog of one morning, and the ninety days before it.

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Notice, Span, Timestamp};

use crate::clockwork::moment_between;
use crate::generator::Generator;
use crate::households::{Household, Phones};
use crate::level::Level;
use crate::narrative::{Spec, spec_of, specs};
use crate::patterns::{PATTERNS, Pattern};
use crate::report::Brief;

/// Notices that wait, and the earlier ones that were already worked.
#[derive(Debug, Clone)]
pub struct Backlog {
    /// Waiting, the three kinds mixed, in order of submission.
    pub waiting: Vec<Notice>,
    /// Ninety days of notices before those, already worked, in order of submission.
    pub history: Vec<Notice>,
}

/// A notice to be made.
struct Slot {
    at: Timestamp,
    kind: NoticeKind,
    waiting: bool,
    /// The pattern, and which notice of its series this is; the last is the one that waits.
    pattern: Option<(usize, u32)>,
    /// The theme, where it must be this one.
    theme: Option<&'static Spec>,
}

/// The report's shape: 342 child, 277 adult and 443 domestic abuse notices waiting.
///
/// The oldest is six to seventeen days old. The same seed and moment give the same notices.
pub fn backlog(seed: u64, as_of: Timestamp) -> Backlog {
    backlog_of(seed, as_of, 342, 277, 443)
}

/// A backlog with other counts; its history grows with it.
///
/// The patterns that a demonstration shows are among the waiting notices as far as there is room.
pub fn backlog_of(seed: u64, as_of: Timestamp, child: usize, adult: usize, domestic_abuse: usize) -> Backlog {
    let mut world = Generator::new(seed, 1, Phones::Once);
    let counts =
        [(NoticeKind::Child, child), (NoticeKind::Adult, adult), (NoticeKind::DomesticAbuse, domestic_abuse)];
    let oldest = as_of - Span::hours(world.dice().between(10 * 24, 17 * 24));
    let mut slots = Vec::new();
    for (kind, count) in counts {
        // Each desk works at its own speed, so that its queue reaches back less or more far.
        let start = oldest + Span::hours(world.dice().between(0, 72));
        let mut patterns = (0..PATTERNS.len()).filter(|i| PATTERNS.get(*i).is_some_and(|p| p.kind == kind));
        // A quarter of the places at most for each, so that a small backlog stays mixed.
        let room = count.div_ceil(4);
        let mut themes = specs().filter(|s| s.kind == kind && s.weights.iter().sum::<u32>() < 12);
        for number in 0..count {
            let pattern = if number < room { patterns.next() } else { None };
            let theme = if pattern.is_none() && number < room * 2 { themes.next() } else { None };
            slots.push(Slot {
                at: moment_between(start, as_of, kind, world.dice()),
                kind,
                waiting: true,
                pattern: pattern.map(|p| (p, PATTERNS.get(p).map_or(0, |p| p.earlier))),
                theme,
            });
        }
        for _ in 0..count * 9 / 8 {
            let at = moment_between(oldest - Span::days(90), oldest - Span::seconds(1), kind, world.dice());
            slots.push(Slot { at, kind, waiting: false, pattern: None, theme: None });
        }
    }
    plan_series(&mut slots, oldest, &mut world);
    slots.sort_by_key(|s| s.at);
    make(&slots, &mut world)
}

/// Puts the earlier notices of each series into places of the history.
fn plan_series(slots: &mut [Slot], oldest: Timestamp, world: &mut Generator) {
    let series: Vec<(usize, u32)> = slots.iter().filter_map(|s| s.pattern).filter(|(_, n)| *n > 0).collect();
    for (pattern, earlier) in series {
        let Some(kind) = PATTERNS.get(pattern).map(|p| p.kind) else { continue };
        for number in 0..earlier {
            let back = i64::from(earlier - number) * 19;
            let at = oldest - Span::days(back) + Span::seconds(world.dice().between(0, 720_000));
            if let Some(slot) = slots.iter_mut().find(|s| !s.waiting && s.kind == kind && s.pattern.is_none())
            {
                slot.at = at;
                slot.pattern = Some((pattern, number));
            }
        }
    }
}

fn make(slots: &[Slot], world: &mut Generator) -> Backlog {
    let mut kept: Vec<Option<Household>> = PATTERNS.iter().map(|_| None).collect();
    let mut backlog = Backlog { waiting: Vec::new(), history: Vec::new() };
    for (index, slot) in slots.iter().enumerate() {
        let reference = format!("PPN-{}-{:06}", slot.at.london_date().format("%y"), 40_001 + index);
        let patterned = slot.pattern.and_then(|(p, _)| Some((p, PATTERNS.get(p)?)));
        let notice = match patterned {
            Some((place, pattern)) => {
                let household = kept.get_mut(place).and_then(Option::take);
                let (notice, household) =
                    world.pattern_notice(pattern, household, &brief(slot, pattern, reference));
                if let Some(keep) = kept.get_mut(place) {
                    *keep = Some(household);
                }
                notice
            }
            None => match slot.theme {
                Some(spec) => world.notice_about(spec, mildest(spec), slot.at, reference).0,
                None => world.notice(slot.kind, slot.at, reference).0,
            },
        };
        if slot.waiting { backlog.waiting.push(notice) } else { backlog.history.push(notice) }
    }
    backlog
}

/// The mildest true level at which a theme occurs, so that what is always there adds little to the graver ones.
fn mildest(spec: &Spec) -> Level {
    match spec.weights {
        [_, _, mild] if mild > 0 => Level::Standard,
        [_, medium, _] if medium > 0 => Level::Medium,
        _ => Level::High,
    }
}

fn brief(slot: &Slot, pattern: &'static Pattern, reference: String) -> Brief {
    Brief {
        spec: spec_of(pattern.theme, pattern.kind),
        level: if slot.waiting { pattern.level } else { Level::Medium },
        submitted: slot.at,
        reference,
        pattern: Some(pattern),
        earlier: !slot.waiting,
    }
}
