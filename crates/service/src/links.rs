//! Links between people: what a person says of them, and a person over every notice.

use std::collections::{BTreeMap, BTreeSet};

use ppn_domain::notice::codes::Role;
use ppn_domain::{Act as ActCode, LinkId, MentionId, Notice, NoticeId, Permission, PersonId, Timestamp};
use ppn_store::{Link, LinkState, Mention, UnitOfWork};
use ppn_triage::linking::compare;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::act::{Act, Begun, Entry, repeated, turn_of};
use crate::assessing::body;
use crate::error::{invalid, typed};
use crate::guarded::{is_hidden, is_withheld};
use crate::linking::{profile, refused_already};
use crate::neighbours::neighbours;
use crate::restricting::may_open;
use crate::{Idempotency, Principal, Service, ServiceError};

/// What a person says of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkVerdict {
    /// They are one person.
    Confirm,
    /// They are two.
    Refuse,
    /// What was said before no longer stands.
    Undo,
}

/// One side of a link, as its notice describes them: enough to tell whether they are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSide {
    /// The mention.
    pub mention_id: MentionId,
    /// The person it stands for.
    pub person_id: PersonId,
    /// The notice.
    pub notice_id: NoticeId,
    /// Its reference at its source.
    pub reference: String,
    /// Name as written; left out where the person asked not to be named.
    pub name: Option<String>,
    /// Date of birth as written.
    pub date_of_birth: Option<chrono::NaiveDate>,
    /// First line and postcode; left out where the address is protected.
    pub address: Option<String>,
}

/// A link with both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// The link.
    pub id: LinkId,
    /// Where it stands: `possible`, `confirmed` or `refused`.
    pub state: String,
    /// How alike they are, in tenths of bits.
    pub score: i32,
    /// Why.
    pub reasons: Vec<String>,
    /// Who decided, and when.
    pub decided: Option<(String, Timestamp)>,
    /// Both sides.
    pub sides: [LinkSide; 2],
}

/// A person over every notice that certain and confirmed links join.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// The person.
    pub id: PersonId,
    /// Where they are mentioned, latest receipt first.
    pub mentions: Vec<LinkSide>,
    /// Links that nobody has decided, and those that somebody has: one that a refusal between the same two
    /// people covers is refused.
    pub links: Vec<Link>,
}

/// The word for a state.
pub const fn state_word(state: LinkState) -> &'static str {
    match state {
        LinkState::Possible => "possible",
        LinkState::Confirmed => "confirmed",
        LinkState::Refused => "refused",
    }
}

impl Service {
    /// A person: where they are mentioned, and whom they may be besides. Logged with what it shows.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is no such person.
    pub async fn person(&self, by: &Principal, id: PersonId) -> Result<PersonView, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let mut act = self.consult(by).await?;
        let view = person(&mut act, by, id).await?.0;
        let shown: Vec<NoticeId> = view.mentions.iter().map(|side| side.notice_id).collect();
        let detail =
            json!({ "notices": shown, "links": view.links.iter().map(|link| link.id).collect::<Vec<_>>() });
        act.log(
            ActCode::ConsultedPerson,
            Entry { person_id: Some(id), detail: Some(detail), ..Entry::default() },
        );
        act.finish(()).await?;
        Ok(view)
    }

    /// A link with what its two notices say of the person. Logged.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is no such link for them.
    pub async fn link(&self, by: &Principal, id: LinkId) -> Result<LinkView, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let Begun::Fresh(mut act) = self.begin::<()>(by, None).await? else {
            return Err(ServiceError::Raced);
        };
        let link = act.uow.link(id).await?.ok_or(ServiceError::NotFound("link"))?;
        let view = view(&mut act, by, link).await?;
        let detail = json!({ "link": id, "notices": view.sides.each_ref().map(|side| side.notice_id) });
        act.log(ActCode::ConsultedPerson, Entry { detail: Some(detail), ..Entry::default() });
        act.finish(()).await?;
        Ok(view)
    }

    /// Confirms, refuses or undoes a link, and assesses again whatever it touches, on both sides.
    ///
    /// # Errors
    /// When the caller may not, there is no such link for them, it stands so already, or no reason is
    /// given.
    pub async fn decide_link(
        &self,
        by: &Principal,
        id: LinkId,
        verdict: LinkVerdict,
        reason: &str,
        once: Option<&Idempotency>,
    ) -> Result<LinkView, ServiceError> {
        by.require(Permission::DecideLink)?;
        let reason = typed("/reason", reason)?;
        repeated(|| self.decide_link_once(by, id, verdict, reason, once)).await
    }

    async fn decide_link_once(
        &self,
        by: &Principal,
        id: LinkId,
        verdict: LinkVerdict,
        reason: &str,
        once: Option<&Idempotency>,
    ) -> Result<LinkView, ServiceError> {
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        act.lock(&[turn_of(&[b"link", id.0.as_bytes()])]).await?;
        let mut link = act.uow.link(id).await?.ok_or(ServiceError::NotFound("link"))?;
        // Whoever may not open both notices may not say who is in them.
        view(&mut act, by, link.clone()).await?;
        let (state, code) = match verdict {
            LinkVerdict::Confirm => (LinkState::Confirmed, ActCode::LinkConfirmed),
            LinkVerdict::Refuse => (LinkState::Refused, ActCode::LinkRefused),
            LinkVerdict::Undo => (LinkState::Possible, ActCode::LinkUndone),
        };
        if link.state == state {
            let fix = format!("it is {} already: read it again", state_word(state));
            return Err(invalid("", "unchanged", fix));
        }
        link.state = state;
        link.decided = (state != LinkState::Possible).then(|| (by.name.clone(), act.now));
        act.uow.decide_link(&link).await?;
        self.relink(&mut act, &link, code, reason).await?;
        let view = view(&mut act, by, link).await?;
        act.finish(view).await
    }

    /// Says of two mentions that the program took for one person, or for two, what they are.
    ///
    /// # Errors
    /// When the caller may not, a mention is not there for them, both are in one notice, they have a
    /// link already (decide that one), or no reason is given.
    pub async fn say_of_mentions(
        &self,
        by: &Principal,
        (a, b): (MentionId, MentionId),
        same: bool,
        reason: &str,
        once: Option<&Idempotency>,
    ) -> Result<LinkView, ServiceError> {
        by.require(Permission::DecideLink)?;
        let reason = typed("/reason", reason)?;
        repeated(|| self.say_of_mentions_once(by, (a, b), same, reason, once)).await
    }

    async fn say_of_mentions_once(
        &self,
        by: &Principal,
        (a, b): (MentionId, MentionId),
        same: bool,
        reason: &str,
        once: Option<&Idempotency>,
    ) -> Result<LinkView, ServiceError> {
        let mut act = match self.begin(by, once).await? {
            Begun::Again(answer) => return Ok(answer),
            Begun::Fresh(act) => act,
        };
        act.lock(&[a, b].map(|id| turn_of(&[b"mention", id.0.as_bytes()]))).await?;
        let found = act.uow.mentions(&[a, b]).await?;
        let [first, second] = found.as_slice() else { return Err(ServiceError::NotFound("mention")) };
        if first.notice_id == second.notice_id {
            return Err(invalid(
                "/b",
                "same_notice",
                "choose mentions of two notices: one notice names nobody twice",
            ));
        }
        let pair = (a.min(b), a.max(b));
        if act.uow.links_of(&[a]).await?.iter().any(|link| (link.a, link.b) == pair) {
            return Err(invalid("/b", "linked", "these two have a link: confirm, refuse or undo that one"));
        }
        // How alike they are is kept with what is said: a refusal covers what is no more alike.
        let likeness = compare(&profile(first)?, &profile(second)?);
        let link = Link {
            id: LinkId::new(act.now, self.random()),
            a: pair.0,
            b: pair.1,
            state: if same { LinkState::Confirmed } else { LinkState::Refused },
            score: likeness.score,
            reasons: likeness.reasons.iter().map(ToString::to_string).collect(),
            made_at: act.now,
            decided: Some((by.name.clone(), act.now)),
        };
        view(&mut act, by, link.clone()).await?;
        act.uow.insert_links(std::slice::from_ref(&link)).await?;
        if act.uow.link(link.id).await?.is_none() {
            // An arriving notice kept a possible link of the two at this moment.
            return Err(ServiceError::Raced);
        }
        let code = if same { ActCode::LinkConfirmed } else { ActCode::LinkRefused };
        self.relink(&mut act, &link, code, reason).await?;
        let view = view(&mut act, by, link).await?;
        act.finish(view).await
    }

    /// Joins or parts the people of a link as it stands now, and assesses both sides again.
    async fn relink(
        &self,
        act: &mut Act<'_>,
        link: &Link,
        code: ActCode,
        reason: &str,
    ) -> Result<(), ServiceError> {
        let policy = self.policy_in_force(&mut *act.uow).await?;
        let mentions = act.uow.mentions(&[link.a, link.b]).await?;
        let earlier: BTreeSet<PersonId> = mentions.iter().map(|mention| mention.person_id).collect();
        let (now, by) = (act.now, act.by);
        let (touched, rows) = self.join_people(&mut *act.uow, &policy, by, now, &mentions, &earlier).await?;
        act.uow.append_log(&rows).await?;
        let near = neighbours(&mut *act.uow, &touched.people, &touched.notices).await?;
        let (items, rows) =
            self.reassess_near(&mut *act.uow, &policy, now, &near, (&BTreeSet::new(), "a link")).await?;
        act.uow.insert_items(&items).await?;
        act.uow.append_log(&rows).await?;
        let detail = json!({ "link": link.id, "mentions": [link.a, link.b] });
        act.log(code, Entry { why: Some(reason), detail: Some(detail), ..Entry::default() });
        Ok(())
    }
}

/// A person as the caller sees them, with their parts in each notice; for the log it is yet to be written.
pub(crate) async fn person(
    act: &mut Act<'_>,
    by: &Principal,
    id: PersonId,
) -> Result<(PersonView, BTreeMap<MentionId, Vec<Role>>), ServiceError> {
    let mentions = act.uow.mentions_of_people(&[id], crate::neighbours::MOST_OF_ONE_PERSON).await?;
    let ids: Vec<MentionId> = mentions.iter().map(|mention| mention.id).collect();
    let mut seen = sides(act, by, &mentions).await?;
    // Whoever asked not to be named has no part on a page that their other notices name.
    seen.retain(|side| !side.withheld);
    // A name left behind stands beside the new one for nobody.
    let former: BTreeSet<String> = seen.iter().flat_map(|side| side.former.iter().cloned()).collect();
    for side in &mut seen {
        side.link.name = side.link.name.take().filter(|name| !is_former(name, &former));
    }
    let (sides, roles): (Vec<_>, Vec<_>) = seen.into_iter().map(|side| (side.link, side.roles)).unzip();
    if sides.is_empty() {
        return Err(ServiceError::NotFound("person"));
    }
    let mut links = act.uow.links_of(&ids).await?;
    let named: BTreeSet<MentionId> = links.iter().flat_map(|link| [link.a, link.b]).collect();
    let named = act.uow.mentions(&named.into_iter().collect::<Vec<_>>()).await?;
    // A link tells of both of its notices: of one that the caller may not open it tells nothing.
    let open: BTreeSet<MentionId> =
        self::sides(act, by, &named).await?.iter().map(|side| side.link.mention_id).collect();
    links.retain(|link| open.contains(&link.a) && open.contains(&link.b));
    let of: BTreeMap<MentionId, PersonId> = named.iter().map(|m| (m.id, m.person_id)).collect();
    let refused: BTreeMap<LinkId, Option<(String, Timestamp)>> =
        refused_already(&links, |mention| of.get(&mention).copied())
            .into_iter()
            .map(|(id, said)| (id, said.decided.clone()))
            .collect();
    for link in &mut links {
        if let Some(decided) = refused.get(&link.id) {
            link.state = LinkState::Refused;
            link.decided.clone_from(decided);
        }
    }
    let roles = sides.iter().map(|side| side.mention_id).zip(roles).collect();
    Ok((PersonView { id, mentions: sides, links }, roles))
}

pub(crate) async fn view(act: &mut Act<'_>, by: &Principal, link: Link) -> Result<LinkView, ServiceError> {
    let mentions = act.uow.mentions(&[link.a, link.b]).await?;
    let sides: Vec<LinkSide> = sides(act, by, &mentions).await?.into_iter().map(|side| side.link).collect();
    // A side that was revised away, or that the caller may not open, leaves no link to see.
    let sides: [LinkSide; 2] = sides.try_into().map_err(|_| ServiceError::NotFound("link"))?;
    Ok(LinkView {
        id: link.id,
        state: state_word(link.state).to_owned(),
        score: link.score,
        reasons: link.reasons,
        decided: link.decided,
        sides,
    })
}

/// A mention as its notice has it.
struct Side {
    link: LinkSide,
    roles: Vec<Role>,
    /// They asked not to be named.
    withheld: bool,
    /// Names that they no longer have, in small letters.
    former: Vec<String>,
}

/// Whether every word of a former name is in a name.
fn is_former(name: &str, former: &BTreeSet<String>) -> bool {
    let name = name.to_lowercase();
    let has = |word: &str| name.split_whitespace().any(|of| of == word);
    former.iter().any(|former| !former.trim().is_empty() && former.split_whitespace().all(has))
}

/// What notices say of mentions, with the parts of each; those of notices that the caller may not open are
/// left out.
async fn sides(act: &mut Act<'_>, by: &Principal, mentions: &[Mention]) -> Result<Vec<Side>, ServiceError> {
    let now = act.now;
    let mut sides = Vec::new();
    let mut read: BTreeMap<NoticeId, (String, Notice)> = BTreeMap::new();
    for id in mentions.iter().map(|mention| mention.notice_id).collect::<BTreeSet<_>>() {
        read.extend(open(&mut *act.uow, by, id, now).await?.map(|opened| (id, opened)));
    }
    for mention in mentions {
        let Some((reference, notice)) = read.get(&mention.notice_id) else { continue };
        let Some(person) = notice.persons.get(usize::from(mention.position)) else { continue };
        let name = [&person.given_names, &person.family_name];
        let name: Vec<&str> = name.into_iter().filter_map(|part| part.as_deref()).collect();
        let withheld = is_withheld(person);
        let hidden = withheld || is_hidden(notice, person);
        let address = person.address.as_ref().filter(|_| !hidden);
        let address = address.map(|address| {
            let parts = address.lines.first().into_iter().chain(&address.postcode);
            parts.map(String::as_str).collect::<Vec<_>>().join(", ")
        });
        let side = LinkSide {
            mention_id: mention.id,
            person_id: mention.person_id,
            notice_id: mention.notice_id,
            reference: reference.clone(),
            name: (!withheld && !name.is_empty()).then(|| name.join(" ")),
            date_of_birth: person.date_of_birth.filter(|_| !withheld),
            address,
        };
        let former = person.former_names.iter().map(|name| name.to_lowercase()).collect();
        sides.push(Side { link: side, roles: person.roles.clone(), withheld, former });
    }
    Ok(sides)
}

async fn open(
    uow: &mut dyn UnitOfWork,
    by: &Principal,
    id: NoticeId,
    now: Timestamp,
) -> Result<Option<(String, Notice)>, ServiceError> {
    let Some(head) = uow.notice(id).await? else { return Ok(None) };
    if !may_open(uow, by, id, head.restricted, now).await? {
        return Ok(None);
    }
    let notice = body(uow.body(id, head.revision).await?, id)?;
    Ok(Some((head.reference, notice)))
}
