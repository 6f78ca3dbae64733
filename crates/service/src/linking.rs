//! Who is who: people of notices just kept are joined with those that the store knows.
//!
//! Whether mentions are one person is decided by `ppn_triage::linking` alone, over everybody who
//! could be certainly the same; this room finds them and keeps what was decided. It runs in the unit
//! of work of the arriving notice, and a store has one such unit at a time for notices that share a
//! key, so that two that arrive at one moment find each other.

use std::collections::{BTreeMap, BTreeSet};

use ppn_domain::profile::{Birth, Home, KeyKind, MatchKey, Profile, keys};
use ppn_domain::{Act as ActCode, AuditRow, LinkId, MentionId, Notice, NoticeId, PersonId, Timestamp};
use ppn_store::{Link, LinkState, Mention, NewMention, StoreError, UnitOfWork};
use ppn_triage::linking::{Decision, Verdict, compare, may_reach, partition};
use ppn_triage::{Policy, Trace};
use serde_json::json;

use crate::act::{Entry, turn_of};
use crate::neighbours::circle;
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
    /// person decided about them stands: to the same description, else to whoever is told to be the same
    /// by an identifier, a name or a date of birth. Never to somebody else in the same place: what was said
    /// of one person would then be said of another.
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
        let mut free: Vec<(MentionId, Profile)> =
            free.into_iter().map(|m| Ok((m.id, profile(m)?))).collect::<Result<_, StoreError>>()?;
        for sure in [Sure::Identifier, Sure::NameAndBirth, Sure::Likely] {
            for (given, new) in ids.iter_mut().zip(&self.profiles).filter(|(given, _)| given.is_none()) {
                let same = free.iter().position(|(_, old)| identity(old, new) == Some(sure));
                *given = same.map(|at| free.remove(at).0);
            }
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

    /// Everything by which its people and their homes are found.
    pub(crate) fn keys(&self) -> impl Iterator<Item = ppn_store::Digest> {
        let homes = self.profiles.iter().filter_map(|profile| profile.home.place()).map(|place| place.0);
        self.profiles.iter().flat_map(keys).map(|key| key.0).chain(homes)
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

/// How surely two revisions of one notice describe one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// An identifier of one system.
    Identifier,
    /// The name and the date of birth.
    NameAndBirth,
    /// The full name where a date of birth came or went, or the date of birth and one of the names.
    Likely,
}

fn identity(old: &Profile, new: &Profile) -> Option<Sure> {
    if old.identifiers.iter().any(|identifier| new.identifiers.contains(identifier)) {
        return Some(Sure::Identifier);
    }
    let system = |profile: &Profile| -> BTreeSet<_> { profile.identifiers.iter().map(|i| i.0).collect() };
    if !system(old).is_disjoint(&system(new)) {
        return None;
    }
    let told = |a: &str, b: &str| !a.is_empty() && a == b;
    let (given, family) = (told(&old.name.given, &new.name.given), told(&old.name.family, &new.name.family));
    match (old.birth, new.birth) {
        (Birth::Exact(a), Birth::Exact(b)) if a == b => match (given, family) {
            (true, true) => Some(Sure::NameAndBirth),
            (true, false) | (false, true) => Some(Sure::Likely),
            (false, false) => None,
        },
        (Birth::Exact(_), Birth::Exact(_)) => None,
        (a, b) => {
            let apart = a.year().zip(b.year()).map_or(0, |(a, b)| (a - b).abs());
            (given && family && apart <= 1).then_some(Sure::Likely)
        }
    }
}

/// The possible links between people of whom somebody said that they are two, each with what was said. A
/// refusal speaks of the two people, not of the two notices that it was said of; it covers what is no
/// more alike than that was, so that something new to go by is asked about.
pub(crate) fn refused_already(
    links: &[Link],
    person: impl Fn(MentionId) -> Option<PersonId>,
) -> BTreeMap<LinkId, &Link> {
    let pair = |link: &Link| {
        let (a, b) = (person(link.a)?, person(link.b)?);
        Some((a.min(b), a.max(b)))
    };
    let mut refused: BTreeMap<(PersonId, PersonId), &Link> = BTreeMap::new();
    for link in links.iter().filter(|link| link.state == LinkState::Refused) {
        let Some(pair) = pair(link) else { continue };
        let most = refused.entry(pair).or_insert(link);
        if most.score < link.score {
            *most = link;
        }
    }
    let open = links.iter().filter(|link| link.state == LinkState::Possible);
    open.filter_map(|link| {
        let said = *refused.get(&pair(link)?)?;
        (link.score <= said.score).then_some((link.id, said))
    })
    .collect()
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
        let pool = locked_pool(uow, mentions, earlier).await?;
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
                let (other, wanted) = (profile(other)?, policy.linking().possible_at);
                if !may_reach(&profiles[i], &other, wanted) {
                    continue;
                }
                let likeness = compare(&profiles[i], &other);
                if likeness.score >= wanted {
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

/// The pool, once everybody in it is this unit of work's until it ends, with those whom they may be and
/// those who share a home with them: what others decide about any of them, they decide before or after.
async fn locked_pool(
    uow: &mut dyn UnitOfWork,
    mentions: &[Mention],
    earlier: &BTreeSet<PersonId>,
) -> Result<Pool, ServiceError> {
    let ids: Vec<MentionId> = mentions.iter().map(|mention| mention.id).collect();
    let mut locked: BTreeSet<PersonId> = BTreeSet::new();
    loop {
        let found = if locked.is_empty() { None } else { Some(uow.mentions(&ids).await?) };
        let pool = pool(uow, found.as_deref().unwrap_or(mentions), earlier).await?;
        if uow.sees_one_moment() {
            return Ok(pool);
        }
        // Nobody else knows of somebody who is mentioned here for the first time.
        let known = pool.values().map(|(mention, _)| mention).filter(|mention| !ids.contains(&mention.id));
        let known: BTreeSet<PersonId> =
            known.map(|mention| mention.person_id).chain(earlier.iter().copied()).collect();
        let new: BTreeSet<PersonId> = circle(uow, &known).await?.difference(&locked).copied().collect();
        if new.is_empty() {
            return Ok(pool);
        }
        let turns: Vec<ppn_store::Digest> =
            new.iter().map(|person| turn_of(&[b"person", person.0.as_bytes()])).collect();
        uow.lock(&turns).await?;
        locked.extend(new);
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
