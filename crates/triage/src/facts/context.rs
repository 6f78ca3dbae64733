//! What the extractors share: a notice read once into ages, bits and groups.

use chrono::NaiveDate;
use ppn_domain::notice::codes::{Concern, Indicator, NoticeKind, OrderRole, RelationshipKind, Role};
use ppn_domain::notice::{Order, Person};
use ppn_domain::{Evidence, Notice, Timestamp};

use super::Found;

/// People of a notice by the part they have in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Anyone,
    Suspect,
    /// Victims and subjects, whatever else they are: somebody who is also named as suspect keeps
    /// every reason that they have as a victim.
    AtRisk,
    Child,
}

impl Group {
    pub(crate) const ALL: [Self; 4] = [Self::Anyone, Self::Suspect, Self::AtRisk, Self::Child];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Suspect => "suspect",
            Self::AtRisk => "person_at_risk",
            Self::Child => "child",
        }
    }
}

/// One person, with what is asked of them most.
pub(crate) struct Who<'n> {
    pub(crate) person: &'n Person,
    /// Whole years on the day of receipt.
    pub(crate) age: Option<u32>,
    /// Whether they are under 18 then; `None` is not known.
    pub(crate) child: Option<bool>,
    /// Of no known age, and a child notice is for them.
    presumed_child: bool,
}

impl Who<'_> {
    /// Known to be a child, or presumed to be one. Only raises: what a child is left out of asks
    /// for [`Self::child`].
    pub(crate) fn is_child(&self) -> bool {
        self.child.unwrap_or(self.presumed_child)
    }
    pub(crate) fn has(&self, role: Role) -> bool {
        self.person.has_role(role)
    }
    pub(crate) fn is_under(&self, years: u32) -> bool {
        self.is_child() && self.age.is_some_and(|age| age < years)
    }
    pub(crate) fn is_in(&self, group: Group) -> bool {
        match group {
            Group::Anyone => true,
            Group::Suspect => self.has(Role::Suspect),
            Group::AtRisk => self.has(Role::Victim) || self.has(Role::Subject),
            Group::Child => self.is_child(),
        }
    }
    /// There in their own right, not as the one who reported or works with the family.
    pub(crate) fn is_concerned(&self) -> bool {
        self.person
            .roles
            .iter()
            .any(|role| !matches!(role, Role::Informant | Role::Professional | Role::Associate))
    }
}

/// A notice as the extractors read it.
pub(crate) struct Context<'n> {
    pub(crate) notice: &'n Notice,
    pub(crate) received: Timestamp,
    /// The day of receipt in London.
    pub(crate) today: NaiveDate,
    pub(crate) people: Vec<Who<'n>>,
    present: u128,
    ruled_out: u128,
    concerns: u64,
    /// Indicators that words of a narrative suggest, with the words.
    heard: Vec<(Indicator, Evidence)>,
}

impl<'n> Context<'n> {
    pub(crate) fn new(notice: &'n Notice, received: Timestamp) -> Self {
        let today = received.london_date();
        let people: Vec<Who<'n>> = notice
            .persons
            .iter()
            .map(|person| {
                let age = person.age_on(today);
                let presumed_child = notice.kind == NoticeKind::Child
                    && (person.has_role(Role::Subject) || person.has_role(Role::Victim));
                Who { person, age, child: known_child(person, age), presumed_child }
            })
            .collect();
        let mut present = bits(&notice.indicators);
        for who in &people {
            present |= bits(&who.person.indicators);
        }
        let concerns = notice.concerns.iter().fold(0, |bits, c| bits | 1 << (*c as u32));
        Self {
            notice,
            received,
            today,
            people,
            present,
            ruled_out: bits(&notice.indicators_ruled_out),
            concerns,
            heard: Vec::new(),
        }
    }

    /// Takes words of a narrative for an indicator. They count like a tick: a box left empty, and even
    /// one ruled out, is outweighed by words that say otherwise.
    pub(crate) fn hear(&mut self, indicator: Indicator, words: Evidence) {
        self.present |= bits(&[indicator]);
        self.heard.push((indicator, words));
    }

    /// Reports the words of a narrative that suggest an indicator.
    pub(crate) fn words_for(&self, indicator: Indicator, found: &mut Found) {
        for (_, words) in self.heard.iter().filter(|(heard, _)| *heard == indicator) {
            found.words(words);
        }
    }

    pub(crate) const fn kind_is(&self, kind: NoticeKind) -> bool {
        matches!(
            (self.notice.kind, kind),
            (NoticeKind::Child, NoticeKind::Child)
                | (NoticeKind::Adult, NoticeKind::Adult)
                | (NoticeKind::DomesticAbuse, NoticeKind::DomesticAbuse)
        )
    }

    /// Ticked for the notice or for anyone in it, or suggested by words.
    pub(crate) const fn has(&self, indicator: Indicator) -> bool {
        self.present >> (indicator as u32) & 1 == 1
    }

    /// Suggested by words and ticked nowhere.
    pub(crate) fn is_only_heard(&self, indicator: Indicator) -> bool {
        self.has(indicator)
            && !self.notice.indicators.contains(&indicator)
            && !self.people.iter().any(|who| who.person.indicators.contains(&indicator))
    }

    /// Checked and found not so, and nowhere said to be so.
    pub(crate) const fn is_ruled_out(&self, indicator: Indicator) -> bool {
        self.ruled_out >> (indicator as u32) & 1 == 1 && !self.has(indicator)
    }

    pub(crate) const fn has_concern(&self, concern: Concern) -> bool {
        self.concerns >> (concern as u32) & 1 == 1
    }

    pub(crate) fn concern_at(&self, concern: Concern) -> (String, String) {
        let i = self.notice.concerns.iter().position(|c| *c == concern).unwrap_or(0);
        (format!("/concerns/{i}"), concern.code().to_owned())
    }

    /// Reports an indicator: yes where it stands, no where it was ruled out.
    pub(crate) fn indicator(&self, indicator: Indicator, found: &mut Found) {
        if !self.has(indicator) {
            if self.is_ruled_out(indicator) {
                found.no();
            }
            return;
        }
        if let Some(i) = self.notice.indicators.iter().position(|x| *x == indicator) {
            found.yes(|| (format!("/indicators/{i}"), indicator.code().to_owned()));
        }
        for (p, who) in self.people.iter().enumerate() {
            if let Some(i) = who.person.indicators.iter().position(|x| *x == indicator) {
                found.yes(|| (format!("/persons/{p}/indicators/{i}"), indicator.code().to_owned()));
            }
        }
        self.words_for(indicator, found);
    }

    /// The people of a group with their places in the notice.
    pub(crate) fn group(&self, group: Group) -> impl Iterator<Item = (usize, &Who<'n>)> {
        self.people.iter().enumerate().filter(move |(_, who)| who.is_in(group))
    }

    /// Children there in their own right.
    pub(crate) fn children(&self) -> impl Iterator<Item = (usize, &Who<'n>)> {
        self.group(Group::Child).filter(|(_, who)| who.is_concerned())
    }

    pub(crate) fn by_key(&self, key: &str) -> Option<(usize, &Who<'n>)> {
        self.people.iter().enumerate().find(|(_, who)| who.person.key.as_deref() == Some(key))
    }

    /// What `from` is to `to`, as written on `from`.
    pub(crate) fn relation(&self, from: usize, to: usize) -> impl Iterator<Item = RelationshipKind> {
        let key = self.people.get(to).and_then(|who| who.person.key.as_deref());
        self.people
            .get(from)
            .map(|who| who.person.relationships.as_slice())
            .unwrap_or_default()
            .iter()
            .filter(move |r| key.is_some_and(|key| r.to == key))
            .map(|r| r.kind)
    }

    /// Whether two people are said to live together, from either side.
    pub(crate) fn live_together(&self, a: usize, b: usize) -> bool {
        let says = |from: usize, to: usize| {
            let key = self.people.get(to).and_then(|who| who.person.key.as_deref());
            self.people.get(from).is_some_and(|who| {
                who.person
                    .relationships
                    .iter()
                    .any(|r| key.is_some_and(|key| r.to == key) && r.lives_with == Some(true))
            })
        };
        says(a, b) || says(b, a)
    }

    /// Whether one of them is family, carer or step-family to the other, from either side.
    pub(crate) fn are_family(&self, a: usize, b: usize) -> bool {
        self.relation(a, b).chain(self.relation(b, a)).any(|kind| {
            matches!(
                kind,
                RelationshipKind::Parent
                    | RelationshipKind::StepParent
                    | RelationshipKind::Child
                    | RelationshipKind::Sibling
                    | RelationshipKind::Grandparent
                    | RelationshipKind::OtherFamily
                    | RelationshipKind::Carer
                    | RelationshipKind::CaredFor
            )
        })
    }

    /// Whether an order is in force on the day of receipt. A date left out counts as in force.
    pub(crate) fn is_live(&self, order: &Order) -> bool {
        order.issued_on.is_none_or(|day| day <= self.today)
            && order.expires_on.is_none_or(|day| self.today <= day)
    }
}

/// An order that binds the person it stands on; left out means bound.
pub(crate) fn binds(order: &Order) -> bool {
    order.role != Some(OrderRole::Protected)
}

fn bits(indicators: &[Indicator]) -> u128 {
    indicators.iter().fold(0, |bits, i| bits | 1 << (*i as u32))
}

fn known_child(person: &Person, age: Option<u32>) -> Option<bool> {
    if person.unborn == Some(true) {
        return Some(true);
    }
    let as_child = person.has_role(Role::ChildPresent) || person.has_role(Role::ChildInHousehold);
    match age {
        Some(age) if age < 18 => Some(true),
        // An estimate a little over 18 does not undo that the officer entered them as a child.
        Some(age) => {
            let estimated = person.date_of_birth.is_none() || person.date_of_birth_estimated == Some(true);
            Some(as_child && estimated && age <= 20)
        }
        None => as_child.then_some(true),
    }
}
