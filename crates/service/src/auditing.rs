//! Reading the log: for auditors, who see who did what and never the notices.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ppn_domain::{Act as ActCode, AuditRow, NoticeId, Permission, PersonId, Span, Timestamp, WorkItemId};
use ppn_store::{About, LogQuery, StoreError, UnitOfWork};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::act::Entry;
use crate::assessing::body;
use crate::error::invalid;
use crate::{Principal, Service, ServiceError};

/// The longest page of the log.
pub const LONGEST_LOG_PAGE: u32 = 500;
/// An export reads so many rows at once.
const EXPORTED_AT_ONCE: u32 = 5_000;
/// The longest period in which unusual access is looked for.
pub const LONGEST_LOOK: Span = Span::days(31);
/// So many rows of a period are looked at for unusual access; more is said, and not looked at.
pub const MOST_LOOKED_AT: usize = 200_000;
/// More notices than this opened by one user within an hour are many.
pub const MANY_IN_AN_HOUR: usize = 30;
/// So many notices are named with one finding.
const NAMED: usize = 50;
/// A name shorter than this says nothing.
const SHORTEST_NAME: usize = 3;

/// Which rows of the log to read. What is left out keeps none away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// About this notice.
    pub notice_id: Option<NoticeId>,
    /// About this work item.
    pub work_item_id: Option<WorkItemId>,
    /// About this person, or any notice that mentions them now.
    pub person_id: Option<PersonId>,
    /// By this user.
    pub who: Option<String>,
    /// Of this act.
    pub act: Option<ActCode>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// A page of the log, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The moment that it shows.
    pub as_of: Timestamp,
    /// Rows with their places.
    pub rows: Vec<(i64, AuditRow)>,
    /// Where the next page begins, if there is one: before this place.
    pub next: Option<i64>,
}

/// One user who has seen somebody's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The user.
    pub who: String,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// How often, by act.
    pub acts: BTreeMap<&'static str, u64>,
    /// They held the work on at least one of the notices at some time.
    pub claimed: bool,
}

/// What is unusual about an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unusual {
    /// Notices opened by somebody who had claimed no work on them.
    WithoutClaim,
    /// Many notices opened within an hour.
    ManyInAnHour,
    /// Notices opened on which somebody has the user's surname.
    OwnSurname,
}

impl Unusual {
    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::WithoutClaim => "without_claim",
            Self::ManyInAnHour => "many_in_an_hour",
            Self::OwnSurname => "own_surname",
        }
    }
}

/// Access that somebody should ask about. It says nothing of whether it was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusualAccess {
    /// What is unusual.
    pub kind: Unusual,
    /// Who.
    pub who: String,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// How many notices.
    pub count: usize,
    /// The first fifty of them.
    pub notices: Vec<NoticeId>,
}

/// What a look for unusual access found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusualFound {
    /// The findings, by kind and user.
    pub found: Vec<UnusualAccess>,
    /// False where there were more rows than are looked at.
    pub whole: bool,
}

/// An export under way: pages of rows, newest first.
#[derive(Debug)]
pub struct Export {
    service: Arc<Service>,
    query: Option<LogQuery>,
}

impl Export {
    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(&mut self) -> Result<Option<Vec<(i64, AuditRow)>>, ServiceError> {
        let Some(mut query) = self.query.take() else { return Ok(None) };
        let rows = self.service.store.read().await?.read_log(&query).await?;
        let Some((last, _)) = rows.last() else { return Ok(None) };
        query.before = Some(*last);
        self.query = Some(query);
        Ok(Some(rows))
    }
}

impl Service {
    /// A page of the log, newest first, before a place. That it was read is logged before it is shown.
    ///
    /// # Errors
    /// When the caller may not read the log.
    pub async fn audit(
        &self,
        by: &Principal,
        query: &AuditQuery,
        before: Option<i64>,
        limit: u32,
    ) -> Result<AuditPage, ServiceError> {
        by.require(Permission::ReadAudit)?;
        let as_of = self.clock.now();
        let mut uow = self.store.read().await?;
        let limit = limit.clamp(1, LONGEST_LOG_PAGE);
        let of = LogQuery { before, limit: limit + 1, ..of_the_store(&mut *uow, query).await? };
        let mut rows = uow.read_log(&of).await?;
        drop(uow);
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|(place, _)| *place);
        let detail = json!({ "query": words(query), "rows": rows.len() });
        self.log_alone(by, ActCode::ConsultedLog, entry(query, detail)).await?;
        Ok(AuditPage { as_of, rows, next })
    }

    /// Begins an export of the log. It is logged before the first row leaves, and so is its own first
    /// row where the period takes it in.
    ///
    /// # Errors
    /// When the caller may not read the log.
    pub async fn export_log(
        self: &Arc<Self>,
        by: &Principal,
        query: &AuditQuery,
    ) -> Result<Export, ServiceError> {
        by.require(Permission::ReadAudit)?;
        let of = of_the_store(&mut *self.store.read().await?, query).await?;
        let detail = json!({ "query": words(query) });
        self.log_alone(by, ActCode::LogExported, entry(query, detail)).await?;
        Ok(Export { service: self.clone(), query: Some(LogQuery { limit: EXPORTED_AT_ONCE, ..of }) })
    }

    /// Who has seen somebody's record: the person, or a notice that mentions them, opened, worked,
    /// changed or disclosed by whom, first and last. Work lists show no names and do not count.
    ///
    /// # Errors
    /// When the caller may not read the log, or there is no such person.
    pub async fn who_has_seen(&self, by: &Principal, person: PersonId) -> Result<Vec<Seen>, ServiceError> {
        by.require(Permission::ReadAudit)?;
        let mut uow = self.store.read().await?;
        let query = AuditQuery { person_id: Some(person), ..AuditQuery::default() };
        let of = of_the_store(&mut *uow, &query).await?;
        if of.about.as_ref().is_none_or(|about| about.notices.is_empty()) {
            return Err(ServiceError::NotFound("person"));
        }
        let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
        let mut before = None;
        loop {
            let rows = uow.read_log(&LogQuery { before, limit: EXPORTED_AT_ONCE, ..of.clone() }).await?;
            let Some((last, _)) = rows.last() else { break };
            before = Some(*last);
            for (_, row) in rows {
                if row.who == "system" || row.act == ActCode::ConsultedLog || row.act == ActCode::LogExported
                {
                    continue;
                }
                let one = seen.entry(row.who.clone()).or_insert_with(|| Seen {
                    who: row.who.clone(),
                    first: row.at,
                    last: row.at,
                    acts: BTreeMap::new(),
                    claimed: false,
                });
                one.first = one.first.min(row.at);
                one.last = one.last.max(row.at);
                *one.acts.entry(row.act.code()).or_default() += 1;
                one.claimed |= row.act == ActCode::Claimed;
            }
        }
        let detail = json!({ "query": words(&query), "users": seen.len() });
        drop(uow);
        self.log_alone(by, ActCode::ConsultedLog, entry(&query, detail)).await?;
        Ok(seen.into_values().collect())
    }

    /// Access in a period that somebody should ask about: notices opened without a claim on them, many
    /// within an hour, and such on which somebody has the user's surname. It says nothing of whether it
    /// was wrong, and measures nobody's work.
    ///
    /// # Errors
    /// When the caller may not read the log, or the period is longer than [`LONGEST_LOOK`].
    pub async fn unusual_access(
        &self,
        by: &Principal,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<UnusualFound, ServiceError> {
        by.require(Permission::ReadAudit)?;
        if until - from > LONGEST_LOOK || until <= from {
            let days = LONGEST_LOOK.as_seconds() / 86_400;
            return Err(invalid("/until", "period", format!("choose a period of at most {days} days")));
        }
        let mut uow = self.store.read().await?;
        let (opened, claimed, whole) = opened(&mut *uow, from, until).await?;
        let mut found = without_claim(&mut *uow, &opened, &claimed, until).await?;
        found.extend(many_in_an_hour(&opened));
        found.extend(own_surname(&mut *uow, &opened).await?);
        found.sort_by(|a, b| (a.kind, &a.who, a.first).cmp(&(b.kind, &b.who, b.first)));
        let query = AuditQuery { from: Some(from), until: Some(until), ..AuditQuery::default() };
        let detail = json!({ "query": words(&query), "unusual": found.len() });
        drop(uow);
        self.log_alone(by, ActCode::ConsultedLog, entry(&query, detail)).await?;
        Ok(UnusualFound { found, whole })
    }
}

/// What the caller asked for, in the store's words: a person stands for every notice that mentions them
/// now, under each of the identifiers that they may have had.
async fn of_the_store(uow: &mut dyn UnitOfWork, query: &AuditQuery) -> Result<LogQuery, ServiceError> {
    let mut about = query.notice_id.map(About::notice);
    if let Some(person) = query.person_id {
        let mentions = uow.mentions_of_people(&[person], crate::neighbours::MOST_OF_ONE_PERSON).await?;
        let mut notices: Vec<NoticeId> = mentions.iter().map(|mention| mention.notice_id).collect();
        let mut people: Vec<PersonId> = mentions.iter().map(|mention| PersonId(mention.id.0)).collect();
        people.push(person);
        if let Some(notice) = query.notice_id {
            notices.retain(|id| *id == notice);
            people.clear();
        }
        about = Some(About { notices, people });
    }
    Ok(LogQuery {
        about,
        work_item_id: query.work_item_id,
        who: query.who.clone(),
        act: query.act,
        from: query.from,
        until: query.until,
        before: None,
        limit: 0,
    })
}

fn words(query: &AuditQuery) -> Value {
    json!({
        "notice": query.notice_id, "work_item": query.work_item_id, "person": query.person_id,
        "user": query.who, "act": query.act, "from": query.from, "until": query.until,
    })
}

/// Looking for somebody in the log is an act about them.
fn entry(query: &AuditQuery, detail: Value) -> Entry<'static> {
    Entry {
        notice_id: query.notice_id,
        work_item_id: query.work_item_id,
        person_id: query.person_id,
        detail: Some(detail),
        ..Entry::default()
    }
}

/// Each opening of a notice in a period, by user, oldest first.
type Opened = BTreeMap<String, Vec<(Timestamp, NoticeId)>>;

async fn opened(
    uow: &mut dyn UnitOfWork,
    from: Timestamp,
    until: Timestamp,
) -> Result<(Opened, BTreeSet<(String, NoticeId)>, bool), ServiceError> {
    let (mut opened, mut claimed) = (Opened::new(), BTreeSet::new());
    let (mut before, mut rows_seen) = (None, 0);
    loop {
        let query = LogQuery {
            from: Some(from),
            until: Some(until),
            before,
            limit: EXPORTED_AT_ONCE,
            ..LogQuery::default()
        };
        let rows = uow.read_log(&query).await?;
        let Some((last, _)) = rows.last() else { break };
        before = Some(*last);
        rows_seen += rows.len();
        for (_, row) in rows {
            let Some(notice) = row.notice_id else { continue };
            match row.act {
                // A source that reads its own receipt opens nothing.
                ActCode::ConsultedNotice if row.detail["receipt_only"] == json!(true) => {}
                ActCode::ConsultedNotice | ActCode::ConsultedWorkItem => {
                    opened.entry(row.who).or_default().push((row.at, notice));
                }
                act if gives_work(act) => {
                    claimed.insert((row.recipient.unwrap_or(row.who), notice));
                }
                _ => {}
            }
        }
        if rows_seen >= MOST_LOOKED_AT {
            return Ok((ordered(opened), claimed, false));
        }
    }
    Ok((ordered(opened), claimed, true))
}

fn ordered(mut opened: Opened) -> Opened {
    for of in opened.values_mut() {
        of.sort_unstable();
    }
    opened
}

const fn gives_work(act: ActCode) -> bool {
    matches!(act, ActCode::Claimed | ActCode::Assigned | ActCode::TakenOver)
}

fn finding(kind: Unusual, who: &str, of: &[(Timestamp, NoticeId)]) -> Option<UnusualAccess> {
    let notices: BTreeSet<NoticeId> = of.iter().map(|(_, notice)| *notice).collect();
    Some(UnusualAccess {
        kind,
        who: who.to_owned(),
        first: of.first()?.0,
        last: of.last()?.0,
        count: notices.len(),
        notices: notices.into_iter().take(NAMED).collect(),
    })
}

/// A claim from before the period counts, and so does one that came after the opening.
async fn without_claim(
    uow: &mut dyn UnitOfWork,
    opened: &Opened,
    claimed: &BTreeSet<(String, NoticeId)>,
    until: Timestamp,
) -> Result<Vec<UnusualAccess>, ServiceError> {
    let mut found = Vec::new();
    for (who, of) in opened {
        let mut known: HashMap<NoticeId, bool> = HashMap::new();
        for (_, notice) in of {
            if known.contains_key(notice) {
                continue;
            }
            let mut had = claimed.contains(&(who.clone(), *notice));
            for act in [ActCode::Claimed, ActCode::Assigned, ActCode::TakenOver] {
                if had {
                    break;
                }
                let query = LogQuery {
                    about: Some(About::notice(*notice)),
                    act: Some(act),
                    until: Some(until),
                    limit: 200,
                    ..LogQuery::default()
                };
                let rows = uow.read_log(&query).await?;
                had = rows.iter().any(|(_, row)| row.recipient.as_ref().unwrap_or(&row.who) == who);
            }
            known.insert(*notice, had);
        }
        let without: Vec<_> =
            of.iter().filter(|(_, notice)| known.get(notice) == Some(&false)).copied().collect();
        found.extend(finding(Unusual::WithoutClaim, who, &without));
    }
    Ok(found)
}

/// Hours that overlap are one finding.
fn many_in_an_hour(opened: &Opened) -> Vec<UnusualAccess> {
    let mut found = Vec::new();
    for (who, of) in opened {
        let (mut from, mut inside) = (0, HashMap::<NoticeId, usize>::new());
        let mut stretch: Option<(usize, usize)> = None;
        for (to, (at, notice)) in of.iter().enumerate() {
            *inside.entry(*notice).or_default() += 1;
            while *at - of[from].0 >= Span::hours(1) {
                if let Some(times) = inside.get_mut(&of[from].1) {
                    *times -= 1;
                    if *times == 0 {
                        inside.remove(&of[from].1);
                    }
                }
                from += 1;
            }
            if inside.len() > MANY_IN_AN_HOUR {
                stretch = Some(match stretch {
                    Some((begin, end)) if from <= end => (begin, to),
                    earlier => {
                        found.extend(
                            earlier.and_then(|(a, b)| finding(Unusual::ManyInAnHour, who, &of[a..=b])),
                        );
                        (from, to)
                    }
                });
            }
        }
        found.extend(stretch.and_then(|(a, b)| finding(Unusual::ManyInAnHour, who, &of[a..=b])));
    }
    found
}

/// By the words of a user's name, as far as it has the surname in it.
async fn own_surname(uow: &mut dyn UnitOfWork, opened: &Opened) -> Result<Vec<UnusualAccess>, ServiceError> {
    let mut surnames: HashMap<NoticeId, BTreeSet<String>> = HashMap::new();
    let mut found = Vec::new();
    for (who, of) in opened {
        let own: BTreeSet<String> = folded(who);
        let mut such = Vec::new();
        for (at, notice) in of {
            if !surnames.contains_key(notice) {
                let mut names = BTreeSet::new();
                if let Some(head) = uow.notice(*notice).await? {
                    let notice = body(uow.body(head.id, head.revision).await?, head.id)?;
                    for name in notice.persons.iter().filter_map(|person| person.family_name.as_ref()) {
                        names.extend(folded(name));
                    }
                }
                surnames.insert(*notice, names);
            }
            if surnames.get(notice).is_some_and(|names| !names.is_disjoint(&own)) {
                such.push((*at, *notice));
            }
        }
        found.extend(finding(Unusual::OwnSurname, who, &such));
    }
    Ok(found)
}

fn folded(name: &str) -> BTreeSet<String> {
    name.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.to_lowercase().replace(['\'', '’'], ""))
        .filter(|word| word.chars().count() >= SHORTEST_NAME)
        .collect()
}

/// How rows of the log are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Rows under a header, for a spreadsheet.
    Csv,
    /// One JSON object a line, for a program.
    Ndjson,
}

/// A row as exports write it.
#[derive(Debug, Serialize)]
pub struct ExportedRow<'a> {
    place: i64,
    id: Uuid,
    at: Timestamp,
    who: &'a str,
    act: ActCode,
    notice_id: Option<NoticeId>,
    work_item_id: Option<WorkItemId>,
    person_id: Option<Uuid>,
    origin: &'a str,
    why: Option<&'a str>,
    recipient: Option<&'a str>,
    detail: &'a Value,
}

impl<'a> ExportedRow<'a> {
    /// A row at its place.
    pub fn of((place, row): &'a (i64, AuditRow)) -> Self {
        Self {
            place: *place,
            id: row.id.0,
            at: row.at,
            who: &row.who,
            act: row.act,
            notice_id: row.notice_id,
            work_item_id: row.work_item_id,
            person_id: row.person_id,
            origin: &row.origin,
            why: row.why.as_ref().map(|why| &*why.text),
            recipient: row.recipient.as_deref(),
            detail: &row.detail,
        }
    }

    const COLUMNS: [&'static str; 12] = [
        "place",
        "id",
        "at",
        "who",
        "act",
        "notice_id",
        "work_item_id",
        "person_id",
        "origin",
        "why",
        "recipient",
        "detail",
    ];

    fn cells(&self) -> [String; 12] {
        let id = |id: Option<String>| id.unwrap_or_default();
        [
            self.place.to_string(),
            self.id.to_string(),
            self.at.to_string(),
            no_formula(self.who),
            self.act.to_string(),
            id(self.notice_id.map(|id| id.to_string())),
            id(self.work_item_id.map(|id| id.to_string())),
            id(self.person_id.map(|id| id.to_string())),
            no_formula(self.origin),
            no_formula(self.why.unwrap_or_default()),
            no_formula(self.recipient.unwrap_or_default()),
            self.detail.to_string(),
        ]
    }
}

impl ExportFormat {
    /// What stands before the first row.
    pub fn header(self) -> Vec<u8> {
        match self {
            Self::Csv => line(&ExportedRow::COLUMNS),
            Self::Ndjson => Vec::new(),
        }
    }

    /// Rows, each with the end of its line.
    ///
    /// # Errors
    /// When a row cannot be written; our own always can.
    pub fn rows(self, rows: &[(i64, AuditRow)]) -> Result<Vec<u8>, ServiceError> {
        let mut out = Vec::new();
        for row in rows.iter().map(ExportedRow::of) {
            match self {
                Self::Csv => out.extend(line(&row.cells())),
                Self::Ndjson => {
                    serde_json::to_writer(&mut out, &row)
                        .map_err(|e| ServiceError::from(StoreError::Engine(Box::new(e))))?;
                    out.push(b'\n');
                }
            }
        }
        Ok(out)
    }
}

/// Cells as RFC 4180 has them.
fn line(cells: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut line = Vec::new();
    let mut to = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut line);
    // Nothing that is written to memory fails.
    let _ = to.write_record(cells);
    drop(to);
    line
}

/// A text that a spreadsheet would take for a formula gets an apostrophe before it.
fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_micros(1_780_000_000_000_000) + Span::minutes(minute)
    }

    fn notice(n: u128) -> NoticeId {
        NoticeId(Uuid::from_u128(n))
    }

    #[test]
    fn many_are_many_within_an_hour_alone() {
        let each = |minutes: i64, count: i64| -> Opened {
            let of = (0..count).map(|n| (at(n * minutes), notice(n.unsigned_abs().into()))).collect();
            [("ann".to_owned(), of)].into()
        };
        assert_eq!(many_in_an_hour(&each(1, 30)), []);
        assert_eq!(many_in_an_hour(&each(2, 300)), []);
        let found = many_in_an_hour(&each(1, 100));
        assert_eq!((found.len(), found[0].count, found[0].notices.len()), (1, 100, 50));
        assert_eq!((found[0].first, found[0].last), (at(0), at(99)));
        // The same notice again is one notice.
        let again: Opened = [("ann".to_owned(), (0..100).map(|n| (at(n), notice(1))).collect())].into();
        assert_eq!(many_in_an_hour(&again), []);
    }

    #[test]
    fn names_are_compared_without_case_and_marks() {
        assert_eq!(folded("Sean.O'Neill"), ["oneill".to_owned(), "sean".to_owned()].into());
        assert!(folded("al").is_empty());
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"] {
            assert_eq!(no_formula(text), format!("'{text}"));
        }
        assert_eq!(no_formula("a=1"), "a=1");
    }
}
