//! "I know these people": nobody works a notice about themselves or theirs.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ppn_domain::notice::Notice;
use ppn_domain::profile::{Home, keys};
use ppn_domain::{Act as ActCode, NoticeId, Permission, State, Timestamp, WorkItem, WorkItemId};
use ppn_store::{Digest, KeptOff, NewMention, UnitOfWork};
use serde_json::{Value, json};

use crate::act::{Begun, Entry};
use crate::error::invalid;
use crate::{Idempotency, Principal, Service, ServiceError};

/// At most so many people are declared by one person.
pub const MOST_DECLARED: usize = 20;
/// The longest name, phone or line of an address that is declared, in characters.
pub const LONGEST_DECLARED: usize = 200;
/// Notices under one key of a declared person that the person is kept off; a key with more tells too
/// little to keep anybody off.
const MOST_KEPT_OFF: u32 = 1_000;

/// Somebody whom a person declares: themselves, or one of theirs.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// Given names.
    pub given_names: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// Phone.
    pub phone: Option<String>,
    /// The lines of the home address.
    pub address_lines: Vec<String>,
    /// Its postcode.
    pub postcode: Option<String>,
}

/// Who somebody is, is nobody's business in a log.
impl std::fmt::Debug for Declared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Declared").finish_non_exhaustive()
    }
}

impl Declared {
    fn is_too_long(&self) -> bool {
        let one = [&self.given_names, &self.family_name, &self.phone, &self.postcode];
        let all = one.into_iter().flatten().chain(&self.address_lines);
        self.address_lines.len() > 10 || all.into_iter().any(|text| text.chars().count() > LONGEST_DECLARED)
    }

    /// As a notice describes somebody who is there in their own right.
    fn person(&self) -> Value {
        json!({
            "roles": ["subject"], "given_names": self.given_names, "family_name": self.family_name,
            "date_of_birth": self.date_of_birth, "phone": self.phone,
            "address": { "lines": self.address_lines, "postcode": self.postcode },
        })
    }
}

/// What a declared person is found by: matching keys, and their home.
fn digests(people: &[Declared]) -> Result<BTreeSet<Digest>, ServiceError> {
    let notice = json!({ "source": "declared", "reference": "declared", "kind": "adult",
        "persons": people.iter().map(Declared::person).collect::<Vec<_>>() });
    let notice: Notice = serde_json::from_value(notice)
        .map_err(|_| invalid("/people", "unreadable", "declare people as notices describe them"))?;
    let mut digests = BTreeSet::new();
    for profile in ppn_ingestion::profiles(&notice) {
        digests.extend(keys(&profile).into_iter().map(|key| key.0));
        if let Home::Of(place) = profile.home {
            digests.insert(place.0);
        }
    }
    Ok(digests)
}

impl Service {
    /// Hides an item from the caller, since they know the people, and passes it on: whatever of its
    /// notice they hold goes back to its desk. Nobody sees why, and nobody but the caller is kept off.
    ///
    /// # Errors
    /// When the caller may not, or there is no such item for them.
    pub async fn know_these_people(
        &self,
        by: &Principal,
        id: WorkItemId,
        once: Option<&Idempotency>,
    ) -> Result<(), ServiceError> {
        by.require(Permission::KnowPeople)?;
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        let item = act.item(id).await?;
        by.require_desk(item.desk)?;
        let now = act.now;
        act.uow.keep_off(&[(by.name.clone(), item.notice_id)], KeptOff::Said, now).await?;
        act.log(ActCode::KnowsThesePeople, Entry::on(&item));
        self.take_from(&mut *act.uow, &by.name, item.notice_id, now).await?;
        act.finish(()).await
    }

    /// Says who the caller and theirs are, in the place of what they said before. What names them, or is
    /// at their home, is hidden from the caller from now on; what was hidden stays so. Digests alone are
    /// kept, and it is not said how much was found.
    ///
    /// # Errors
    /// When the caller may not, there are too many, or a text is too long.
    pub async fn declare_people(&self, by: &Principal, people: &[Declared]) -> Result<(), ServiceError> {
        by.require(Permission::KnowPeople)?;
        if people.len() > MOST_DECLARED {
            return Err(invalid("/people", "too_many", format!("declare at most {MOST_DECLARED} people")));
        }
        if let Some(at) = people.iter().position(Declared::is_too_long) {
            let fix = format!("shorten each text to {LONGEST_DECLARED} characters");
            return Err(invalid(&format!("/people/{at}"), "too_long", fix));
        }
        let digests: Vec<Digest> = digests(people)?.into_iter().collect();
        let mut act = self.begin_slice(by).await?;
        // A notice that arrives now about one of them waits, and then finds them declared.
        act.uow.lock(&digests).await?;
        act.uow.declare(&by.name, &digests).await?;
        let named = act.uow.mentions_with_keys(&digests, MOST_KEPT_OFF).await?;
        let at_home = act.uow.mentions_at(&digests, MOST_KEPT_OFF).await?;
        let notices: BTreeSet<NoticeId> = named
            .into_iter()
            .map(|(_, mention)| mention)
            .chain(at_home)
            .map(|mention| mention.notice_id)
            .collect();
        let of: Vec<(String, NoticeId)> = notices.iter().map(|notice| (by.name.clone(), *notice)).collect();
        let now = act.now;
        act.uow.keep_off(&of, KeptOff::Declared, now).await?;
        for notice in notices {
            self.take_from(&mut *act.uow, &by.name, notice, now).await?;
        }
        act.log(
            ActCode::PeopleDeclared,
            Entry { detail: Some(json!({ "people": people.len() })), ..Entry::default() },
        );
        act.finish(()).await
    }

    /// Keeps whoever declared one of these people off their notices, and takes from them what they hold.
    pub(crate) async fn keep_off_declared(
        &self,
        uow: &mut dyn UnitOfWork,
        mentions: &[NewMention],
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let (mut digests, mut of) = (Vec::new(), Vec::new());
        for NewMention { mention, keys } in mentions {
            let home = mention.place.filter(|_| mention.makes_home);
            for digest in keys.iter().copied().chain(home) {
                digests.push(digest);
                of.push(mention.notice_id);
            }
        }
        let found = uow.declared_by(&digests).await?;
        let kept_off: BTreeSet<(String, NoticeId)> =
            found.into_iter().filter_map(|(place, name)| Some((name, *of.get(place)?))).collect();
        if kept_off.is_empty() {
            return Ok(());
        }
        let kept_off: Vec<_> = kept_off.into_iter().collect();
        uow.keep_off(&kept_off, KeptOff::Declared, now).await?;
        for (name, notice) in kept_off {
            self.take_from(uow, &name, notice, now).await?;
        }
        Ok(())
    }

    /// Returns what somebody holds of a notice to its desk.
    async fn take_from(
        &self,
        uow: &mut dyn UnitOfWork,
        name: &str,
        notice: NoticeId,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let holds = |item: &WorkItem| matches!(&item.state, State::Claimed { claim } if claim.holder == name);
        let items = uow.items_of_notice(notice).await?;
        let held: Vec<WorkItemId> = items.iter().filter(|item| holds(item)).map(|item| item.id).collect();
        uow.lock_items(&held).await?;
        for id in held {
            let Some(mut item) = uow.item(id).await? else { continue };
            // What ended before it was this unit of work's is left.
            if holds(&item) {
                self.return_item(uow, &mut item, now, ActCode::ClaimWithdrawn).await?;
            }
        }
        Ok(())
    }
}
