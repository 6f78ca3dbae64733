//! What notices are about, and the sentences in which officers say so.

mod adult;
mod child_home;
mod child_out;
mod domestic;
pub(crate) mod fill;
pub(crate) mod line;
mod nothing;
pub(crate) mod shared;

use ppn_domain::notice::codes::{Concern, NoticeKind};

use crate::dice::Dice;
use crate::level::Level;
use line::Line;

/// What a notice is truly about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Theme {
    Neglect,
    Physical,
    Emotional,
    SexualFamilial,
    SexualPeer,
    Online,
    SexualExploitation,
    CriminalExploitation,
    MissingChild,
    IndecentImages,
    Unborn,
    PoliceProtection,
    InCustody,
    SelfHarm,
    Tradition,
    Trafficking,
    Radicalisation,
    SexOffender,
    NonRecent,
    YouthViolence,
    CareNeeds,
    MentalHealth,
    Suicide,
    SelfNeglect,
    Cuckooing,
    Slavery,
    ElderAbuse,
    Exploited,
    Hate,
    Dementia,
    Nuisance,
    MissingAdult,
    Intimate,
    FormerPartner,
    Family,
    AdolescentToParent,
    Stalking,
    CoerciveControl,
    Honour,
    Nothing,
}

impl Theme {
    /// Whether it is about somebody brought from another country.
    pub(crate) const fn brought_from_abroad(self) -> bool {
        matches!(self, Self::Trafficking | Self::Slavery)
    }
}

/// The household that a theme needs; ages in whole years, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Two partners who live together.
    Couple,
    /// Two former partners at different addresses.
    Apart,
    /// A parent and a grown child.
    GrownChild,
    /// A child of this age with a parent.
    Child(u8, u8),
    /// An adult of this age.
    Adult(u8, u8),
    /// A woman who is pregnant.
    Pregnant,
}

/// Somebody from outside the household who is suspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outsider {
    None,
    Adult,
    Child,
    /// Old enough to have done it a generation ago.
    Older,
    /// Nobody can name them.
    Unknown,
}

/// One theme: who it needs and what is said.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) theme: Theme,
    pub(crate) kind: NoticeKind,
    pub(crate) need: Need,
    pub(crate) outsider: Outsider,
    pub(crate) concerns: &'static [Concern],
    /// How often at a grave, a medium and a mild true level.
    pub(crate) weights: [u32; 3],
    pub(crate) open: &'static [Line],
    /// Hard facts.
    pub(crate) grave: &'static [Line],
    pub(crate) middling: &'static [Line],
    pub(crate) mild: &'static [Line],
    pub(crate) detail: &'static [Line],
}

/// Every theme, those without content last.
pub(crate) fn specs() -> impl Iterator<Item = &'static Spec> + Clone {
    [child_home::SPECS, child_out::SPECS, adult::SPECS, domestic::SPECS, nothing::SPECS].into_iter().flatten()
}

/// The first theme of a name for a kind; the first of all where there is none.
pub(crate) fn spec_of(theme: Theme, kind: NoticeKind) -> &'static Spec {
    specs().find(|s| s.theme == theme && s.kind == kind).unwrap_or(&domestic::SPECS[0])
}

/// A theme for a notice of this kind and true level.
pub(crate) fn draw(kind: NoticeKind, level: Level, dice: &mut Dice) -> &'static Spec {
    // Most of what carries no risk carries no safeguarding content either; the rest is a mild case of something.
    if level == Level::None && dice.percent(85) {
        return spec_of(Theme::Nothing, kind);
    }
    let column = level.column();
    let weight = move |s: &Spec| if s.kind == kind { s.weights.get(column).copied().unwrap_or(0) } else { 0 };
    let index = dice.weighted(specs().map(weight));
    specs().nth(index).unwrap_or(&domestic::SPECS[0])
}
