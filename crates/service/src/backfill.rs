//! Notices kept before people were linked get their mentions and traces.

use std::collections::BTreeSet;

use ppn_domain::{MentionId, NoticeId, Permission};
use ppn_triage::Trace;

use crate::assessing::body;
use crate::linking::Described;
use crate::neighbours::neighbours;
use crate::{Principal, Service, ServiceError};

/// Notices in one unit of work.
const AT_ONCE: u32 = 100;

impl Service {
    /// Links the people of the next notices that an earlier version of this program kept, and assesses
    /// again what is unfinished near them. Says how many; 0 when none is left. Begun anew after a stop
    /// it goes on where it was.
    ///
    /// # Errors
    /// When the caller may not, or the store fails or holds a notice that cannot be read; then nothing of
    /// the batch happened.
    pub async fn link_earlier_notices(
        &self,
        by: &Principal,
        after: &mut Option<NoticeId>,
    ) -> Result<usize, ServiceError> {
        by.require(Permission::ManageTokens)?;
        let mut uow = self.store.write().await?;
        let policy = self.policy_in_force(&mut *uow).await?;
        let now = self.clock.now();
        let heads = uow.untraced(*after, AT_ONCE).await?;
        let Some(last) = heads.last() else { return Ok(0) };
        let last = last.id;
        let wanted: Vec<(NoticeId, u32)> = heads.iter().map(|head| (head.id, head.revision)).collect();
        let bodies = uow.bodies(&wanted).await?;
        let (mut mentions, mut traces) = (Vec::new(), Vec::new());
        for (head, text) in heads.iter().zip(bodies) {
            let notice = body(text, head.id)?;
            let described = Described::of(&notice, Trace::of(&policy, &notice, head.received));
            let id = || MentionId::new(now, self.random());
            mentions.extend(described.mentions(head.id, head.received, &[], id)?);
            traces.push((head.id, described.trace()?));
        }
        uow.insert_mentions(&mentions).await?;
        self.keep_off_declared(&mut *uow, &mentions, now).await?;
        uow.keep_traces(&traces).await?;
        let mentions: Vec<_> = mentions.into_iter().map(|new| new.mention).collect();
        let (mut touched, rows) =
            self.join_people(&mut *uow, &policy, by, now, &mentions, &BTreeSet::new()).await?;
        touched.notices.extend(heads.iter().map(|head| head.id));
        let near = neighbours(&mut *uow, &touched.people, &touched.notices).await?;
        let (items, more) = self.reassess_near(&mut *uow, &policy, now, &near, &BTreeSet::new()).await?;
        uow.insert_items(&items).await?;
        uow.append_log(&rows).await?;
        uow.append_log(&more).await?;
        uow.save().await?;
        *after = Some(last);
        Ok(heads.len())
    }
}
