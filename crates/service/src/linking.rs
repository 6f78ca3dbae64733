//! Who is who: people of notices just kept are joined with those that the store knows.
//!
//! Whether mentions are one person is decided by `ppn_triage::linking` alone, over everybody who
//! could be certainly the same; this room finds them and keeps what was decided. It runs in the unit
//! of work of the arriving notice, and a store has one such unit at a time for notices that share a
//! key, so that two that arrive at one moment find each other.

use std::collections::{BTreeMap, BTreeSet};

use ppn_domain::profile::{Home, KeyKind, MatchKey, Profile, keys};
use ppn_domain::{Act as ActCode, AuditRow, LinkId, MentionId, Notice, NoticeId, PersonId, Timestamp};
use ppn_store::{Link, LinkState, Mention, NewMention, StoreError, UnitOfWork};
use ppn_triage::linking::{Decision, Verdict, compare, partition};
use ppn_triage::{Policy, Trace};
use serde_json::json;

use crate::act::Entry;
use crate::{Principal, Service, ServiceError};

/// More mentions than these of people who could be certainly the same are not weighed against each
/// other: what is new joins whoever is there. Nobody has so many; an identifier filled in by habit has.
pub const MOST_WEIGHED: usize = 1_000;

/// A key under which more mentions than these are found offers no possible link: it tells too little.
pub const MOST_UNDER_ONE_KEY: u32 = 64;

/// What linking and history keep of a notice; made before the store's turn is taken.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    pub profiles: Vec<Profile>,
    pub trace: Trace,
}

impl Described {
    pub(crate) fn of(notice: &Notice, trace: Trace) -> Self {
        Self { profiles: ppn_ingestion::profiles(notice), trace }
    }

    /// The mentions to keep. Those of an earlier revision lend their identifiers, so that what a
    /// person decided about them stands: first to the same description, then to the same place.
    pub(crate) fn mentions(
        &self,
        notice_id: NoticeId,
        received: Timestamp,
        earlier: &[Mention],
        mut id: impl FnMut() -> MentionId,
    ) -> Result<Vec<NewMention>, StoreError> {
        let texts: Vec<String> =
            self.profiles.iter().map(serde_json::to_string).collect::<Result<_, _>>().map_err(engine)?;
        let mut free: Vec<&Mention> = earlier.iter().collect();
        let mut ids: Vec<Option<MentionId>> = texts
            .iter()
            .map(|text| free.iter().position(|m| m.profile == *text).map(|at| free.remove(at).id))
            .collect();
        for (position, given) in ids.iter_mut().enumerate().filter(|(_, given)| given.is_none()) {
            let same = free.iter().position(|m| usize::from(m.position) == position);
            *given = same.map(|at| free.remove(at).id);
        }
        let of = self.profiles.iter().zip(texts).zip(ids);
        Ok(of
            .zip(0_u16..)
            .map(|(((profile, text), given), position)| {
                let id = given.unwrap_or_else(&mut id);
                let place = profile.home.place();
                NewMention {
                    mention: Mention {
                        id,
                        notice_id,
                        position,
                        person_id: PersonId(id.0),
                        received,
                        concerned: self.trace.concerns(usize::from(position)),
                        place: place.map(|place| place.0),
                        makes_home: matches!(profile.home, Home::Of(_)),
                        profile: text,
                    },
                    keys: keys(profile).into_iter().map(|key| key.0).collect(),
                }
            })
            .collect())
    }

    /// Everything under which its people are found.
    pub(crate) fn keys(&self) -> impl Iterator<Item = ppn_store::Digest> {
        self.profiles.iter().flat_map(keys).map(|key| key.0)
    }

    pub(crate) fn trace(&self) -> Result<String, StoreError> {
        serde_json::to_string(&self.trace).map_err(engine)
    }
}

fn engine(error: serde_json::Error) -> StoreError {
    StoreError::Engine(Box::new(error))
}

pub(crate) fn profile(mention: &Mention) -> Result<Profile, StoreError> {
    serde_json::from_str(&mention.profile)
        .map_err(|_| StoreError::inconsistent("mentions", "profile", mention.id))
}

/// Everybody whose links an act may have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    pub people: BTreeSet<PersonId>,
    pub notices: BTreeSet<NoticeId>,
}

/// Mentions that are weighed together.
type Pool = BTreeMap<MentionId, (Mention, Profile)>;

impl Service {
    /// Joins mentions with whom they certainly are, keeps whom they may be, and says who is touched.
    /// `earlier` are the people whom dropped mentions stood for.
    pub(crate) async fn join_people(
        &self,
        uow: &mut dyn UnitOfWork,
        policy: &Policy,
        by: &Principal,
        now: Timestamp,
        mentions: &[Mention],
        earlier: &BTreeSet<PersonId>,
    ) -> Result<(Touched, Vec<AuditRow>), ServiceError> {
        let mut touched = Touched::default();
        let mut rows = Vec::new();
        touched.people.extend(earlier);
        if mentions.is_empty() && earlier.is_empty() {
            return Ok((touched, rows));
        }
        let fresh: BTreeSet<MentionId> = mentions.iter().map(|m| m.id).collect();
        let pool = pool(uow, mentions, earlier).await?;
        let decisions = decisions(uow, &pool).await?;
        let weighed: Vec<(MentionId, &Profile)> =
            pool.iter().map(|(id, (_, profile))| (*id, profile)).collect();
        let groups = partition(&weighed, &decisions);
        // The pool is in order of mention, so the first of a group is its lowest.
        let mut lowest: BTreeMap<usize, PersonId> = BTreeMap::new();
        let mut now_of: BTreeMap<MentionId, PersonId> = BTreeMap::new();
        for (group, (id, _)) in groups.iter().zip(&weighed) {
            now_of.insert(*id, *lowest.entry(*group).or_insert(PersonId(id.0)));
        }
        let mut moves = Vec::new();
        let mut parted: Vec<Mention> = Vec::new();
        for (mention, _) in pool.values() {
            let Some(&person) = now_of.get(&mention.id) else { continue };
            touched.people.extend([mention.person_id, person]);
            touched.notices.insert(mention.notice_id);
            if mention.person_id == person {
                continue;
            }
            moves.push((mention.id, person));
            let joined = person.0 < mention.person_id.0;
            let act = if joined { ActCode::PeopleJoined } else { ActCode::PeopleParted };
            let detail = json!({ "mention": mention.id, "from": mention.person_id, "to": person });
            let entry = Entry {
                notice_id: Some(mention.notice_id),
                person_id: Some(person),
                detail: Some(detail),
                ..Entry::default()
            };
            rows.push(self.log_row(by, now, act, entry));
            if !joined && !fresh.contains(&mention.id) {
                parted.push(mention.clone());
            }
        }
        uow.move_mentions(&moves).await?;
        let ask: Vec<&Mention> = mentions.iter().chain(&parted).collect();
        let possible = self.possible(uow, policy, now, &ask, &now_of).await?;
        uow.insert_links(&possible).await?;
        Ok((touched, rows))
    }

    /// Whom mentions may be, beyond what is certain.
    async fn possible(
        &self,
        uow: &mut dyn UnitOfWork,
        policy: &Policy,
        now: Timestamp,
        mentions: &[&Mention],
        now_of: &BTreeMap<MentionId, PersonId>,
    ) -> Result<Vec<Link>, ServiceError> {
        let mut asked: Vec<(usize, [u8; 16])> = Vec::new();
        let profiles: Vec<Profile> = mentions.iter().map(|m| profile(m)).collect::<Result<_, _>>()?;
        for (i, of) in profiles.iter().enumerate() {
            let blocking = keys(of).into_iter().filter(|key| key.kind() == KeyKind::Blocking);
            asked.extend(blocking.map(|key| (i, key.0)));
        }
        let distinct: Vec<[u8; 16]> =
            asked.iter().map(|(_, key)| *key).collect::<BTreeSet<_>>().into_iter().collect();
        let mut under: BTreeMap<[u8; 16], Vec<Mention>> = BTreeMap::new();
        for (key, mention) in uow.mentions_with_keys(&distinct, MOST_UNDER_ONE_KEY + 1).await? {
            if let Some(key) = distinct.get(key) {
                under.entry(*key).or_default().push(mention);
            }
        }
        under.retain(|_, found| found.len() <= MOST_UNDER_ONE_KEY as usize);
        let person = |mention: &Mention| now_of.get(&mention.id).copied().unwrap_or(mention.person_id);
        let mut links: BTreeMap<(MentionId, MentionId), Link> = BTreeMap::new();
        let mut seen: BTreeSet<(MentionId, MentionId)> = BTreeSet::new();
        for (i, key) in asked {
            let mention = mentions[i];
            for other in under.get(&key).map_or(&[][..], Vec::as_slice) {
                let pair = (mention.id.min(other.id), mention.id.max(other.id));
                if mention.id == other.id
                    || mention.notice_id == other.notice_id
                    || person(mention) == person(other)
                    || !seen.insert(pair)
                {
                    continue;
                }
                let likeness = compare(&profiles[i], &profile(other)?);
                if likeness.score >= policy.linking().possible_at {
                    links.insert(
                        pair,
                        Link {
                            id: LinkId::new(now, self.random()),
                            a: pair.0,
                            b: pair.1,
                            state: LinkState::Possible,
                            score: likeness.score,
                            reasons: likeness.reasons.iter().map(ToString::to_string).collect(),
                            made_at: now,
                            decided: None,
                        },
                    );
                }
            }
        }
        Ok(links.into_values().collect())
    }
}

/// Everybody who could be certainly the same as somebody of these, over any number of steps.
async fn pool(
    uow: &mut dyn UnitOfWork,
    mentions: &[Mention],
    earlier: &BTreeSet<PersonId>,
) -> Result<Pool, ServiceError> {
    let mut pool = Pool::new();
    let mut asked: BTreeSet<MatchKey> = BTreeSet::new();
    let mut people: BTreeSet<PersonId> = BTreeSet::new();
    let mut fresh: Vec<Mention> = mentions.to_vec();
    let mut of: Vec<PersonId> = earlier.iter().filter(|person| people.insert(**person)).copied().collect();
    while !fresh.is_empty() && pool.len() <= MOST_WEIGHED {
        let mut ask: Vec<[u8; 16]> = Vec::new();
        for mention in fresh.drain(..) {
            let profile = profile(&mention)?;
            let certain = keys(&profile).into_iter().filter(|key| key.kind() == KeyKind::Certain);
            ask.extend(certain.filter(|key| asked.insert(*key)).map(|key| key.0));
            of.extend(people.insert(mention.person_id).then_some(mention.person_id));
            pool.insert(mention.id, (mention, profile));
        }
        let most = u32::try_from(MOST_WEIGHED).unwrap_or(u32::MAX);
        let found = uow.mentions_with_keys(&ask, most).await?.into_iter().map(|(_, mention)| mention);
        let of_people = uow.mentions_of_people(&std::mem::take(&mut of), most).await?;
        for mention in found.chain(of_people) {
            if !pool.contains_key(&mention.id) && !fresh.iter().any(|m| m.id == mention.id) {
                fresh.push(mention);
            }
        }
    }
    Ok(pool)
}

/// What people decided about these mentions.
async fn decisions(uow: &mut dyn UnitOfWork, pool: &Pool) -> Result<Vec<Decision<MentionId>>, ServiceError> {
    let ids: Vec<MentionId> = pool.keys().copied().collect();
    let links = uow.links_of(&ids).await?;
    Ok(links
        .into_iter()
        .filter_map(|link| {
            let verdict = match link.state {
                LinkState::Confirmed => Verdict::Confirmed,
                LinkState::Refused => Verdict::Refused,
                LinkState::Possible => return None,
            };
            Some(Decision { a: link.a, b: link.b, verdict })
        })
        .collect())
}
