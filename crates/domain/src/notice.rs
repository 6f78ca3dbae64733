//! The notice: what a source system submits, as types.
//!
//! Field names are those of `contract/notice.schema.json`, which is the contract. Absent is not
//! known, which is never read as no.

pub mod codes;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Restriction, Timestamp, age_on};
use codes::{
    AddressKind, Answer, Capacity, Concern, Consent, DisabilityStatus, Grade, Indicator, KnownEventKind,
    Marker, MissingRisk, NotSpokenToReason, NoticeKind, OfficerDefinedEthnicity, OrderKind, OrderRole,
    ProtectionPlace, RelationshipKind, RestrictionReason, ReturnInterview, Role, Sex, SocialCareStatus, Tool,
};

macro_rules! record {
    ($($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$fmeta:meta])* $field:ident : $kind:tt $ty:ty,)*
    })+) => {$(
        record!(@one [$(#[$meta])*] $name [] $($(#[$fmeta])* $field : $kind $ty,)*);
    )+};
    (@one [$($meta:tt)*] $name:ident [$($done:tt)*]) => {
        $($meta)*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name { $($done)* }
    };
    (@one $meta:tt $name:ident [$($done:tt)*] $(#[$f:meta])* $field:ident : req $ty:ty, $($rest:tt)*) => {
        record!(@one $meta $name [$($done)* $(#[$f])* pub $field: $ty,] $($rest)*);
    };
    (@one $meta:tt $name:ident [$($done:tt)*] $(#[$f:meta])* $field:ident : opt $ty:ty, $($rest:tt)*) => {
        record!(@one $meta $name [$($done)*
            $(#[$f])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $field: Option<$ty>,] $($rest)*);
    };
    (@one $meta:tt $name:ident [$($done:tt)*] $(#[$f:meta])* $field:ident : many $ty:ty, $($rest:tt)*) => {
        record!(@one $meta $name [$($done)*
            $(#[$f])* #[serde(default, skip_serializing_if = "Vec::is_empty")] pub $field: Vec<$ty>,] $($rest)*);
    };
    (@one $meta:tt $name:ident [$($done:tt)*] $(#[$f:meta])* $field:ident : map $ty:ty, $($rest:tt)*) => {
        record!(@one $meta $name [$($done)*
            $(#[$f])* #[serde(default, skip_serializing_if = "BTreeMap::is_empty")] pub $field: BTreeMap<String, $ty>,] $($rest)*);
    };
}

record! {
    /// One public protection notice, one revision of it. (`source`, `reference`) identifies it.
    pub struct Notice {
        /// The submitting system.
        source: req String,
        /// The source system's own reference.
        reference: req String,
        /// What it is mainly about; decides the desk of its own kind.
        kind: req NoticeKind,
        /// Concerns ticked.
        concerns: many Concern,
        /// The submitting team.
        source_team: opt String,
        /// Why only named people may open it; empty means that it is open to the desk.
        restricted: many RestrictionReason,
        /// When the incident happened.
        occurred_at: opt Timestamp,
        /// When the officer submitted it at the source: the waiting clock starts here.
        submitted_at: opt Timestamp,
        /// When this content was written, where it amends an earlier one.
        amended_at: opt Timestamp,
        /// Entered in error at the source. Closes nothing.
        withdrawn_reason: opt String,
        /// The abuse reported happened long ago. Lowers nothing.
        non_recent: opt bool,
        /// Incident log number; notices that share one are one event.
        incident_reference: opt String,
        /// Crime numbers; notices that share one are one event.
        crime_references: many String,
        /// Missing report number; notices that share one are one event.
        missing_reference: opt String,
        /// Custody record number.
        custody_reference: opt String,
        /// References of other notices that the source already links to this one.
        linked_references: many String,
        /// The officer who submitted.
        officer: opt Officer,
        /// The responding officer's own grade: evidence, not truth.
        officer_grade: opt Grade,
        /// Why the officer gave that grade.
        officer_rationale: opt String,
        /// Where it happened.
        location: opt Address,
        /// Key of the social care area.
        local_authority: opt String,
        /// The facts as observed and reported.
        circumstances: opt String,
        /// Opinion, kept apart from the facts.
        officer_opinion: opt String,
        /// Everybody named or described.
        persons: many Person,
        /// Facts about the incident or household as a whole.
        indicators: many Indicator,
        /// Checked and found not so.
        indicators_ruled_out: many Indicator,
        /// Structured questions put to one person.
        risk_assessments: many RiskAssessment,
        /// Missing episodes.
        missing: many MissingEpisode,
        /// What was done.
        actions: opt Actions,
    }

    /// The officer who submitted.
    pub struct Officer {
        /// Collar number.
        collar_number: req String,
        /// Unit or team.
        unit: opt String,
        /// The supervisor's collar number.
        supervisor_collar_number: opt String,
    }

    /// A place.
    pub struct Address {
        /// The lines as written.
        lines: many String,
        /// Postcode as written.
        postcode: opt String,
        /// Unique property reference number.
        uprn: opt String,
        /// Must not reach another party to the notice.
        protected: opt bool,
        /// What kind of place it is.
        kind: opt AddressKind,
    }

    /// Somebody named or described in a notice.
    pub struct Person {
        /// Names this person within the notice.
        key: opt String,
        /// The source system's nominal identifier, compared only within that source.
        person_id: opt String,
        /// Identifiers in other systems.
        identifiers: many Identifier,
        /// Their parts in this notice.
        roles: many Role,
        /// Family name.
        family_name: opt String,
        /// Given names.
        given_names: opt String,
        /// Date of birth.
        date_of_birth: opt NaiveDate,
        /// The date of birth is an estimate.
        date_of_birth_estimated: opt bool,
        /// Years, on the day of submission.
        #[serde(deserialize_with = "whole_years")]
        estimated_age: opt u8,
        /// Not born yet.
        unborn: opt bool,
        /// When the birth is expected.
        expected_birth_on: opt NaiveDate,
        /// Recorded for monitoring; never scored.
        sex: opt Sex,
        /// Shown to the holder alone; never scored.
        gender_identity: opt String,
        /// Self-defined ethnicity, 18+1 code; recorded for monitoring, never scored.
        ethnicity: opt String,
        /// First language.
        first_language: opt String,
        /// Needs an interpreter.
        interpreter_needed: opt bool,
        /// Home address.
        address: opt Address,
        /// Phone number.
        phone: opt String,
        /// In words, for display alone.
        relationship: opt String,
        /// School or nursery.
        school: opt String,
        /// Doctor's surgery.
        gp: opt String,
        /// Pregnant.
        pregnant: opt bool,
        /// Disabilities, in words.
        disabilities: many String,
        /// Involvement of social care.
        social_care: many SocialCare,
        /// Warning markers.
        markers: many Marker,
        /// What the person said and how they were.
        voice: opt Voice,
        /// Other names in use.
        aliases: many String,
        /// Former names: may be used to match, shown to the holder alone.
        former_names: many String,
        /// Recorded for monitoring; never scored.
        ethnicity_officer_defined: opt OfficerDefinedEthnicity,
        /// Occupation.
        occupation: opt String,
        /// What they were exposed to.
        presence: opt Presence,
        /// Orders concerning them.
        orders: many Order,
        /// What they are to others.
        relationships: many Relationship,
        /// Facts about them.
        indicators: many Indicator,
        /// Whether disability was asked about.
        disability_status: opt DisabilityStatus,
        /// Their answer to sharing. Lowers nothing.
        consent: opt Consent,
        /// Mental capacity.
        capacity: opt Capacity,
        /// What they want.
        wishes: opt String,
        /// Their wishes may change or be forced.
        fluctuating_or_coerced: opt bool,
        /// Asked not to be named.
        identity_withheld: opt bool,
        /// Organisation they speak for.
        organisation: opt String,
        /// How they can be reached without danger.
        safe_contact: opt String,
        /// What the source already knows of them besides notices.
        known_events: many KnownEvent,
    }

    /// An identifier in another system, compared only within that system.
    pub struct Identifier {
        /// The system.
        system: req String,
        /// The identifier there.
        id: req String,
    }

    /// Involvement of social care.
    pub struct SocialCare {
        /// The status.
        status: req SocialCareStatus,
        /// Key of the authority.
        authority: opt String,
        /// The worker's name.
        worker: opt String,
        /// When the status was checked.
        checked_at: opt Timestamp,
    }

    /// The voice of the child, or of an adult at risk.
    pub struct Voice {
        /// Seen by an officer.
        seen: opt bool,
        /// Spoken to.
        spoken_to: opt bool,
        /// Spoken to alone.
        spoken_to_alone: opt bool,
        /// What they said.
        words: opt String,
        /// How they were.
        demeanour: opt String,
        /// Why not spoken to.
        not_spoken_to_reason: opt NotSpokenToReason,
    }

    /// What a child or adult at risk was exposed to.
    pub struct Presence {
        /// Was there.
        present: opt bool,
        /// Saw it.
        saw: opt bool,
        /// Heard it.
        heard: opt bool,
        /// Was injured.
        injured: opt bool,
        /// Was asleep.
        asleep: opt bool,
    }

    /// An order, notice or set of conditions.
    pub struct Order {
        /// Which.
        kind: req OrderKind,
        /// Last day in force.
        expires_on: opt NaiveDate,
        /// Its terms.
        terms: opt String,
        /// Bound or protected; left out means bound.
        role: opt OrderRole,
        /// Key of the other party.
        other_party: opt String,
        /// First day in force.
        issued_on: opt NaiveDate,
    }

    /// What one person is to another.
    pub struct Relationship {
        /// Key of the other person.
        to: req String,
        /// What they are to them.
        kind: req RelationshipKind,
        /// Live together.
        lives_with: opt bool,
        /// When it ended.
        ended_on: opt NaiveDate,
    }

    /// Something that the source already knows of a person.
    pub struct KnownEvent {
        /// What kind.
        kind: req KnownEventKind,
        /// The day.
        on: req NaiveDate,
        /// Its reference.
        reference: opt String,
        /// Its category, in the source's words.
        category: opt String,
    }

    /// Structured questions put to one person.
    pub struct RiskAssessment {
        /// Key of the person asked.
        person: opt String,
        /// The tool.
        tool: req Tool,
        /// Declined the whole assessment.
        refused: opt bool,
        /// Answers by item code; a question left out was not asked.
        answers: map Answer,
        /// Comments by item code.
        comments: map String,
    }

    /// A missing episode.
    pub struct MissingEpisode {
        /// Key of the missing person.
        person: opt String,
        /// The level given.
        risk: opt MissingRisk,
        /// When reported.
        reported_at: opt Timestamp,
        /// When returned or found.
        returned_at: opt Timestamp,
        /// The return home interview.
        return_interview: opt ReturnInterview,
    }

    /// What was done.
    pub struct Actions {
        /// Somebody was arrested.
        arrested: opt bool,
        /// Use of section 46 of the Children Act 1989; one entry a child.
        police_protection: many PoliceProtection,
        /// Body-worn video was on.
        body_worn_video: opt bool,
        /// The scene was photographed.
        scene_photographed: opt bool,
        /// A crime was recorded.
        crime_recorded: opt bool,
        /// The school was told.
        school_notified: opt bool,
        /// With whom the child was left, in words.
        child_left_with: opt String,
        /// That person was checked.
        checks_on_carer: opt bool,
        /// A supervisor reviewed the notice.
        supervisor_reviewed: opt bool,
        /// Calls and messages to social care.
        social_care_told: many SocialCareTold,
    }

    /// Use of police protection for one child.
    pub struct PoliceProtection {
        /// When it began.
        started_at: req Timestamp,
        /// When it ended.
        ended_at: opt Timestamp,
        /// Key of the child.
        person: opt String,
        /// The designated officer.
        designated_officer: opt String,
        /// Where the child is kept.
        place: opt ProtectionPlace,
        /// Why it ended.
        end_reason: opt String,
    }

    /// A call or message to social care.
    pub struct SocialCareTold {
        /// When.
        at: req Timestamp,
        /// Key of the authority.
        authority: opt String,
        /// Who was told.
        person: opt String,
        /// Their reference.
        reference: opt String,
        /// By phone.
        by_phone: opt bool,
    }
}

/// JSON Schema counts 7.0 as an integer, so this does too.
fn whole_years<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u8>, D::Error> {
    let years = Option::<serde_json::Number>::deserialize(d)?;
    years
        .map(|n| {
            n.as_u64()
                .and_then(|n| u8::try_from(n).ok())
                .or_else(|| {
                    let f = n.as_f64()?;
                    (0..=u8::MAX).find(|&whole| f64::from(whole).total_cmp(&f).is_eq())
                })
                .ok_or_else(|| serde::de::Error::custom("not a whole number of years"))
        })
        .transpose()
}

impl Notice {
    /// The person with this key; the first where a key is used twice.
    pub fn person(&self, key: &str) -> Option<&Person> {
        self.persons.iter().find(|p| p.key.as_deref() == Some(key))
    }

    /// The moment by which revisions are ordered: `amended_at`, else `submitted_at`, else arrival.
    pub fn version_at(&self, arrived: Timestamp) -> Timestamp {
        self.amended_at.or(self.submitted_at).unwrap_or(arrived)
    }

    /// When the waiting clock started: the time that the source gives, never later than arrival.
    pub fn received(&self, arrived: Timestamp) -> Timestamp {
        self.submitted_at.map_or(arrived, |at| at.min(arrived))
    }

    /// Whether only named people may open it.
    pub const fn is_restricted(&self) -> bool {
        !self.restricted.is_empty()
    }

    /// Why only named people may open it.
    pub fn restriction(&self) -> Restriction {
        self.restricted.iter().copied().collect()
    }
}

impl Person {
    /// Whether they have this part in the notice.
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Age in whole years on a day: from the date of birth, else the estimate; `None` is not known.
    ///
    /// Somebody unborn, or born after the day, has none.
    pub fn age_on(&self, day: NaiveDate) -> Option<u32> {
        if self.unborn == Some(true) {
            return None;
        }
        match self.date_of_birth {
            Some(born) => age_on(born, day),
            None => self.estimated_age.map(u32::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_written_with_a_point_is_whole() {
        let p: Person = serde_json::from_str(r#"{"roles":["subject"],"estimated_age":7.0}"#).unwrap();
        assert_eq!(p.estimated_age, Some(7));
        assert!(serde_json::from_str::<Person>(r#"{"roles":[],"estimated_age":7.5}"#).is_err());
    }

    #[test]
    fn a_notice_reads_back_as_written() {
        let text = r#"{"source":"niche","reference":"A1","kind":"child","persons":[{"key":"k","roles":["subject"],"orders":[{"kind":"care_order"}]}]}"#;
        let notice: Notice = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&notice).unwrap(), text);
    }
}
