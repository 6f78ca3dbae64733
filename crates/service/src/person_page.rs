//! A person over every notice, for the screen: their part in each, and where it is opened.

use std::collections::BTreeMap;

use ppn_domain::notice::codes::Role;
use ppn_domain::{Act as ActCode, LinkId, MentionId, NoticeId, Permission, PersonId, Timestamp, WorkItemId};
use ppn_store::LinkState;
use serde_json::json;

use crate::act::Entry;
use crate::links::LinkSide;
use crate::search::{FoundItem, FoundNotice};
use crate::{Principal, Service, ServiceError};

/// A person in one notice.
#[derive(Debug, Clone)]
pub struct PersonNotice {
    /// As the notice describes them.
    pub side: LinkSide,
    /// Their parts in it.
    pub roles: Vec<Role>,
    /// The notice.
    pub notice: FoundNotice,
}

/// Somebody whom the person may be besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLink {
    /// The link.
    pub id: LinkId,
    /// Where it stands.
    pub state: LinkState,
    /// Who decided, and when.
    pub decided: Option<(String, Timestamp)>,
    /// An item from whose page it is compared, where there is one.
    pub item: Option<WorkItemId>,
}

/// A person with everything that their page shows.
#[derive(Debug, Clone)]
pub struct PersonPage {
    /// The person.
    pub id: PersonId,
    /// Their notices that the caller may open, the latest receipt first.
    pub notices: Vec<PersonNotice>,
    /// Whom they may be besides.
    pub links: Vec<PersonLink>,
}

impl PersonPage {
    /// In how many notices they have a part.
    pub fn named_as(&self, role: Role) -> usize {
        let mut notices: Vec<NoticeId> =
            self.notices.iter().filter(|of| of.roles.contains(&role)).map(|of| of.notice.notice_id).collect();
        notices.sort_unstable();
        notices.dedup();
        notices.len()
    }
}

impl Service {
    /// A person over every notice that certain and confirmed links join. Logged with what it shows.
    ///
    /// # Errors
    /// When the caller may not open notices, or there is no such person for them.
    pub async fn person_page(&self, by: &Principal, id: PersonId) -> Result<PersonPage, ServiceError> {
        by.require(Permission::ReadNotice)?;
        let mut act = self.consult(by).await?;
        let (view, roles) = crate::links::person(&mut act, by, id).await?;
        let mut notices = Vec::with_capacity(view.mentions.len());
        let mut items: BTreeMap<MentionId, Option<WorkItemId>> = BTreeMap::new();
        for side in view.mentions {
            let Some(head) = act.uow.notice(side.notice_id).await? else { continue };
            let item = FoundItem::highest(&act.uow.items_of_notice(side.notice_id).await?, by);
            items.insert(side.mention_id, item.map(|item| item.id));
            let notice = FoundNotice {
                notice_id: side.notice_id,
                source: head.source,
                reference: head.reference,
                kind: head.kind,
                received: head.received,
                item,
            };
            let roles = roles.get(&side.mention_id).cloned().unwrap_or_default();
            notices.push(PersonNotice { side, roles, notice });
        }
        let links: Vec<PersonLink> = view
            .links
            .into_iter()
            .map(|link| PersonLink {
                id: link.id,
                state: link.state,
                item: [link.a, link.b].into_iter().find_map(|side| items.get(&side).copied().flatten()),
                decided: link.decided,
            })
            .collect();
        let shown: Vec<NoticeId> = notices.iter().map(|of| of.notice.notice_id).collect();
        let detail =
            json!({ "notices": shown, "links": links.iter().map(|link| link.id).collect::<Vec<_>>() });
        act.log(
            ActCode::ConsultedPerson,
            Entry { person_id: Some(id), detail: Some(detail), ..Entry::default() },
        );
        act.finish(()).await?;
        Ok(PersonPage { id, notices, links })
    }
}
