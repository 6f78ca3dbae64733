//! Further content under a reference that is known: repeats, and revisions current or filed.

use ppn_domain::{Act as ActCode, Restriction, State, Timestamp, WorkItem};
use ppn_ingestion::Submission;
use ppn_store::{NewRevision, NoticeHead, RevisionHead, UnitOfWork};
use ppn_triage::{Policy, judge, read, read_and_trace};
use serde_json::json;

use super::{Arriving, Batch, Kept, Receipt, What, unfinished};
use crate::act::Entry;
use crate::assessing::Opening;
use crate::cues::decided;
use crate::linking::Described;
use crate::neighbours::Neighbours;
use crate::{Service, ServiceError};

impl Service {
    /// A revision of a notice that is known, or a repeat. The receipt with whether the notice is
    /// restricted; none yet where the content became current and waits to be assessed.
    pub(super) async fn further_revision(
        &self,
        uow: &mut dyn UnitOfWork,
        batch: &mut Batch,
        arriving: &Arriving<'_>,
        submission: Submission,
        mut head: NoticeHead,
    ) -> Result<Option<(Receipt, Restriction)>, ServiceError> {
        let &Arriving { by, arrived, as_worked, policy, once } = arriving;
        let Submission { notice, findings, body, content_hash } = submission;
        if let Some(same) = uow.revision_with_hash(head.id, &content_hash.0).await? {
            let detail = json!({ "revision": same.revision });
            batch.rows.push(self.log_row(
                by,
                arrived,
                ActCode::CollectedRepeat,
                Entry { notice_id: Some(head.id), detail: Some(detail), ..Entry::default() },
            ));
            metrics::counter!("ppn_submissions_total", "result" => "repeat").increment(1);
            let work_items = unfinished(uow, head.id).await?;
            let receipt = Receipt {
                id: head.id,
                revision: same.revision,
                current_revision: head.revision,
                repeat: true,
                created: false,
                findings: same.findings,
                work_items,
            };
            return Ok(Some((receipt, head.restricted.and(notice.restriction()))));
        }

        // Written later than it came cannot be, and would shut out every later revision.
        let version_at = notice.version_at(arrived).min(arrived);
        let becomes_current = version_at >= head.version_at;
        head.revisions += 1;
        let revision = head.revisions;
        if becomes_current {
            head.revision = revision;
            head.kind = notice.kind;
            head.version_at = version_at;
        }
        // A restriction is lifted by a person, never by a later revision that leaves it out.
        head.restricted = head.restricted.and(notice.restriction());
        let kept = NewRevision {
            notice_id: head.id,
            head: RevisionHead {
                revision,
                content_hash: content_hash.0,
                version_at,
                arrived,
                submitted_by: by.name.clone(),
                findings: findings.clone(),
            },
            body,
        };
        uow.insert_revision(&kept, &head).await?;
        metrics::counter!("ppn_submissions_total", "result" => "revision").increment(1);
        self.restrict_items(uow, &head, arrived).await?;
        if becomes_current {
            let decided = decided(uow, &[head.id]).await?;
            let (sheet, trace) = read_and_trace(policy, &notice, head.received, decided.of(head.id));
            let described = Described::of(&notice, trace);
            let earlier = uow.mentions_of_notices(&[head.id]).await?;
            uow.remove_mentions(head.id).await?;
            batch.dropped.extend(earlier.iter().map(|mention| mention.person_id));
            batch
                .mentions
                .extend(described.mentions(head.id, head.received, &earlier, || self.mention_id(arrived))?);
            batch.traces.push((head.id, described.trace()?));
            let slot = batch.answers.len() - 1;
            let (by, once, what) = (by.clone(), once.cloned(), What::Revision { revision });
            batch.kept.push(Kept { slot, by, once, as_worked, head, notice, sheet, findings, what });
            return Ok(None);
        }
        let detail = json!({ "revision": revision, "current": head.revision });
        batch.rows.push(self.log_row(
            by,
            arrived,
            ActCode::CollectedRevision,
            Entry { notice_id: Some(head.id), detail: Some(detail), ..Entry::default() },
        ));
        let receipt = Receipt {
            id: head.id,
            revision,
            current_revision: head.revision,
            repeat: false,
            created: false,
            findings,
            work_items: unfinished(uow, head.id).await?,
        };
        Ok(Some((receipt, head.restricted)))
    }

    /// Assesses the unfinished items of a notice under its new current content, and opens those that
    /// it leads to besides.
    pub(super) async fn assess_revision(
        &self,
        uow: &mut dyn UnitOfWork,
        batch: &mut Batch,
        policy: &Policy,
        arrived: Timestamp,
        near: &Neighbours,
        (kept, revision): (Kept, u32),
    ) -> Result<Receipt, ServiceError> {
        let Kept { by, as_worked, head, notice, findings, .. } = kept;
        let at_work: Vec<WorkItem> = uow
            .items_of_notice(head.id)
            .await?
            .into_iter()
            .filter(|item| !matches!(item.state, State::Done { .. }))
            .collect();
        let at = near.at(head.id);
        let decided = decided(uow, &[head.id]).await?;
        let decided = decided.of(head.id);
        let mut raised = Vec::new();
        for id in at_work.iter().map(|item| item.id) {
            // Read anew: a pending item that rose took its endorsement along.
            let Some(mut item) = uow.item(id).await? else { continue };
            let sheet = read(policy, &notice, item.received, decided);
            let assessed = judge(policy, &sheet, &near.web.history_as_of(at, item.received));
            // At a desk to which the notice no longer leads, the item stays as it was: no revision
            // removes an item.
            if let Some(of) = assessed.iter().find(|a| a.desk == item.desk) {
                let moved = self.assess_again(uow, policy, &mut item, arrived, of).await?;
                if moved.raised {
                    raised.push(item.id);
                }
                for ended in &moved.holds_ended {
                    batch.rows.push(self.log_row(&by, arrived, ActCode::HoldEnded, Entry::on(ended)));
                }
            }
        }
        let mut new = Vec::new();
        if !as_worked {
            // An item that a revision opens counts from when that revision was written.
            let received = head.version_at;
            let on = Opening {
                notice_id: head.id,
                notice: &notice,
                revision,
                restricted: head.restricted,
                received,
            };
            let sheet = read(policy, &notice, received, decided);
            for of in judge(policy, &sheet, &near.web.history_as_of(at, received)) {
                if !at_work.iter().any(|i| i.desk == of.desk) {
                    new.push(self.new_item(&on, arrived, &of));
                }
            }
        }
        uow.insert_items(&new).await?;
        let opened: Vec<_> = new.iter().map(|n| n.item.id).collect();
        let detail = json!({
            "revision": revision, "current": head.revision, "opened": opened, "raised": raised,
        });
        batch.rows.push(self.log_row(
            &by,
            arrived,
            ActCode::CollectedRevision,
            Entry { notice_id: Some(head.id), detail: Some(detail), ..Entry::default() },
        ));
        Ok(Receipt {
            id: head.id,
            revision,
            current_revision: head.revision,
            repeat: false,
            created: false,
            findings,
            work_items: unfinished(uow, head.id).await?,
        })
    }
}
