//! What whoever looks may do with an item, and how it may end.

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::work::longest_hold;
use ppn_domain::{Band, Desk, Outcome, Permission, Restriction, Span, State, StateName, WorkItem};
use ppn_service::{Holding, ItemPage, Principal};

use crate::times::length;
use crate::words;

/// What may be done, for whoever looks.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a form of the page")]
pub(super) struct May {
    pub(super) claim: bool,
    pub(super) act: bool,
    pub(super) endorse: bool,
    pub(super) hold: bool,
    pub(super) lower: bool,
    pub(super) assign: bool,
    pub(super) bundle: bool,
    pub(super) cue: bool,
    pub(super) link: bool,
    pub(super) know: bool,
    pub(super) restrict: bool,
}

impl May {
    pub(super) fn of(by: &Principal, seen: &ItemPage) -> Self {
        let item = &seen.view.item;
        let works = by.roles.work_at(item.desk) && by.may(Permission::WorkItem);
        let holds = matches!(seen.holding, Holding::Own(_));
        let endorsement = item.desk == Desk::Endorsement;
        Self {
            claim: works && seen.can_be_claimed(),
            act: holds && works && !endorsement,
            endorse: holds && endorsement && by.may(Permission::Endorse),
            hold: holds && works && (item.rank.band != Band::Red || by.may(Permission::AssignWork)),
            lower: works
                && by.may(Permission::AcceptLowering)
                && item.could_be.is_some()
                && (holds || matches!(item.state.name(), StateName::Waiting | StateName::Held)),
            assign: works
                && by.may(Permission::AssignWork)
                && !matches!(item.state, State::Done { .. } | State::Pending { .. }),
            bundle: works && !seen.bundle.is_empty(),
            cue: holds && works && by.may(Permission::DecideCue),
            link: by.may(Permission::DecideLink),
            know: works && by.may(Permission::KnowPeople),
            restrict: by.may(Permission::Restrict),
        }
    }
}

/// One of several answers.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) checked: bool,
}

/// The reasons for which a notice can be restricted that it is not restricted for yet.
pub(super) fn restrictions(restricted: Restriction, chosen: Option<&str>) -> Vec<Choice> {
    let open = RestrictionReason::ALL.iter().filter(|reason| !restricted.has(**reason));
    open.map(|&reason| Choice {
        code: reason.code(),
        name: words::restriction(reason),
        checked: chosen == Some(reason.code()),
    })
    .collect()
}

/// The reasons of a restriction that whoever looks may lift.
pub(super) fn liftable(by: &Principal, restricted: Restriction) -> Vec<Choice> {
    let of =
        restricted.reasons().filter(|reason| by.may(Permission::LiftRestriction) && by.lists.has(*reason));
    of.map(|reason| Choice { code: reason.code(), name: words::restriction(reason), checked: false })
        .collect()
}

#[derive(Debug)]
pub(super) struct OutcomeChoice {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) hint: &'static str,
    pub(super) checked: bool,
    pub(super) second: bool,
}

/// How an item may end.
pub(super) fn outcomes(desk: Desk, chosen: Option<&str>) -> Vec<OutcomeChoice> {
    let all = Outcome::CHOICES.iter().map(|&outcome| {
        let (name, hint) = words::outcome_choice(outcome);
        OutcomeChoice {
            code: outcome.code(),
            name,
            hint,
            checked: chosen == Some(outcome.code()),
            second: desk == Desk::DomesticAbuse || desk == Desk::Child && !outcome.is_shared(),
        }
    });
    all.collect()
}

/// Lengths of a hold that the band allows.
pub(super) fn holds_offered(item: &WorkItem) -> Vec<(i64, String)> {
    let longest = longest_hold(item.rank);
    [1, 2, 4, 8, 24, 48, 72, 168]
        .into_iter()
        .filter(|hours| Span::hours(*hours) <= longest)
        .map(|hours| (hours, length(Span::hours(hours))))
        .collect()
}
