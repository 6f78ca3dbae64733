//! Search: notices by their reference, people by name and birth, by address or by phone.
//!
//! What was asked for is kept nowhere: the log says by what it was searched and what was shown. Matching
//! keys find whoever may be meant; whether they are is then told from what the caller may see of each
//! notice. So nobody is found by a former name, a protected address or phone, or a name that was withheld,
//! but by those who work the notice.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{Datelike as _, NaiveDate};
use ppn_domain::notice::codes::{NoticeKind, Role};
use ppn_domain::notice::{Notice, Person};
use ppn_domain::profile::{Birth, Name, Profile, keys};
use ppn_domain::{
    Act as ActCode, Band, Desk, MentionId, NoticeId, Permission, PersonId, SearchId, SessionId, StateName,
    Timestamp, WorkItem, WorkItemId,
};
use ppn_store::{Digest, KeptSearch, Mention};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::act::{self, Act};
use crate::assessing::body;
use crate::error::invalid;
use crate::guarded::{guarded, works_one};
use crate::known_people::LONGEST_DECLARED;
use crate::{Principal, Service, ServiceError};

/// At most so many notices and so many people are shown.
pub const MOST_FOUND: usize = 50;
/// At most so many notices and mentions are looked at: what is behind more of them tells too little.
const MOST_LOOKED_AT: u32 = 300;
/// Years in which people are born.
const YEARS: std::ops::RangeInclusive<i32> = 1800..=2200;
/// A year by which names are compared alone.
const ANY_YEAR: i32 = 2000;

/// What is searched for. Whatever is given narrows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SearchFor {
    /// The reference of a notice, letter for letter.
    pub reference: Option<String>,
    /// Given names.
    pub given_names: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// The year of birth, where no more is known; a year more or less is found too.
    pub year_of_birth: Option<i32>,
    /// The first line of the address.
    pub address_line: Option<String>,
    /// The postcode.
    pub postcode: Option<String>,
    /// The phone.
    pub phone: Option<String>,
}

/// Whom somebody searches for stands in no log.
impl fmt::Debug for SearchFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchFor").field("by", &self.by()).finish_non_exhaustive()
    }
}

impl SearchFor {
    /// By what is searched, in words of the log.
    fn by(&self) -> Vec<&'static str> {
        let all = [
            ("reference", self.reference.is_some()),
            ("name", self.given_names.is_some() || self.family_name.is_some()),
            ("birth", self.date_of_birth.is_some() || self.year_of_birth.is_some()),
            ("address", self.address_line.is_some()),
            ("postcode", self.postcode.is_some()),
            ("phone", self.phone.is_some()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(word, _)| word).collect()
    }

    /// Without the white space around what is given, and without what is blank.
    fn trimmed(&self) -> Self {
        let text = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Self {
            reference: text(&self.reference),
            given_names: text(&self.given_names),
            family_name: text(&self.family_name),
            address_line: text(&self.address_line),
            postcode: text(&self.postcode),
            phone: text(&self.phone),
            ..*self
        }
    }

    fn is_of_people(&self) -> bool {
        self.by().iter().any(|by| *by != "reference")
    }

    fn is_too_long(&self) -> bool {
        let texts = [
            &self.reference,
            &self.given_names,
            &self.family_name,
            &self.address_line,
            &self.postcode,
            &self.phone,
        ];
        texts.into_iter().flatten().any(|text| text.chars().count() > LONGEST_DECLARED)
    }

    /// As a notice would describe the one who is searched for.
    fn profile(&self) -> Result<Profile, ServiceError> {
        let notice = json!({ "source": "search", "reference": "search", "kind": "adult", "persons": [{
            "roles": ["subject"], "given_names": self.given_names, "family_name": self.family_name,
            "date_of_birth": self.date_of_birth, "phone": self.phone,
            "address": { "lines": self.address_line.iter().collect::<Vec<_>>(), "postcode": self.postcode },
        }] });
        let unreadable = || invalid("", "unreadable", "write it as notices do");
        let notice: Notice = serde_json::from_value(notice).map_err(|_| unreadable())?;
        let mut profile = ppn_ingestion::profiles(&notice).pop().ok_or_else(unreadable)?;
        if let (None, Some(year)) = (self.date_of_birth, self.year_of_birth) {
            profile.birth = Birth::Year(year);
        }
        Ok(profile)
    }
}

/// What is searched for, as it is compared.
struct Sought {
    profile: Profile,
    whole_name: BTreeSet<Digest>,
    at_place: bool,
}

impl Sought {
    fn of(search: &SearchFor) -> Result<Self, ServiceError> {
        let profile = search.profile()?;
        let sought =
            Self { whole_name: whole_name(&profile), at_place: search.address_line.is_some(), profile };
        let half = |path: &str, fix: &str| Err(invalid(path, "incomplete", fix));
        if search.phone.is_some() && sought.profile.phone.is_none() {
            return half("/phone", "give the whole number, seven digits at least");
        }
        if sought.at_place && sought.profile.home.place().is_none() {
            return half("/postcode", "give the first line of the address with its postcode");
        }
        let named = !sought.profile.name.is_blank();
        if named && sought.whole_name.is_empty() {
            return half("/family_name", "give a given name and the family name");
        }
        if sought.keys().is_empty() && sought.place().is_none() {
            let fix = "with the name give the date or year of birth or the postcode; or give the phone, or \
                       the first line of the address with its postcode";
            return half(if named { "/date_of_birth" } else { "/given_names" }, fix);
        }
        Ok(sought)
    }

    fn place(&self) -> Option<Digest> {
        self.profile.home.place().filter(|_| self.at_place).map(|place| place.0)
    }

    /// The keys under which whoever is meant stands: of what finds fewest alone.
    fn keys(&self) -> Vec<Digest> {
        let phone = Profile { phone: self.profile.phone, ..Profile::default() };
        let name = Profile {
            name: self.profile.name.clone(),
            birth: match self.profile.birth {
                Birth::Exact(day) => Birth::Year(day.year()),
                other => other,
            },
            postcode: self.profile.postcode,
            ..Profile::default()
        };
        let of = if phone.phone.is_some() { phone } else { name };
        keys(&of).into_iter().map(|key| key.0).collect()
    }

    /// Whether a person, as the caller sees them, is whom they mean.
    fn is(&self, person: &Profile) -> bool {
        let by_name = self.whole_name.is_empty() || !self.whole_name.is_disjoint(&whole_name(person));
        let by_birth = match (self.profile.birth, person.birth) {
            (Birth::Exact(day), Birth::Exact(there)) => day == there,
            (ours, there) => match (ours.year(), there.year()) {
                (Some(ours), Some(there)) => ours.abs_diff(there) <= 1,
                // Not known is not another.
                _ => true,
            },
        };
        let by_phone = self.profile.phone.is_none() || self.profile.phone == person.phone;
        let by_place = !self.at_place || self.profile.home.place() == person.home.place();
        let by_postcode = self.profile.postcode.is_none() || self.profile.postcode == person.postcode;
        by_name && by_birth && by_phone && by_place && by_postcode
    }
}

/// Keys of the names of somebody alone, as they sound and in either order.
fn whole_name(profile: &Profile) -> BTreeSet<Digest> {
    let names = std::iter::once(&profile.name).chain(&profile.other_names);
    let names = names.map(|name: &Name| Profile {
        name: Name {
            given: if name.given.is_empty() { profile.name.given.clone() } else { name.given.clone() },
            family: if name.family.is_empty() { profile.name.family.clone() } else { name.family.clone() },
        },
        birth: NaiveDate::from_ymd_opt(ANY_YEAR, 1, 1).map_or(Birth::Missing, Birth::Placeholder),
        ..Profile::default()
    });
    names.flat_map(|name| keys(&name)).map(|key| key.0).collect()
}

/// A notice that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundNotice {
    /// The notice.
    pub notice_id: NoticeId,
    /// Its source.
    pub source: String,
    /// Its reference at its source.
    pub reference: String,
    /// Its kind.
    pub kind: NoticeKind,
    /// Its receipt.
    pub received: Timestamp,
    /// Its highest item, where it has any.
    pub item: Option<FoundItem>,
}

/// The item by which a notice is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundItem {
    /// The item.
    pub id: WorkItemId,
    /// Its desk.
    pub desk: Desk,
    /// Its band.
    pub band: Band,
    /// Where it stands.
    pub state: StateName,
}

impl FoundItem {
    /// Of the highest band, at a desk of the caller where one is, and where the notice is researched.
    pub(crate) fn highest(items: &[WorkItem], by: &Principal) -> Option<Self> {
        let highest = items.iter().filter(|item| item.desk != Desk::Endorsement).max_by_key(|item| {
            let researched = matches!(item.desk, Desk::Child | Desk::Adult | Desk::DomesticAbuse);
            (item.rank.band, by.roles.work_at(item.desk), researched, item.rank)
        })?;
        Some(Self {
            id: highest.id,
            desk: highest.desk,
            band: highest.rank.band,
            state: highest.state.name(),
        })
    }
}

/// A person who was found, as one notice describes them.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundPerson {
    /// The person over every notice.
    pub person_id: PersonId,
    /// Their name there.
    pub name: Option<String>,
    /// Their date of birth there.
    pub date_of_birth: Option<NaiveDate>,
    /// First line and postcode of their address there.
    pub address: Option<String>,
    /// Their parts there.
    pub roles: Vec<Role>,
    /// The notice.
    pub notice: FoundNotice,
}

/// Without who it is.
impl fmt::Debug for FoundPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FoundPerson")
            .field("person_id", &self.person_id)
            .field("notice", &self.notice)
            .finish_non_exhaustive()
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchFound {
    /// Under which it is found again in the same session.
    pub id: Option<SearchId>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// By what, in words of the log: `reference`, `name`, `birth`, `address`, `postcode`, `phone`.
    pub by: Vec<String>,
    /// Notices with the reference, the latest receipt first.
    pub notices: Vec<FoundNotice>,
    /// Mentions of whoever is meant, the latest receipt first.
    pub people: Vec<FoundPerson>,
    /// There may be more than is shown.
    pub more: bool,
}

/// As a search is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    by: Vec<String>,
    notices: Vec<NoticeId>,
    mentions: Vec<MentionId>,
    more: bool,
}

impl Service {
    /// Searches. What is restricted, or hidden from the caller, is found by nobody else. Logged with what
    /// it shows. In a session it is kept, so that it can be shown again.
    ///
    /// # Errors
    /// When the caller may not open notices, nothing is given, or too little to search by.
    pub async fn search(
        &self,
        by: &Principal,
        search: &SearchFor,
        session: Option<SessionId>,
    ) -> Result<SearchFound, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let search = &search.trimmed();
        if search.by().is_empty() {
            return Err(invalid("/reference", "required", "give something to search by"));
        }
        if search.is_too_long() {
            let fix = format!("shorten each text to {LONGEST_DECLARED} characters");
            return Err(invalid("/reference", "too_long", fix));
        }
        if search.year_of_birth.is_some_and(|year| !YEARS.contains(&year)) {
            return Err(invalid("/year_of_birth", "range", "give a year between 1800 and 2200"));
        }
        let sought = search.is_of_people().then(|| Sought::of(search)).transpose()?;
        let mut act = self.consult(by).await?;
        let mut seen = Seen::default();
        let mut kept = Kept {
            by: search.by().into_iter().map(str::to_owned).collect(),
            notices: Vec::new(),
            mentions: Vec::new(),
            more: false,
        };
        if let Some(reference) = search.reference.as_deref().filter(|_| sought.is_none()) {
            for head in act.uow.notices_referred_to(reference, MOST_LOOKED_AT).await? {
                if seen.notice(&mut act, head.id).await?.is_some() {
                    kept.notices.push(head.id);
                }
            }
        }
        if let Some(sought) = &sought {
            let wanted = search.reference.as_deref();
            let (found, more) = candidates(&mut act, sought).await?;
            kept.more = more;
            for mention in found {
                if kept.mentions.len() > MOST_FOUND {
                    break;
                }
                let Some(found) = seen.notice(&mut act, mention.notice_id).await? else { continue };
                let of_it = wanted.is_none_or(|reference| found.notice.reference == reference);
                let profile = found.profiles.get(usize::from(mention.position));
                if of_it && profile.is_some_and(|person| sought.is(person)) {
                    kept.mentions.push(mention.id);
                }
            }
        }
        kept.more |= kept.notices.len() > MOST_FOUND || kept.mentions.len() > MOST_FOUND;
        kept.notices.truncate(MOST_FOUND);
        kept.mentions.truncate(MOST_FOUND);
        let id = match session {
            Some(session) => {
                let id = SearchId::new(act.now, self.random());
                let found =
                    serde_json::to_string(&kept).map_err(|e| ppn_store::StoreError::Engine(Box::new(e)))?;
                let search = KeptSearch { id, session, made_at: act.now, found };
                act.uow.keep_search(&search, act.now - self.settings.session_longest).await?;
                Some(id)
            }
            None => None,
        };
        let asked_at = act.now;
        show(act, seen, kept, (id, asked_at)).await
    }

    /// What a search of the same session found, as far as the caller may see it now. Logged with what it
    /// shows.
    ///
    /// # Errors
    /// When the caller may not open notices, or no such search is kept for the session.
    pub async fn search_again(
        &self,
        by: &Principal,
        id: SearchId,
        session: SessionId,
    ) -> Result<SearchFound, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let mut act = self.consult(by).await?;
        let search = act.uow.search(id, session).await?;
        let oldest = act.now - self.settings.session_longest;
        let search = search.filter(|search| search.made_at >= oldest);
        let search = search.ok_or(ServiceError::NotFound("search"))?;
        // Kept by another version of this program, it is asked again.
        let kept = serde_json::from_str(&search.found).map_err(|_| ServiceError::NotFound("search"))?;
        show(act, Seen::default(), kept, (Some(id), search.made_at)).await
    }
}

/// Whoever may be meant, the latest receipt first; and whether there may be more.
async fn candidates(act: &mut Act<'_>, sought: &Sought) -> Result<(Vec<Mention>, bool), ServiceError> {
    let most = MOST_LOOKED_AT as usize;
    let place = sought.place().filter(|_| sought.profile.phone.is_none());
    let (found, mut more) = if let Some(place) = place {
        let found = act.uow.mentions_at(&[place], MOST_LOOKED_AT).await?;
        let more = found.len() >= most;
        (found, more)
    } else {
        let mut under: BTreeMap<usize, usize> = BTreeMap::new();
        let mut found: BTreeMap<MentionId, Mention> = BTreeMap::new();
        for (key, mention) in act.uow.mentions_with_keys(&sought.keys(), MOST_LOOKED_AT).await? {
            *under.entry(key).or_default() += 1;
            found.insert(mention.id, mention);
        }
        (found.into_values().collect(), under.values().any(|count| *count >= most))
    };
    let mut found: Vec<Mention> = found;
    found.sort_by_key(|mention| (std::cmp::Reverse(mention.received), mention.id));
    more |= found.len() > most;
    found.truncate(most);
    Ok((found, more))
}

/// A notice as the caller sees it.
struct SeenNotice {
    notice: FoundNotice,
    persons: Vec<Person>,
    profiles: Vec<Profile>,
}

/// Notices that were looked at; those that the caller may not open as nothing.
#[derive(Default)]
struct Seen(BTreeMap<NoticeId, Option<SeenNotice>>);

impl Seen {
    async fn notice(&mut self, act: &mut Act<'_>, id: NoticeId) -> Result<Option<&SeenNotice>, ServiceError> {
        let seen = match self.0.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(look(act, id).await?),
        };
        Ok(seen.as_ref())
    }
}

async fn look(act: &mut Act<'_>, id: NoticeId) -> Result<Option<SeenNotice>, ServiceError> {
    let Some(head) = act.uow.notice(id).await? else { return Ok(None) };
    if !act.may_open(id, head.restricted).await? {
        return Ok(None);
    }
    let whole = body(act.uow.body(id, head.revision).await?, id)?;
    let items = act.uow.items_of_notice(id).await?;
    let shown = if works_one(&items, &act.by.name, act.now) { whole } else { guarded(&whole)? };
    Ok(Some(SeenNotice {
        notice: FoundNotice {
            notice_id: id,
            source: head.source,
            reference: head.reference,
            kind: head.kind,
            received: head.received,
            item: FoundItem::highest(&items, act.by),
        },
        profiles: ppn_ingestion::profiles(&shown),
        persons: shown.persons,
    }))
}

async fn show(
    mut act: Act<'_>,
    mut seen: Seen,
    kept: Kept,
    (id, asked_at): (Option<SearchId>, Timestamp),
) -> Result<SearchFound, ServiceError> {
    let mut notices = Vec::new();
    for id in &kept.notices {
        notices.extend(seen.notice(&mut act, *id).await?.map(|seen| seen.notice.clone()));
    }
    let mut mentions = act.uow.mentions(&kept.mentions).await?;
    mentions.sort_by_key(|mention| (std::cmp::Reverse(mention.received), mention.id));
    let mut people = Vec::new();
    for mention in mentions {
        let Some(seen) = seen.notice(&mut act, mention.notice_id).await? else { continue };
        let Some(person) = seen.persons.get(usize::from(mention.position)) else { continue };
        people.push(found_person(&mention, person, seen.notice.clone()));
    }
    let shown_people: BTreeSet<PersonId> = people.iter().map(|person| person.person_id).collect();
    let shown_notices: BTreeSet<NoticeId> =
        notices.iter().chain(people.iter().map(|person| &person.notice)).map(|of| of.notice_id).collect();
    let detail = json!({ "by": kept.by, "search": id, "people": shown_people, "notices": shown_notices });
    act.log(ActCode::Searched, act::Entry { detail: Some(detail), ..act::Entry::default() });
    act.finish(()).await?;
    Ok(SearchFound { id, asked_at, by: kept.by, notices, people, more: kept.more })
}

fn found_person(mention: &Mention, person: &Person, notice: FoundNotice) -> FoundPerson {
    let name: Vec<&str> =
        [&person.given_names, &person.family_name].into_iter().filter_map(|part| part.as_deref()).collect();
    let address = person.address.as_ref().map(|address| {
        let parts = address.lines.first().into_iter().chain(&address.postcode);
        parts.map(String::as_str).collect::<Vec<_>>().join(", ")
    });
    FoundPerson {
        person_id: mention.person_id,
        name: (!name.is_empty()).then(|| name.join(" ")),
        date_of_birth: person.date_of_birth,
        address: address.filter(|address| !address.is_empty()),
        roles: person.roles.clone(),
        notice,
    }
}
