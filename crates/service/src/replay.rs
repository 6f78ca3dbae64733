//! What a replay of the store's own work needs: when each item came, where it stands, and what was found.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ppn_domain::{
    Act as ActCode, Desk, NoticeId, Permission, PersonId, Span, StateName, Suggestion, Timestamp, WorkItem,
};
use ppn_store::{Mention, UnitOfWork};
use ppn_triage::simulation::{Arrival, Level, families};
use serde_json::json;

use crate::act::{Begun, Entry};
use crate::assessing::body;
use crate::{Principal, Service, ServiceError};

/// Items read at once.
const PAGE: u32 = 200;
/// More people than this at one place are no household.
const MOST_AT_HOME: usize = 30;

/// The work of the store for a replay. Nothing in it names a notice or a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// When the replay begins.
    pub switch_on: Timestamp,
    /// What waited then and what arrived since, by desk, in order of arrival.
    pub desks: BTreeMap<Desk, Vec<Arrival>>,
    /// Of them, restricted items: replayed by kind, band and receipt alone.
    pub restricted: usize,
    /// Unfinished items left out, since somebody had opened them before the replay begins.
    pub opened_before: usize,
}

/// An item of the replay, with the notice by which its household is found; `None` where it is restricted.
struct Kept {
    sequence: i64,
    notice: Option<NoticeId>,
    arrival: Arrival,
}

impl Service {
    /// The unfinished work at the desks that are assessed, and what was worked in so much time until now, as
    /// it stands. It is logged as one consultation, by counts since nothing in it is named.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn replay(&self, by: &Principal, history: Span) -> Result<Replay, ServiceError> {
        by.require(Permission::ReadBacklog)?;
        by.require(Permission::ListWork)?;
        let switch_on = self.clock.now() - history;
        let mut replay = Replay { switch_on, desks: BTreeMap::new(), restricted: 0, opened_before: 0 };
        let mut uow = self.store.read().await?;
        let (mut kept, mut after): (Vec<Kept>, i64) = (Vec::new(), 0);
        loop {
            let items = uow.items_since(switch_on, after, PAGE).await?;
            let Some(last) = items.last() else { break };
            after = last.sequence;
            replay.take(&mut *uow, items, &mut kept).await?;
        }
        kept.sort_by_key(|of| of.sequence);
        let homes = households(&mut *uow, &kept).await?;
        drop(uow);
        for (Kept { arrival, .. }, family) in kept.into_iter().zip(homes) {
            replay.desks.entry(arrival.desk).or_default().push(Arrival { family, ..arrival });
        }
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let counts: BTreeMap<&str, usize> =
            replay.desks.iter().map(|(desk, arrivals)| (desk.code(), arrivals.len())).collect();
        let detail = json!({ "replayed": counts, "since": switch_on, "restricted": replay.restricted });
        act.log(ActCode::ConsultedWorkList, Entry { detail: Some(detail), ..Entry::default() });
        act.finish(()).await?;
        Ok(replay)
    }
}

impl Replay {
    async fn take(
        &mut self,
        uow: &mut dyn UnitOfWork,
        items: Vec<WorkItem>,
        kept: &mut Vec<Kept>,
    ) -> Result<(), ServiceError> {
        let (restricted, open): (Vec<_>, Vec<_>) = items
            .into_iter()
            .filter(|item| item.desk.is_assessed())
            .partition(|item| item.restricted.is_restricted());
        for item in restricted {
            if self.waits(&item, None) {
                self.restricted += 1;
                kept.push(Kept { sequence: item.sequence, notice: None, arrival: bare(&item) });
            }
        }
        let ids: BTreeSet<NoticeId> = open.iter().map(|item| item.notice_id).collect();
        let ids: Vec<NoticeId> = ids.into_iter().collect();
        // In the order of opening, so that of several findings the one opened last stands.
        let found: HashMap<NoticeId, (Timestamp, Option<Level>)> = uow
            .found_outcomes_of(&ids)
            .await?
            .into_iter()
            .map(|f| (f.notice_id, (f.opened_at, Level::found(f.found_band, f.found_grade))))
            .collect();
        let found = |item: &WorkItem| found.get(&item.notice_id).copied();
        let open: Vec<WorkItem> =
            open.into_iter().filter(|item| self.waits(item, found(item).map(|(at, _)| at))).collect();
        let latest = uow.latest_assessments(&open).await?;
        let wanted: Vec<(NoticeId, u32)> = open.iter().map(|item| (item.notice_id, item.revision)).collect();
        let bodies = uow.bodies(&wanted).await?;
        for ((item, latest), text) in open.iter().zip(latest).zip(bodies) {
            let suggests = latest.map(|latest| latest.assessment.suggests).unwrap_or_default();
            let arrival = Arrival {
                officer_grade: body(text, item.notice_id)?.officer_grade,
                level: found(item).and_then(|(_, level)| level),
                share: suggests.contains(&Suggestion::Share),
                no_research: suggests.contains(&Suggestion::NoResearch),
                ..bare(item)
            };
            kept.push(Kept { sequence: item.sequence, notice: Some(item.notice_id), arrival });
        }
        Ok(())
    }

    /// Whether somebody has yet to open it when the replay begins. What was opened and put back waits again.
    fn waits(&mut self, item: &WorkItem, found_opened: Option<Timestamp>) -> bool {
        let opened = item.clocks.picked_up.met_at.or(found_opened);
        let state = item.state.name();
        let waits = state == StateName::Waiting || opened.is_none_or(|at| at >= self.switch_on);
        self.opened_before += usize::from(!waits && state != StateName::Done);
        waits
    }
}

/// What a total by desk and band tells of an item.
fn bare(item: &WorkItem) -> Arrival {
    Arrival {
        received: item.received,
        kind: item.kind,
        desk: item.desk,
        rank: item.rank,
        officer_grade: None,
        level: None,
        family: None,
        share: false,
        no_research: false,
    }
}

/// The household of each item: notices at one desk whose people have a home in common.
async fn households(uow: &mut dyn UnitOfWork, kept: &[Kept]) -> Result<Vec<Option<u32>>, ServiceError> {
    let ids: BTreeSet<NoticeId> = kept.iter().filter_map(|of| of.notice).collect();
    let ids: Vec<NoticeId> = ids.into_iter().collect();
    let mut people_of: HashMap<NoticeId, Vec<PersonId>> = HashMap::new();
    let mut homes_of: HashMap<PersonId, BTreeSet<[u8; 16]>> = HashMap::new();
    let mut homes: HashMap<[u8; 16], (bool, BTreeSet<PersonId>)> = HashMap::new();
    for some in ids.chunks(PAGE as usize) {
        for mention in uow.mentions_of_notices(some).await? {
            let Mention { notice_id, person_id, concerned, place, makes_home, .. } = mention;
            if concerned {
                people_of.entry(notice_id).or_default().push(person_id);
            }
            let Some(place) = place else { continue };
            let (is_home, people) = homes.entry(place).or_insert((true, BTreeSet::new()));
            *is_home &= makes_home;
            people.insert(person_id);
            if concerned {
                homes_of.entry(person_id).or_default().insert(place);
            }
        }
    }
    let is_home = |place: &&[u8; 16]| {
        homes.get(*place).is_some_and(|(is_home, people)| *is_home && people.len() <= MOST_AT_HOME)
    };
    let mut first: HashMap<(Desk, [u8; 16]), usize> = HashMap::new();
    let mut pairs = Vec::new();
    for (at, of) in kept.iter().enumerate() {
        let people = of.notice.and_then(|notice| people_of.get(&notice)).into_iter().flatten();
        let places = people.filter_map(|person| homes_of.get(person)).flatten();
        for place in places.filter(is_home) {
            pairs.push((*first.entry((of.arrival.desk, *place)).or_insert(at), at));
        }
    }
    Ok(families(kept.len(), pairs))
}
