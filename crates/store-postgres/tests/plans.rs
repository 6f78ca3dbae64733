//! How PostgreSQL runs the statements of the hot paths, under plans made without knowing what is bound.
//!
//! The statements are run through the store with `auto_explain` on, so that what is looked at is what a
//! service runs.
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use ppn_domain::{
    Act, AuditId, Band, Desk, LinkId, MentionId, NoticeId, PersonId, Restriction, Span, State, StateName,
    WorkItemId,
};
use ppn_store::{
    About, Answered, Choice, ClaimEnd, FeedPlace, KeptOff, ListQuery, LogQuery, Store, UnitOfWork, WorkKey,
};
use ppn_store_conformance::cluster::{Cluster, Durability};
use ppn_store_conformance::samples::{NOON, assessment, claim, item, notice, random, viewer};
use ppn_store_postgres::{PostgresOptions, PostgresStore};

const DATABASE: &str = "plans";

/// Tables that grow, none of which is ever to be read from end to end.
const LARGE: [&str; 18] = [
    "assessments",
    "claims",
    "declared_keys",
    "feed",
    "idempotent_answers",
    "kept_off",
    "links",
    "log",
    "mention_keys",
    "mentions",
    "notice_bodies",
    "notice_revisions",
    "notices",
    "opened_notices",
    "traces",
    "typed_texts",
    "unreadable",
    "work_items",
];

/// Thousands of rows in each large table, in every state, at every desk.
const FILL: &str = "
    INSERT INTO notices SELECT md5('n' || n)::uuid, 'niche', 'F' || n, 'child', 1, 1, at, at, at, 0, 's'
      FROM generate_series(1, 20000) n, LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 minute' AS at) t;
    INSERT INTO notice_revisions
      SELECT id, 1, decode(md5(reference) || md5(reference), 'hex'), version_at, arrived, 's', '[]' FROM notices;
    INSERT INTO notice_bodies SELECT id, 1, '{}' FROM notices;
    INSERT INTO work_items (id, notice_id, desk, state, band, score, assessment_id, received, due, decide_due,
      tell_due, picked_up_at, restricted, lot, holder, claim_id, claimed_at, lease_until, held_until, pending_by,
      outcome)
      SELECT md5('i' || n)::uuid, md5('n' || n)::uuid,
        (ARRAY['child', 'adult', 'domestic_abuse', 'share'])[1 + n % 4], state, n / 7 % 4, n % 97,
        md5('a' || n)::uuid, at, at + interval '4 hours', at, at, CASE WHEN state <> 'waiting' THEN at END,
        CASE WHEN n % 50 = 0 THEN 1 ELSE 0 END, n * 7919, CASE state WHEN 'claimed' THEN 'ann' END,
        CASE state WHEN 'claimed' THEN md5('c' || n)::uuid END, CASE state WHEN 'claimed' THEN at END,
        CASE state WHEN 'claimed' THEN at + interval '10 years' END,
        CASE state WHEN 'held' THEN at + interval '10 years' END, CASE state WHEN 'pending' THEN 'ann' END,
        CASE WHEN state IN ('pending', 'done') THEN 'shared' END
      FROM generate_series(1, 20000) n,
      LATERAL (SELECT (ARRAY['waiting', 'waiting', 'waiting', 'waiting', 'done', 'done', 'done', 'claimed',
        'held', 'pending'])[1 + (n / 4) % 10] AS state,
        timestamptz '2026-01-01' + n * interval '1 minute' AS at) t;
    INSERT INTO assessments (id, work_item_id, revision, band, score, reasons, questions, suggests,
      policy_version, policy_hash, made_at)
      SELECT md5('a' || n)::uuid, md5('i' || n)::uuid, 1, 1, 1, '[]', '[]', '[]', '1', 'h', now()
      FROM generate_series(1, 20000) n;
    INSERT INTO claims SELECT md5('c' || n)::uuid, md5('i' || n)::uuid, 'ann', now()
      FROM generate_series(1, 20000) n;
    INSERT INTO mentions SELECT md5('m' || n)::uuid, md5('n' || n)::uuid, 0, md5('p' || n / 3)::uuid,
      now(), true, decode(md5('h' || n / 3), 'hex'), true, '{}' FROM generate_series(1, 20000) n;
    INSERT INTO mention_keys SELECT decode(md5('k' || n / 2 || k), 'hex'), md5('m' || n)::uuid
      FROM generate_series(1, 20000) n, generate_series(1, 4) k;
    INSERT INTO traces SELECT id, '{}' FROM notices;
    INSERT INTO links SELECT md5('l' || n)::uuid, least(a, b), greatest(a, b), 'possible', 1, '[]', now()
      FROM generate_series(1, 20000) n,
      LATERAL (SELECT md5('m' || n)::uuid AS a, md5('m' || n + 1)::uuid AS b) m;
    INSERT INTO log (id, at, who, act, notice_id, work_item_id, origin, detail)
      SELECT md5('g' || n)::uuid, now(), 'user' || n % 100, 'claimed', md5('n' || n)::uuid,
        md5('i' || n)::uuid, 'here', '{}' FROM generate_series(1, 20000) n;
    INSERT INTO typed_texts SELECT md5('y' || n)::uuid, decode(md5('y'), 'hex'), 'why'
      FROM generate_series(1, 20000) n;
    INSERT INTO idempotent_answers
      SELECT 'user' || n % 100, 'key' || n, decode(md5('x') || md5('x'), 'hex'), '{}', now()
      FROM generate_series(1, 20000) n;
    INSERT INTO unreadable (id, arrived, due, submitted_by, source, reference, content_hash, content, errors,
      state, closed_at) SELECT md5('u' || n)::uuid, now(), now(), 's', 'niche', 'F' || n,
      decode(md5('u' || n) || md5('v' || n), 'hex'), '', '[]', state,
      CASE state WHEN 'dismissed' THEN now() END FROM generate_series(1, 20000) n,
      LATERAL (SELECT CASE WHEN n % 100 = 0 THEN 'open' ELSE 'dismissed' END AS state) t;
    INSERT INTO kept_off SELECT 'user' || n % 1000, md5('n' || n)::uuid, 'said', now() FROM generate_series(1, 20000) n;
    INSERT INTO opened_notices SELECT 'user' || n % 1000, md5('n' || n)::uuid, 1, now(), now()
      FROM generate_series(1, 20000) n;
    INSERT INTO declared_keys SELECT decode(md5('d' || n), 'hex'), 'user' || n % 1000 FROM generate_series(1, 20000) n;
    ANALYZE;
";

#[tokio::test]
async fn no_hot_statement_reads_a_table_from_end_to_end_or_sorts_a_desk() {
    let cluster = Cluster::start(Durability::None).unwrap();
    cluster.create(DATABASE, None).unwrap();
    let options = PostgresOptions::parse(&cluster.url(DATABASE)).unwrap();
    let store = PostgresStore::open(options.clone()).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    cluster.sql(DATABASE, FILL).unwrap();
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "plan_cache_mode = force_generic_plan",
    ] {
        cluster.sql("postgres", &format!("ALTER DATABASE {DATABASE} SET {setting}")).unwrap();
    }
    let store = PostgresStore::open(options).await.unwrap();
    run_everything_hot(&store).await;
    store.close().await;

    let log = std::fs::read_to_string(cluster.log()).unwrap();
    let plans: Vec<String> = log
        .split(&format!("\n{DATABASE} LOG:  "))
        .filter(|entry| entry.starts_with("duration:"))
        .map(|entry| {
            entry.lines().skip(1).take_while(|line| line.starts_with('\t')).collect::<Vec<_>>().join("\n")
        })
        .collect();
    assert!(plans.len() > 60, "only {} statements were explained", plans.len());
    let mut bad = Vec::new();
    for plan in &plans {
        let scan = LARGE
            .iter()
            .any(|table| plan.lines().any(|line| line.trim_end().contains(&format!("Seq Scan on {table} "))));
        // The few of a household, a notice or a list of identifiers are sorted; a desk never is.
        // The claims that are out, and the holds, at all desks are a few hundred.
        let of_a_desk = plan.contains("work_items")
            && plan.contains("LIMIT")
            && !plan.contains("MATERIALIZED")
            && !plan.contains("'claimed' AND w.lease_until")
            && !plan.contains("WHERE w.state = 'held'");
        let sorts = of_a_desk && plan.lines().any(|line| line.contains("Sort  (cost"));
        if scan || sorts {
            bad.push(plan.as_str());
        }
    }
    assert!(bad.is_empty(), "{} of {} statements:\n{}", bad.len(), plans.len(), bad.join("\n\n"));
    println!("{} statements were looked at", plans.len());
}

/// What submitting, claiming, listing and completing ask of the store, and the backlog in numbers.
async fn run_everything_hot(store: &dyn Store) {
    let list = ListQuery {
        desk: None,
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue_at: None,
        after: None,
        limit: 50,
        viewer: viewer("ann", Restriction::NONE),
        desks: vec![Desk::Child, Desk::Adult],
    };
    let mut uow = store.read().await.unwrap();
    let mut first = Vec::new();
    for state in StateName::ALL {
        for opens in [Restriction::NONE, Restriction::ALL] {
            let viewer = viewer("ann", opens);
            let of = ListQuery { state: *state, desk: Some(Desk::Child), viewer, ..list.clone() };
            first = uow.list_items(&of).await.unwrap();
            let band = Some(Band::Green);
            uow.list_items(&ListQuery { band, ..of.clone() }).await.unwrap();
            if let Some(last) = first.last() {
                uow.list_items(&ListQuery { after: Some(WorkKey::of(last)), ..of }).await.unwrap();
            }
        }
    }
    uow.list_items(&list).await.unwrap();
    uow.backlog_counts(NOON, Restriction::NONE).await.unwrap();
    let keys: Vec<WorkKey> = first.iter().map(WorkKey::of).collect();
    uow.places(Desk::Child, &keys, Restriction::ALL).await.unwrap();
    let waiting = uow.list_items(&ListQuery { desks: Desk::ALL.to_vec(), ..list.clone() }).await.unwrap();
    uow.list_items(&ListQuery { after: Some(WorkKey::of(&waiting[49])), ..list }).await.unwrap();
    for choice in [
        Choice::Head,
        Choice::Furthest,
        Choice::FurthestRed,
        Choice::Oldest,
        Choice::Audit { lot: 79_190_000 },
    ] {
        assert!(uow.peek(Desk::Child, choice, &viewer("ann", Restriction::NONE)).await.unwrap().is_some());
    }
    let any = LogQuery { limit: 50, ..LogQuery::default() };
    uow.read_log(&any).await.unwrap();
    uow.read_log(&LogQuery { before: Some(500), ..any.clone() }).await.unwrap();
    uow.read_log(&LogQuery { who: Some("user7".to_owned()), ..any.clone() }).await.unwrap();
    let about = About { notices: vec![waiting[0].notice_id], people: vec![PersonId(waiting[0].id.0)] };
    uow.read_log(&LogQuery { about: Some(about), ..any.clone() }).await.unwrap();
    let period = LogQuery { from: Some(NOON), until: Some(NOON + Span::hours(1)), ..any.clone() };
    uow.read_log(&period).await.unwrap();
    uow.read_log(&LogQuery { work_item_id: Some(first[0].id), ..any }).await.unwrap();
    uow.notices_referred_to("F7", 300).await.unwrap();
    uow.stored_rows(500, i64::MAX, 1_000).await.unwrap();
    uow.stored_row(AuditId::new(NOON, 1)).await.unwrap();
    let reach = uow.feed_reach().await.unwrap();
    let from = FeedPlace { place: reach.latest.place - 20, ..reach.latest };
    let who = viewer("user7", Restriction::NONE);
    let told = uow.feed_between(from, reach.latest, &[Desk::Child, Desk::Adult], &who, 500).await.unwrap();
    assert!(!told.is_empty(), "the latest are told");
    drop(uow);

    let mut uow = store.write().await.unwrap();
    claim_and_complete(&mut *uow).await;
    submit(&mut *uow).await;
    uow.save().await.unwrap();
}

async fn claim_and_complete(uow: &mut dyn UnitOfWork) {
    uow.sealing_turn().await.unwrap();
    uow.settled_to().await.unwrap();
    let since = NOON - Span::hours(24);
    let answer = Answered { request_hash: [1; 32], answer: "{}".to_owned(), at: NOON };
    uow.answered("ann", "k", since).await.unwrap();
    let turn = uow.desk_turn(Desk::Child).await.unwrap();
    uow.expired_claims(Some(Desk::Child), NOON, 500).await.unwrap();
    uow.expired_claims(None, NOON, 500).await.unwrap();
    uow.ended_holds(NOON, 500).await.unwrap();
    uow.unassessed_items(50).await.unwrap();
    uow.waiting_heads(Desk::Child, &viewer("ann", Restriction::NONE)).await.unwrap();
    for (n, choice) in (1..).zip([
        Choice::Head,
        Choice::Furthest,
        Choice::FurthestRed,
        Choice::Oldest,
        Choice::Audit { lot: 79_190_000 },
    ]) {
        let claim = claim(n, "ann");
        let id =
            uow.take(Desk::Child, choice, &viewer("ann", Restriction::NONE), &claim).await.unwrap().unwrap();
        uow.lock_items(&[id]).await.unwrap();
        let mut item = uow.item(id).await.unwrap().unwrap();
        uow.bundle(&item, "ann", 20).await.unwrap();
        uow.latest_assessments(std::slice::from_ref(&item)).await.unwrap();
        uow.notes(id).await.unwrap();
        uow.endorses(id).await.unwrap();
        uow.is_kept_off(item.notice_id, "ann").await.unwrap();
        uow.is_open_for(item.notice_id, "ann", NOON).await.unwrap();
        uow.opens("ann").await.unwrap();
        item.state = State::Waiting;
        uow.save_item(&item).await.unwrap();
        uow.end_claim(&ClaimEnd { id: claim.id, at: NOON, act: Act::Released }).await.unwrap();
    }
    uow.save_desk_turn(Desk::Child, turn).await.unwrap();
    uow.keep_answer("ann", "k", &answer, since).await.unwrap();
}

async fn submit(uow: &mut dyn UnitOfWork) {
    let one = notice(1);
    let new = item(1, &one, Band::Red, 40, NOON);
    uow.lock(&[[1; 16], [2; 16]]).await.unwrap();
    let keys = [("niche".to_owned(), "F7".to_owned()), ("niche".to_owned(), one.head.reference.clone())];
    let known = uow.notices_by_reference(&keys).await.unwrap()[0].clone().unwrap();
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    uow.insert_items(std::slice::from_ref(&new)).await.unwrap();
    uow.insert_assessment(&assessment(90, new.item.id, new.item.rank)).await.unwrap();
    uow.keep_traces(&[(one.head.id, "{}".to_owned())]).await.unwrap();
    uow.notice(known.id).await.unwrap();
    uow.revisions(known.id).await.unwrap();
    uow.revision_with_hash(known.id, &[9; 32]).await.unwrap();
    uow.bodies(&[(known.id, 1), (one.head.id, 1)]).await.unwrap();
    uow.items_of_notice(known.id).await.unwrap();
    uow.unfinished_items_of(&[known.id, one.head.id]).await.unwrap();
    let mentions = uow.mentions_of_notices(&[known.id, one.head.id]).await.unwrap();
    let ids: Vec<MentionId> = mentions.iter().map(|m| m.id).collect();
    let people: Vec<PersonId> = mentions.iter().map(|m| m.person_id).collect();
    let places: Vec<[u8; 16]> = mentions.iter().filter_map(|m| m.place).collect();
    uow.mentions(&ids).await.unwrap();
    uow.declared_by(&[[1; 16], [2; 16]]).await.unwrap();
    uow.keep_off(&[("ben".to_owned(), known.id)], KeptOff::Declared, NOON).await.unwrap();
    uow.mentions_with_keys(&[[1; 16], [2; 16]], 65).await.unwrap();
    uow.mentions_of_people(&people, 500).await.unwrap();
    uow.mentions_at(&places, 1000).await.unwrap();
    uow.links_of(&ids).await.unwrap();
    uow.link(LinkId::new(NOON, random(1))).await.unwrap();
    uow.traces(&[known.id]).await.unwrap();
    uow.move_mentions(&[(ids[0], people[0])]).await.unwrap();
    uow.remove_mentions(known.id).await.unwrap();
    uow.open_unreadable_of("niche", "F7").await.unwrap();
    uow.count_unreadable(NOON).await.unwrap();
    uow.list_unreadable(true, None, 50).await.unwrap();
    uow.assessments(new.item.id).await.unwrap();
    uow.item(WorkItemId::new(NOON, 1)).await.unwrap();
    uow.notice(NoticeId::new(NOON, 1)).await.unwrap();
}
