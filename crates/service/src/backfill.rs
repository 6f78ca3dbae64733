//! Notices kept before people were linked get their mentions and traces.

use std::collections::BTreeSet;

use ppn_domain::{MentionId, Notice, NoticeId, Permission};
use ppn_store::{NoticeHead, UnitOfWork};
use ppn_triage::{CueDecisions, Trace};

use crate::act::{repeated, turn_of};
use crate::assessing::body;
use crate::cues::decided;
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
        let from = *after;
        let (linked, last) = repeated(|| self.link_some_earlier(by, from)).await?;
        *after = last.or(from);
        Ok(linked)
    }

    async fn link_some_earlier(
        &self,
        by: &Principal,
        after: Option<NoticeId>,
    ) -> Result<(usize, Option<NoticeId>), ServiceError> {
        let mut uow = self.store.write().await?;
        // As a submission locks: the keys first, of notices that nobody else links meanwhile.
        let found = uow.untraced(after, AT_ONCE).await?;
        let Some(last) = found.last().map(|head| head.id) else { return Ok((0, None)) };
        let policy = self.policy();
        let mut turns: Vec<ppn_store::Digest> = Vec::new();
        for (head, notice) in read_bodies(&mut *uow, &found).await? {
            turns.push(turn_of(&[head.source.as_bytes(), head.reference.as_bytes()]));
            turns.extend(
                Described::of(&notice, Trace::of(&policy, &notice, head.received, &CueDecisions::NONE))
                    .keys(),
            );
        }
        uow.lock(&turns).await?;
        let heads = uow.untraced(after, AT_ONCE).await?;
        if heads != found {
            // Somebody else linked some of them, or revised one, before the keys came free.
            return Err(ServiceError::Raced);
        }
        let policy = self.policy_in_force(&mut *uow).await?;
        let now = self.clock.now();
        let ids: Vec<NoticeId> = heads.iter().map(|head| head.id).collect();
        let decided = decided(&mut *uow, &ids).await?;
        let (mut mentions, mut traces) = (Vec::new(), Vec::new());
        for (head, notice) in read_bodies(&mut *uow, &heads).await? {
            let described =
                Described::of(&notice, Trace::of(&policy, &notice, head.received, decided.of(head.id)));
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
        let (items, more) =
            self.reassess_near(&mut *uow, &policy, now, &near, (&BTreeSet::new(), "a linked notice")).await?;
        uow.insert_items(&items).await?;
        uow.append_log(&rows).await?;
        uow.append_log(&more).await?;
        uow.save().await?;
        Ok((heads.len(), Some(last)))
    }
}

async fn read_bodies<'h>(
    uow: &mut dyn UnitOfWork,
    heads: &'h [NoticeHead],
) -> Result<Vec<(&'h NoticeHead, Notice)>, ServiceError> {
    let wanted: Vec<(NoticeId, u32)> = heads.iter().map(|head| (head.id, head.revision)).collect();
    let bodies = uow.bodies(&wanted).await?;
    heads.iter().zip(bodies).map(|(head, text)| Ok((head, body(text, head.id)?))).collect()
}
