//! What costs time without a store: reading, assessing, the order in memory, ranking.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use ppn_domain::{Band, Notice, Rank, Span};
use ppn_ingestion::read_notice;
use ppn_tests::NOON;
use ppn_triage::linking::{Homes, People};
use ppn_triage::{
    CueDecisions, DEFAULT_POLICY, Entry, History, Linked, OrderRule, Policy, Ranking, Trace, WaitingOrder,
    Web, assess, judge, read,
};
use rand::rngs::ChaCha12Rng;
use rand::{RngExt as _, SeedableRng as _};

fn notices(count: usize) -> Vec<Notice> {
    ppn_demo::stream(2022, NOON).take(count).collect()
}

fn policy() -> Policy {
    Policy::from_toml(DEFAULT_POLICY).unwrap()
}

/// One after another of a hundred, so that no single notice is the figure.
fn reading(c: &mut Criterion) {
    let texts: Vec<String> = notices(100).iter().map(|n| serde_json::to_string(n).unwrap()).collect();
    let bytes: usize = texts.iter().map(String::len).sum::<usize>() / texts.len();
    let mut group = c.benchmark_group("pure");
    group.throughput(Throughput::Bytes(bytes.try_into().unwrap()));
    let mut next = texts.iter().cycle();
    group.bench_function("read_notice, 4 KB", |b| {
        b.iter(|| read_notice(next.next().unwrap().as_bytes(), NOON).unwrap());
    });
    group.finish();
}

fn assessing(c: &mut Criterion) {
    let (notices, policy) = (notices(100), policy());
    let mut next = notices.iter().cycle();
    c.bench_function("pure/assess", |b| {
        b.iter(|| {
            let notice = next.next().unwrap();
            assess(&policy, black_box(notice), notice.received(NOON), &History::none(NOON))
        });
    });
}

/// A notice with twenty others of the same people, its narrative read.
fn assessing_with_history(c: &mut Criterion) {
    let policy = policy();
    let mut all: Vec<Notice> = notices(21);
    let persons = all[0].persons.clone();
    let mut people = People::default();
    for notice in &mut all {
        notice.persons.clone_from(&persons);
        people.add(&ppn_ingestion::profiles(notice));
    }
    people.settle(policy.linking(), |_| Some(NOON));
    let linked = (0_u32..).zip(&all).map(|(n, notice)| {
        let count = u32::try_from(persons.len()).unwrap();
        let received = notice.received(NOON);
        Linked {
            reference: notice.reference.clone(),
            ask: None,
            received,
            trace: Trace::of(&policy, notice, received, &CueDecisions::NONE),
            people: (0..count).map(|at| people.person(n * count + at)).collect(),
            possible: Vec::new(),
        }
    });
    let web = Web::new(linked.collect(), Homes::default());
    let newest = (0..all.len()).max_by_key(|at| all[*at].received(NOON)).unwrap();
    let received = all[newest].received(NOON);
    let counted =
        ppn_triage::facts::number("anyone_linked_events_365d", &all[newest], received, &web.history(newest));
    assert_eq!(counted, Some(20));
    c.bench_function("pure/assess, 20 linked", |b| {
        b.iter(|| assess(&policy, black_box(&all[newest]), received, &web.history(newest)));
    });
    let sheet = read(&policy, &all[newest], received, &CueDecisions::NONE);
    c.bench_function("pure/judge again, 20 linked", |b| {
        b.iter(|| judge(&policy, black_box(&sheet), &web.history(newest)));
    });
}

fn entry(random: &mut ChaCha12Rng, sequence: i64) -> Entry {
    let bands = [Band::Red, Band::Amber, Band::Green, Band::Blue];
    let received = NOON - Span::minutes(random.random_range(1..200_000));
    Entry {
        rank: Rank { band: bands[random.random_range(0..bands.len())], score: random.random_range(0..100) },
        received,
        due: received + Span::hours(random.random_range(1..72)),
        sequence,
        lot: random.random_range(0..=i64::MAX),
        restricted: false,
    }
}

/// The next item is picked and a new one arrives, so that as many wait as before.
fn picking(c: &mut Criterion) {
    let mut group = c.benchmark_group("pure/order, pick and push");
    let rule = OrderRule::default();
    for waiting in [1_000_i64, 100_000] {
        let mut random = ChaCha12Rng::seed_from_u64(2022);
        let mut order = WaitingOrder::default();
        for sequence in 0..waiting {
            order.insert(sequence, entry(&mut random, sequence));
        }
        let mut draws = ChaCha12Rng::seed_from_u64(7);
        let mut sequence = waiting;
        group.bench_function(BenchmarkId::from_parameter(waiting), |b| {
            b.iter(|| {
                let picked = order.pick(&rule, NOON, &mut || draws.random_range(0..=i64::MAX));
                order.insert(sequence, entry(&mut random, sequence));
                sequence += 1;
                picked
            });
        });
    }
    group.finish();
}

fn ranking(c: &mut Criterion) {
    let (notices, policy) = (notices(1_000), policy());
    let mut group = c.benchmark_group("pure");
    group.sample_size(20);
    group.bench_function("rank 1,000", |b| {
        b.iter_batched_ref(
            || Ranking::new(&policy, ppn_ingestion::profiles),
            |ranking| {
                for notice in &notices {
                    ranking.add(notice);
                }
                std::mem::replace(ranking, Ranking::new(&policy, ppn_ingestion::profiles)).finish()
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    reading(&mut criterion);
    assessing(&mut criterion);
    assessing_with_history(&mut criterion);
    picking(&mut criterion);
    ranking(&mut criterion);
    criterion.final_summary();
}
