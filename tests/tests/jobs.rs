//! What the service does by itself, on two nodes of which one is killed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ppn_domain::{Clock as _, Span, StateName, SystemClock, UserRole, WorkItemId};
use ppn_tests::{Backend, Bench, child_notice, somebody, supervisor};

use crate::degradation::{Node, SOON, run};

ppn_tests::on_each_backend! {
    what_a_killed_node_would_have_done_another_does
}

/// An item whose lease ended an hour ago.
async fn left_claimed(bench: &Bench, reference: &str) -> WorkItemId {
    bench.clock.set(SystemClock.now() - Span::hours(5));
    let id = bench.submit(&supervisor(), &child_notice(reference, &[])).await.work_items[0].id;
    bench.service.claim_named(&somebody("rae", &[UserRole::Researcher]), id, None).await.unwrap();
    id
}

async fn until_it_waits(bench: &Bench, id: WorkItemId) {
    let begun = Instant::now();
    loop {
        let item = bench.service.store().read().await.unwrap().item(id).await.unwrap().unwrap();
        if item.state.name() == StateName::Waiting {
            return;
        }
        assert!(begun.elapsed() < SOON, "the item is not returned");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// When each job of a node last succeeded, in seconds since 1970.
async fn successes(node: &Node) -> BTreeMap<String, f64> {
    let text = node.http.get(format!("{}/metrics", node.base)).send().await.unwrap().text().await.unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("ppn_job_last_success_seconds{name=\""))
        .map(|line| line.split_once("\"} ").unwrap())
        .map(|(name, at)| (name.to_owned(), at.parse().unwrap()))
        .collect()
}

async fn what_a_killed_node_would_have_done_another_does(on: Backend) {
    let bench = Bench::on(on).await;
    let folder = tempfile::tempdir().unwrap();
    run(&bench.place.url(), folder.path(), &["migrate"]);
    let serve = || Node::serve(&bench.place.url(), folder.path());
    let (one, mut other) = (serve(), serve());
    for node in [&one, &other] {
        node.until("ready", 200).await;
    }
    for round in 0..2 {
        let id = left_claimed(&bench, &format!("A{round}")).await;
        // Killed, it ends nothing that it began; its place is taken by a new one.
        drop(std::mem::replace(&mut other, serve()));
        until_it_waits(&bench, id).await;
    }
    drop(other);
    let killed = SystemClock.now().micros() / 1_000_000;
    let begun = Instant::now();
    loop {
        let at = successes(&one).await;
        assert_eq!(at.len(), 10, "{at:?}");
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
        let stands: Vec<&String> = at
            .iter()
            .filter(|(name, at)| {
                **at <= killed as f64 && !["check_counts", "prune_feed"].contains(&name.as_str())
            })
            .map(|(n, _)| n)
            .collect();
        if stands.is_empty() {
            return;
        }
        assert!(begun.elapsed() < SOON, "these jobs stand on the node that is left: {stands:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
