//! The order over the store against the order in memory, for random histories.

use std::collections::BTreeMap;

use ppn_domain::{Band, ClaimId, Desk, Outcome, Span, State, StateName, Timestamp, WorkItem, WorkItemId};
use ppn_service::{ClaimNext, Complete, HandOver, ListRequest, Settings};
use ppn_tests::{Backend, Bench, NOON, child_notice, supervisor};
use ppn_triage::{Entry, OrderRule, Pick, WaitingOrder};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Facts that lead to many different bands and scores.
const FACTS: [&str; 12] = [
    "missing_now",
    "injury_to_infant",
    "child_left_alone",
    "poor_home_conditions",
    "child_hungry_or_no_food",
    "carer_intoxicated",
    "parental_mental_ill_health",
    "drugs_in_reach",
    "child_distressed",
    "gifts_or_unexplained_money",
    "gang_association",
    "not_safeguarding",
];

#[derive(Debug, Clone)]
enum Step {
    Submit { facts: u16, hours_ago: i64 },
    Claim,
    Release(usize),
    Hold { which: usize, minutes: i64 },
    Complete { which: usize, shared: bool },
    Raise(usize),
    Pass { minutes: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_u16..1 << FACTS.len(), 0_i64..400).prop_map(|(facts, hours_ago)| Step::Submit {
            // Two bits at once make a notice with few facts likelier, as they are.
            facts: facts & facts.rotate_left(3),
            hours_ago,
        }),
        8 => Just(Step::Claim),
        1 => any::<usize>().prop_map(Step::Release),
        1 => (any::<usize>(), 1_i64..240).prop_map(|(which, minutes)| Step::Hold { which, minutes }),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, shared)| Step::Complete { which, shared }),
        1 => any::<usize>().prop_map(Step::Raise),
        1 => (1_i64..400).prop_map(|minutes| Step::Pass { minutes }),
    ]
}

/// The service beside the model, at the child desk.
struct Pair {
    bench: Bench,
    rule: OrderRule,
    model: WaitingOrder<WorkItemId>,
    items: BTreeMap<WorkItemId, WorkItem>,
    notices: Vec<(Value, WorkItemId)>,
    claims: Vec<(WorkItemId, ClaimId)>,
}

impl Pair {
    async fn new(on: Backend) -> Self {
        let bench = Bench::on(on).await;
        let rule = bench.service.order();
        Self {
            bench,
            rule,
            model: WaitingOrder::default(),
            items: BTreeMap::new(),
            notices: Vec::new(),
            claims: Vec::new(),
        }
    }

    fn now(&self) -> Timestamp {
        self.bench.service.now()
    }

    /// Reads an item anew and puts it where the model should have it.
    async fn refresh(&mut self, id: WorkItemId) {
        let item = self.bench.service.item(&supervisor(), id).await.unwrap().item;
        self.model.remove(id);
        if item.state == State::Waiting {
            self.model.insert(
                id,
                Entry {
                    rank: item.rank,
                    received: item.received,
                    due: item.clocks.picked_up.due,
                    sequence: item.sequence,
                    lot: 0,
                    restricted: false,
                },
            );
        }
        if item.state.claim().is_none() {
            self.claims.retain(|(claimed, _)| *claimed != id);
        }
        self.items.insert(id, item);
    }

    async fn refresh_all(&mut self) {
        for id in self.items.keys().copied().collect::<Vec<_>>() {
            self.refresh(id).await;
        }
    }

    async fn submit(&mut self, facts: u16, hours_ago: i64) {
        let facts: Vec<&str> =
            FACTS.iter().enumerate().filter(|(n, _)| facts & (1 << n) != 0).map(|(_, f)| *f).collect();
        let mut notice = child_notice(&format!("R{}", self.notices.len()), &facts);
        notice["submitted_at"] = json!((self.now() - Span::hours(hours_ago)).to_string());
        let receipt = self.bench.submit(&supervisor(), &notice).await;
        let id = receipt.work_items.iter().find(|i| i.desk == Desk::Child).unwrap().id;
        self.notices.push((notice, id));
        self.refresh(id).await;
    }

    async fn claim(&mut self) -> Result<(), TestCaseError> {
        // A claim first returns what has expired; so must the model.
        let now = self.now();
        let expired: Vec<_> = self
            .items
            .values()
            .filter(|i| i.state.claim().is_some_and(|c| c.has_expired(now)))
            .map(|i| i.id)
            .collect();
        for id in expired {
            let mut item = self.items[&id].clone();
            item.state = State::Waiting;
            self.model.insert(
                id,
                Entry {
                    rank: item.rank,
                    received: item.received,
                    due: item.clocks.picked_up.due,
                    sequence: item.sequence,
                    lot: 0,
                    restricted: false,
                },
            );
            self.claims.retain(|(claimed, _)| *claimed != id);
            self.items.insert(id, item);
        }
        let mut expected = self.model.clone();
        let picked = expected.pick(&self.rule, now, &mut || 0);
        let wish = ClaimNext { by: supervisor(), desk: Desk::Child, bundle: false, once: None };
        let got = self.bench.service.claim_next(vec![wish]).await.pop().unwrap().unwrap();
        match (picked, got) {
            (None, None) => {}
            (Some((id, pick)), Some(claimed)) => {
                let got = claimed.view.item;
                if let Pick::Audit { .. } = pick {
                    // Which one is drawn is the service's own; the draw must be a waiting low one.
                    let entry = self.model.get(got.id).copied();
                    prop_assert!(entry.is_some_and(|e| e.rank.band.is_low()), "audit gave {:?}", got.rank);
                    if let Some(wrongly_taken) = self.model.get(id).filter(|_| id != got.id) {
                        expected.insert(id, *wrongly_taken);
                        expected.remove(got.id);
                    }
                } else {
                    prop_assert_eq!(got.id, id, "expected {:?} by {:?}", self.items[&id].rank, pick);
                }
                self.claims.push((got.id, got.state.claim().unwrap().id));
                self.items.insert(got.id, got);
            }
            (expected, got) => {
                prop_assert!(false, "model {expected:?}, store {:?}", got.map(|c| c.view.item.id));
            }
        }
        self.model = expected;
        Ok(())
    }

    async fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        let by = supervisor();
        let service = self.bench.service.clone();
        let claim = |which: usize, claims: &[(WorkItemId, ClaimId)]| {
            (!claims.is_empty()).then(|| claims[which % claims.len()])
        };
        match step {
            Step::Submit { facts, hours_ago } => self.submit(facts, hours_ago).await,
            Step::Claim => self.claim().await?,
            Step::Release(which) => {
                let Some((id, claim)) = claim(which, &self.claims) else { return Ok(()) };
                let released = service.release(&by, id, claim, &HandOver::default(), None).await;
                prop_assert_eq!(released.is_ok(), !self.has_expired(id));
                self.refresh(id).await;
            }
            Step::Hold { which, minutes } => {
                let Some((id, claim)) = claim(which, &self.claims) else { return Ok(()) };
                let until = self.now() + Span::minutes(minutes);
                let held = service.hold(&by, id, claim, until, "a reason", None).await;
                prop_assert_eq!(held.is_ok(), !self.has_expired(id));
                self.refresh(id).await;
            }
            Step::Complete { which, shared } => {
                let Some((id, claim)) = claim(which, &self.claims) else { return Ok(()) };
                let outcome = if shared { Outcome::Shared } else { Outcome::NoFurtherAction };
                let wish = Complete {
                    by,
                    id,
                    claim,
                    revision: self.items[&id].revision,
                    read_at: None,
                    outcome,
                    reason: "a reason".to_owned(),
                    duplicate_of: None,
                    once: None,
                };
                let done = service.complete(vec![wish]).await.pop().unwrap();
                prop_assert_eq!(done.is_ok(), !self.has_expired(id), "{:?}", done.err());
                self.refresh(id).await;
            }
            Step::Raise(which) => {
                if self.notices.is_empty() {
                    return Ok(());
                }
                let which = which % self.notices.len();
                let (notice, id) = &mut self.notices[which];
                notice["amended_at"] = json!(self.bench.clock_text());
                notice["indicators"].as_array_mut().unwrap().push(json!("unexplained_injury"));
                let list = notice["indicators"].as_array_mut().unwrap();
                list.dedup();
                let (notice, id) = (notice.clone(), *id);
                let receipt = self.bench.submit(&by, &notice).await;
                self.refresh(id).await;
                // Where the item was done, the revision opened another.
                for item in receipt.work_items.iter().filter(|i| i.desk == Desk::Child) {
                    self.refresh(item.id).await;
                    self.notices[which].1 = item.id;
                }
            }
            Step::Pass { minutes } => {
                self.bench.clock.advance(Span::minutes(minutes));
                service.return_ended().await.unwrap();
                self.refresh_all().await;
            }
        }
        Ok(())
    }

    fn has_expired(&self, id: WorkItemId) -> bool {
        self.items[&id].state.claim().is_none_or(|c| c.has_expired(self.now()))
    }

    /// The whole waiting list, page by page, is the model's.
    async fn lists_agree(&self) -> Result<(), TestCaseError> {
        let mut request = ListRequest {
            desk: Some(Desk::Child),
            state: StateName::Waiting,
            band: None,
            holder: None,
            overdue: false,
            after: None,
            limit: 3,
        };
        let mut listed = Vec::new();
        loop {
            let page = self.bench.service.list(&supervisor(), &request).await.unwrap();
            listed.extend(page.lines.iter().map(|l| l.item.id));
            request.after = page.next;
            if page.next.is_none() {
                break;
            }
        }
        prop_assert_eq!(listed, self.model.head(usize::MAX));
        Ok(())
    }
}

trait ClockText {
    fn clock_text(&self) -> String;
}

impl ClockText for Bench {
    fn clock_text(&self) -> String {
        self.service.now().to_string()
    }
}

fn in_step(on: Backend, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut pair = Pair::new(on).await;
        for step in steps {
            pair.step(step).await?;
        }
        pair.lists_agree().await
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if ppn_tests::soak() { 400 } else { 24 },
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn pull_order_over_sqlite_is_that_of_the_model(steps in prop::collection::vec(step(), 1..120)) {
        in_step(Backend::Sqlite, steps)?;
    }

    #[test]
    fn pull_order_over_postgres_is_that_of_the_model(steps in prop::collection::vec(step(), 1..120)) {
        in_step(Backend::Postgres, steps)?;
    }
}

async fn triage_switched_off_is_date_order_and_still_assesses(on: Backend) {
    let bench = Bench::with(on, Settings { by_risk: false, ..Settings::default() }).await;
    for (n, facts) in
        [&["not_safeguarding"][..], &["injury_to_infant"], &[], &["missing_now"]].iter().enumerate()
    {
        let mut notice = child_notice(&format!("R{n}"), facts);
        notice["submitted_at"] = json!((NOON - Span::hours(100 - i64::try_from(n).unwrap())).to_string());
        let receipt = bench.submit(&supervisor(), &notice).await;
        assert!(receipt.work_items.iter().all(|i| i.rank.is_some()));
    }
    let mut given = Vec::new();
    for _ in 0..4 {
        let wish = ClaimNext { by: supervisor(), desk: Desk::Child, bundle: false, once: None };
        let claimed = bench.service.claim_next(vec![wish]).await.pop().unwrap().unwrap().unwrap();
        assert!(!claimed.view.latest.unwrap().assessment.reasons.is_empty());
        given.push(claimed.view.item);
    }
    assert!(given.is_sorted_by_key(|i| i.received));
    assert_eq!(given.iter().map(|i| i.reference.as_str()).collect::<Vec<_>>(), ["R0", "R1", "R2", "R3"]);
    assert!(given.iter().any(|i| i.rank.band == Band::Red), "assessments go on");
}

ppn_tests::on_each_backend! {
    triage_switched_off_is_date_order_and_still_assesses
}
