//! The cues of a work item's notice, and what people say of them.

pub mod decide;
pub mod dismiss;
pub mod list;
pub mod preview;

use ppn_service::{Consequence, CuePreview, CueView as Cue};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::{CueId, DeskCode, Time, VerdictCode};
use crate::views::{EvidenceView, RankView, ReasonView};

/// Words in the narrative that suggest a fact.
#[derive(Debug, Serialize, ToSchema)]
pub struct CueView {
    /// Tells it from every other cue of the notice, and stays while the sentence does.
    pub id: CueId,
    /// The cue of the policy.
    pub cue: String,
    /// The words, and where they stand.
    pub words: EvidenceView,
    /// Said to be long past.
    pub past: bool,
    /// What a person said of it; without, nobody did, and its reasons say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictCode>,
    /// Who said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Time>,
}

impl From<Cue> for CueView {
    fn from(cue: Cue) -> Self {
        let (verdict, decided_by, decided_at) = match cue.decided {
            Some((verdict, who, at)) => (Some(VerdictCode(verdict)), Some(who), Some(at.into())),
            None => (None, None, None),
        };
        Self {
            id: CueId(cue.id),
            cue: cue.cue,
            words: cue.words.into(),
            past: cue.past,
            verdict,
            decided_by,
            decided_at,
        }
    }
}

/// An item whose assessment a dismissal changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsequenceView {
    /// The item.
    pub work_item_id: Uuid,
    /// Its notice's reference.
    pub reference: String,
    /// Its desk.
    pub desk: DeskCode,
    /// Where it ranks now.
    pub from: RankView,
    /// The assessment without the cue.
    pub to: RankView,
    /// Whether it ranks so at once; else what is lower is offered and waits for a person.
    pub at_once: bool,
    /// The reasons that are gone. Evidence stands with the notice's own items alone.
    pub gone: Vec<ReasonView>,
    /// The reasons that are left.
    pub left: Vec<ReasonView>,
}

impl From<Consequence> for ConsequenceView {
    fn from(item: Consequence) -> Self {
        Self {
            work_item_id: item.id.0,
            reference: item.reference,
            desk: DeskCode(item.desk),
            from: item.from.into(),
            to: item.to.into(),
            at_once: item.at_once,
            gone: item.gone.into_iter().map(ReasonView::whole).collect(),
            left: item.left.into_iter().map(ReasonView::whole).collect(),
        }
    }
}

/// A place that an item would fall to at once.
#[derive(Debug, Clone, Copy, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FallView {
    /// The item.
    pub work_item_id: Uuid,
    /// Where it would rank.
    #[serde(deserialize_with = "crate::fields::object")]
    pub to: RankView,
}

/// What dismissing a cue would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewAnswer {
    /// The cue.
    pub cue: CueView,
    /// Every item that the caller may open and whose assessment changes, the one asked of first.
    pub items: Vec<ConsequenceView>,
    /// What would fall at once: `dismiss` sends it back as `shown`.
    pub falls: Vec<FallView>,
}

impl From<CuePreview> for PreviewAnswer {
    fn from(preview: CuePreview) -> Self {
        let falls = preview.falls().into_iter();
        Self {
            falls: falls.map(|(id, to)| FallView { work_item_id: id.0, to: to.into() }).collect(),
            cue: preview.cue.into(),
            items: preview.items.into_iter().map(ConsequenceView::from).collect(),
        }
    }
}
