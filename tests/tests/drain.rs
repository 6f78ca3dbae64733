//! A backlog like the report's, pulled empty by eight clients at once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Band, Clock as _, Desk, SystemClock, UserRole};
use ppn_ingestion::read_notice;
use ppn_service::Submit;
use ppn_tests::{Backend, Server, supervisor};
use serde_json::Value;

#[derive(Debug, Clone)]
struct Pulled {
    id: String,
    band: Band,
    due: String,
    sequence: usize,
}

async fn filled(on: Backend) -> Server {
    let server = Server::on(on).await;
    let now = SystemClock.now();
    let backlog = ppn_demo::backlog(2022, now);
    assert_eq!(backlog.waiting.len(), 1062);
    for chunk in backlog.waiting.chunks(100) {
        let slice = chunk
            .iter()
            .map(|notice| {
                let text = serde_json::to_string(notice).unwrap();
                let read = Ok(read_notice(text.as_bytes(), now).unwrap());
                Submit { by: supervisor(), read, as_worked: false, once: None }
            })
            .collect();
        for answer in server.service.submit(slice).await {
            answer.unwrap();
        }
    }
    server
}

async fn pull_empty(server: &Arc<Server>, desk: Desk, clients: usize) -> Vec<Pulled> {
    let mut tasks = Vec::new();
    for n in 0..clients {
        let server = server.clone();
        let name = format!("sup{n}");
        let token = server.token(&name, UserRole::Supervisor).await;
        // A few of the backlog are restricted: they come to whom every list names.
        let mut uow = server.service.store().write().await.unwrap();
        for &reason in RestrictionReason::ALL {
            uow.put_on_list(reason, &name, false).await.unwrap();
        }
        uow.save().await.unwrap();
        tasks.push(tokio::spawn(async move {
            let path = format!("/api/v1/desks/{desk}/claims");
            let mut mine = Vec::new();
            loop {
                let (status, claimed) = server.send("POST", &path, &token, None).await;
                if status == 204 {
                    return mine;
                }
                assert_eq!(status, 201, "{claimed}");
                mine.push(claimed["work_item"].clone());
            }
        }));
    }
    let mut all: Vec<Value> = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    // In the order in which the claims were made: the log has it.
    let made: HashMap<String, usize> =
        picks(server).await.into_iter().enumerate().map(|(n, (id, _))| (id, n)).collect();
    all.sort_by_key(|item| made[item["id"].as_str().unwrap()]);
    all.into_iter()
        .enumerate()
        .map(|(sequence, item)| Pulled {
            id: item["id"].as_str().unwrap().to_owned(),
            band: item["band"].as_str().unwrap().parse().unwrap(),
            due: item["due"].as_str().unwrap().to_owned(),
            sequence,
        })
        .collect()
}

/// Every claim in the order in which they were made: the item, and which pick it was.
async fn picks(server: &Server) -> Vec<(String, String)> {
    let mut uow = server.service.store().read().await.unwrap();
    let query = ppn_store::LogQuery { limit: 10_000, ..Default::default() };
    let mut log = uow.read_log(&query).await.unwrap();
    log.reverse();
    log.into_iter()
        .filter(|(_, row)| row.act == ppn_domain::Act::Claimed)
        .map(|(_, row)| {
            (row.work_item_id.unwrap().to_string(), row.detail["pick"].as_str().unwrap().to_owned())
        })
        .collect()
}

async fn eight_clients_pull_a_backlog_empty_and_nothing_is_given_twice(on: Backend) {
    let server = Arc::new(filled(on).await);
    let waiting: BTreeMap<Desk, u64> = server
        .service
        .backlog(&supervisor())
        .await
        .unwrap()
        .desks
        .into_iter()
        .map(|d| (d.desk, d.counts.iter().map(|c| c.items).sum()))
        .collect();
    let mut seen = HashSet::new();
    for &desk in &[Desk::Child, Desk::Adult, Desk::DomesticAbuse, Desk::Share] {
        let pulled = pull_empty(&server, desk, 8).await;
        assert_eq!(pulled.len() as u64, waiting[&desk], "{desk}: nothing is left behind");
        for item in &pulled {
            assert!(seen.insert(item.id.clone()), "{desk}: {} given twice", item.id);
        }
        let reds = pulled.iter().filter(|p| p.band == Band::Red).count();
        let last_red = pulled.iter().rposition(|p| p.band == Band::Red).unwrap_or(0);
        println!("{desk}: {} items, {reds} reds, the last red at pull {}", pulled.len(), last_red + 1);
        // While reds wait every pick is a red: the reserve takes reds, or stays owed.
        assert!(last_red < reds.max(1), "{desk}: a red waited behind another band");
    }
}

/// The reserve and the audit stand where the rule puts them.
async fn reserve_and_audit_picks_stand_where_the_rule_puts_them(on: Backend) {
    let server = Arc::new(filled(on).await);
    let pulled = pull_empty(&server, Desk::DomesticAbuse, 1).await;
    let now = SystemClock.now().to_string();
    let reds = pulled.iter().filter(|p| p.band == Band::Red).count();
    let picks: Vec<String> = picks(&server).await.into_iter().map(|(_, pick)| pick).collect();
    assert_eq!(picks.len(), pulled.len());
    let (mut low, mut audits) = (0, 0);
    for (n, (pick, item)) in picks.iter().zip(&pulled).enumerate() {
        let turn = (n + 1) % 4 == 0;
        let rest = &pulled[n..];
        let overdue = rest.iter().any(|p| p.due < now);
        match pick.as_str() {
            "reserve_red" => assert!(turn && n < reds, "pull {n}"),
            "reserve" => {
                assert!(n >= reds && overdue, "pull {n}");
                let furthest = rest.iter().map(|p| &p.due).min().unwrap();
                assert_eq!(&item.due, furthest, "pull {n} is the furthest past its limit");
            }
            "audit" => {
                audits += 1;
                assert!(item.band.is_low());
            }
            _ => assert!(!turn || !overdue || n < reds, "pull {n}: {pick} in the place of a reserve"),
        }
        if n >= reds && (item.band.is_low() || pick == "audit") {
            low += 1;
        }
        assert_eq!(item.sequence, n);
    }
    assert_eq!(audits, low / 50, "one in fifty of {low} green and blue picks");
    println!("{} pulls, {reds} reds, {audits} audits of {low} low picks", pulled.len());
}

ppn_tests::on_each_backend! {
    eight_clients_pull_a_backlog_empty_and_nothing_is_given_twice
    reserve_and_audit_picks_stand_where_the_rule_puts_them
}
