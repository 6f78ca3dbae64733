//! The seals on the log: adding them, checking the log against them, and proofs.

use std::collections::VecDeque;
use std::iter::Peekable;

use ppn_domain::{Act as ActCode, AuditId, Permission, Timestamp};
use ppn_sealing::{
    Check, Edge, Finding, Proof, ProofFault, PublicKey, SealedLeaf, SealingKey, SignedHead, TreeHead, Whence,
    sealed_hash,
};
use ppn_store::{SealedTo, Store, StoreError};
use serde_json::json;

use crate::act::Entry;
use crate::{Principal, Service, ServiceError};

/// So many rows are sealed at once: on a store with one writer others wait that long.
pub const SEALED_AT_ONCE: u32 = 1_000;
/// So many rows, leaves and heads are read at once when the log is checked.
const PAGE: u32 = 5_000;

/// What became of one attempt to seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// There was nothing to seal.
    Nothing,
    /// Another node is at it, or a unit of work that took a place in the log did not end in time.
    NotNow,
    /// Rows were sealed, under this head.
    Sealed(SignedHead),
    /// What the store keeps of the tree is not what was signed last, so nothing is signed on top of it.
    Broken,
}

/// The heads of a file outside the store, in its order.
pub type OutsideHeads = Box<dyn Iterator<Item = SignedHead> + Send>;

/// What the check of a log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// When the check began.
    pub at: Timestamp,
    /// How many rows are sealed.
    pub sealed: u64,
    /// How many rows were not sealed yet; they are no fault.
    pub unsealed: u64,
    /// The heads that were looked at: in the store and outside.
    pub heads: (u64, u64),
    /// What is wrong, the first [`ppn_sealing::MOST_NAMED`].
    pub findings: Vec<Finding>,
    /// How much is wrong in all.
    pub faults: u64,
}

/// What a proof is asked to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofOf {
    /// That this row is in the log.
    Row(AuditId),
    /// That the log of the latest head goes on from the head of so many rows.
    Since(u64),
}

impl Service {
    /// Seals the next rows of the log. To be called again while it seals: there may be more.
    ///
    /// # Errors
    /// When the store fails; nothing was sealed.
    pub async fn seal(&self, key: &SealingKey) -> Result<Sealing, ServiceError> {
        // Looked at first without a turn, so that an idle service keeps no writer waiting.
        let mut uow = self.store.read().await?;
        let place = uow.sealing_turn().await?.unwrap_or_default().place;
        if uow.stored_rows(place, i64::MAX, 1).await?.is_empty() {
            return Ok(Sealing::Nothing);
        }
        drop(uow);
        let mut uow = self.store.write().await?;
        let Some(SealedTo { size, place, peaks }) = uow.sealing_turn().await? else {
            return Ok(Sealing::NotNow);
        };
        let Some(mut edge) = Edge::from_bytes(size, &peaks) else { return Ok(Sealing::Broken) };
        let fits = match uow.latest_head().await? {
            None => size == 0,
            Some(last) => last.head.size == size && last.head.root == edge.root() && last.is_signed(),
        };
        if !fits {
            return Ok(Sealing::Broken);
        }
        let Some(to) = uow.settled_to().await? else { return Ok(Sealing::NotNow) };
        let rows = uow.stored_rows(place, to, SEALED_AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(Sealing::NotNow);
        }
        let leaves: Vec<SealedLeaf> = (size..)
            .zip(&rows)
            .map(|(leaf, row)| SealedLeaf { leaf, place: row.place, hash: sealed_hash(row) })
            .collect();
        for leaf in &leaves {
            edge.push(leaf.hash);
        }
        let head = key.sign(TreeHead { size: edge.size(), root: edge.root(), at: self.clock.now() });
        uow.seal(&leaves, &head, &edge.to_bytes()).await?;
        uow.save().await?;
        Ok(Sealing::Sealed(head))
    }

    /// Heads of more than so many rows, for a file outside the store.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn heads_after(&self, size: u64) -> Result<Vec<SignedHead>, ServiceError> {
        Ok(self.store.read().await?.sealed_heads(size, PAGE).await?)
    }

    /// The head of the most rows.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn latest_head(&self) -> Result<Option<SignedHead>, ServiceError> {
        Ok(self.store.read().await?.latest_head().await?)
    }

    /// Checks the whole log against its seals, with the keys that are believed and the heads that were
    /// kept outside. It is logged, and nobody is kept from working meanwhile.
    ///
    /// # Errors
    /// When the caller may not read the log, or the store fails.
    pub async fn verify_log(
        &self,
        by: &Principal,
        believed: Vec<PublicKey>,
        outside: Vec<OutsideHeads>,
    ) -> Result<Verified, ServiceError> {
        by.require(Permission::ReadAudit)?;
        let at = self.clock.now();
        let mut uow = self.store.read().await?;
        let edge = uow.sealing_turn().await?.unwrap_or_default();
        let last = uow.latest_head().await?.map_or(0, |last| last.head.size);
        drop(uow);
        // What is sealed while this runs is left for the next check.
        let mut log = Walk::new(&*self.store, edge.size.max(last));
        let mut heads = Heads::new(&*self.store, last, outside);
        let mut check = Check::new(believed);
        heads.check(&mut check).await?;
        while let Some(leaf) = log.leaf().await? {
            while let Some(row) = log.row_before(leaf.place).await? {
                check.inserted(&row);
            }
            let row = log.row_before(leaf.place.saturating_add(1)).await?;
            check.leaf(&leaf, row.as_ref());
            heads.check(&mut check).await?;
        }
        while let Some(row) = log.row_before(i64::MAX).await? {
            check.unsealed(&row);
        }
        let seen = heads.end(&mut check).await?;
        let sealed = check.size();
        let (findings, faults, unsealed) = check.end();
        let verified = Verified { at, sealed, unsealed, heads: seen, findings, faults };
        let detail = json!({ "sealed": sealed, "unsealed": unsealed, "faults": faults });
        self.log_alone(by, ActCode::LogVerified, Entry { detail: Some(detail), ..Entry::default() }).await?;
        Ok(verified)
    }

    /// A proof that can be checked without the store. It is logged.
    ///
    /// # Errors
    /// When the caller may not read the log, there is no such row or head, or it is not sealed yet.
    /// [`ServiceError::NoProof`] when the log is no longer what was sealed.
    pub async fn prove(&self, by: &Principal, of: ProofOf) -> Result<Proof, ServiceError> {
        by.require(Permission::ReadAudit)?;
        let mut uow = self.store.read().await?;
        let head = uow.latest_head().await?.ok_or(ServiceError::NotFound("sealed row"))?;
        let mut leaves = Vec::with_capacity(usize::try_from(head.head.size).unwrap_or_default());
        while (leaves.len() as u64) < head.head.size {
            let page = uow.sealed_leaves(leaves.len() as u64, PAGE).await?;
            if page.is_empty() {
                return Err(ServiceError::NoProof(ProofFault::NotIncluded));
            }
            leaves.extend(page.into_iter().map(|leaf| leaf.hash));
        }
        leaves.truncate(usize::try_from(head.head.size).unwrap_or(usize::MAX));
        let proof = match of {
            ProofOf::Row(id) => {
                let row = uow.stored_row(id).await?.ok_or(ServiceError::NotFound("row of the log"))?;
                let leaf = uow.sealed_leaf(row.place).await?;
                let leaf = leaf.filter(|leaf| leaf.leaf < head.head.size);
                let leaf = leaf.ok_or(ServiceError::NotFound("sealed row"))?;
                Proof::inclusion(&row, leaf.leaf, head, &leaves)
            }
            ProofOf::Since(size) => {
                let from = uow.sealed_heads(size.saturating_sub(1), 1).await?.pop();
                let from = from.filter(|from| from.head.size == size);
                Proof::consistency(from.ok_or(ServiceError::NotFound("head of the log"))?, head, &leaves)
            }
        };
        drop(uow);
        let proof = proof.map_err(ServiceError::NoProof)?;
        let detail = match of {
            ProofOf::Row(id) => json!({ "row": id, "size": head.head.size }),
            ProofOf::Since(size) => json!({ "since": size, "size": head.head.size }),
        };
        self.log_alone(by, ActCode::LogProven, Entry { detail: Some(detail), ..Entry::default() }).await?;
        Ok(proof)
    }

    /// Logs that a key was made, with the public half of it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sealing_key_made(&self, by: &Principal, key: &SealingKey) -> Result<(), ServiceError> {
        by.require(Permission::ManageTokens)?;
        let detail = json!({ "public_key": key.public() });
        self.log_alone(by, ActCode::SealingKeyMade, Entry { detail: Some(detail), ..Entry::default() }).await
    }

    /// The key that seals, where the store keeps it; made where there is none and one is asked for.
    ///
    /// # Errors
    /// When the store fails, or keeps what is no key.
    pub async fn kept_sealing_key(
        &self,
        make: Option<&SealingKey>,
    ) -> Result<Option<SealingKey>, ServiceError> {
        let mut kept = self.store.read().await?.kept_sealing_key().await?;
        if let (None, Some(new)) = (&kept, make) {
            let mut uow = self.store.write().await?;
            uow.keep_sealing_key(&new.to_text()).await?;
            kept = uow.kept_sealing_key().await?;
            uow.save().await?;
        }
        let read = |text: String| {
            SealingKey::from_text(&text).map_err(|_| StoreError::inconsistent("sealing_key", "key", 1).into())
        };
        kept.map(read).transpose()
    }

    /// Writes one row of the log in a unit of work of its own.
    pub(crate) async fn log_alone(
        &self,
        by: &Principal,
        act: ActCode,
        entry: Entry<'_>,
    ) -> Result<(), ServiceError> {
        let row = self.log_row(by, self.clock.now(), act, entry);
        let mut uow = self.store.write().await?;
        uow.append_log(&[row]).await?;
        Ok(uow.save().await?)
    }
}

/// Leaves and rows side by side, a page at a time, each page in a unit of work of its own: what is
/// sealed does not change, and a long look would be in the way of others.
struct Walk<'a> {
    store: &'a dyn Store,
    leaves: VecDeque<SealedLeaf>,
    next_leaf: u64,
    /// Leaves from here on are for the next check.
    end: u64,
    rows: VecDeque<ppn_domain::StoredRow>,
    last_place: i64,
    rows_end: bool,
}

impl<'a> Walk<'a> {
    fn new(store: &'a dyn Store, end: u64) -> Self {
        Self {
            store,
            leaves: VecDeque::new(),
            next_leaf: 0,
            end,
            rows: VecDeque::new(),
            last_place: i64::MIN,
            rows_end: false,
        }
    }

    async fn leaf(&mut self) -> Result<Option<SealedLeaf>, StoreError> {
        if self.leaves.is_empty() && self.next_leaf < self.end {
            self.leaves = self.store.read().await?.sealed_leaves(self.next_leaf, PAGE).await?.into();
        }
        let leaf = self.leaves.pop_front().filter(|leaf| leaf.leaf < self.end);
        self.next_leaf = leaf.map_or(self.end, |leaf| leaf.leaf + 1);
        Ok(leaf)
    }

    /// The next row that stands before a place, if one does.
    async fn row_before(&mut self, place: i64) -> Result<Option<ppn_domain::StoredRow>, StoreError> {
        if self.rows.is_empty() && !self.rows_end {
            let mut uow = self.store.read().await?;
            self.rows = uow.stored_rows(self.last_place, i64::MAX, PAGE).await?.into();
            match self.rows.back() {
                Some(last) => self.last_place = last.place,
                None => self.rows_end = true,
            }
        }
        Ok(self.rows.pop_front_if(|row| row.place < place))
    }
}

/// The heads in the store and outside it, each checked when as many leaves were seen as it covers.
struct Heads<'a> {
    store: &'a dyn Store,
    /// Heads of more rows are for the next check.
    end: u64,
    page: VecDeque<SignedHead>,
    after: u64,
    outside: Vec<Peekable<OutsideHeads>>,
    seen: (u64, u64),
}

impl<'a> Heads<'a> {
    fn new(store: &'a dyn Store, end: u64, outside: Vec<OutsideHeads>) -> Self {
        let outside = outside.into_iter().map(Iterator::peekable).collect();
        Self { store, end, page: VecDeque::new(), after: 0, outside, seen: (0, 0) }
    }

    async fn next(&mut self, size: u64) -> Result<Option<SignedHead>, StoreError> {
        if self.page.is_empty() && self.after < self.end {
            self.page = self.store.read().await?.sealed_heads(self.after, PAGE).await?.into();
            self.page.retain(|head| head.head.size <= self.end);
            self.after = self.page.back().map_or(self.end, |last| last.head.size);
        }
        Ok(self.page.pop_front_if(|head| head.head.size <= size))
    }

    async fn check(&mut self, check: &mut Check) -> Result<(), StoreError> {
        let size = check.size();
        while let Some(head) = self.next(size).await? {
            self.seen.0 += 1;
            check.head(&head, Whence::Store);
        }
        for file in &mut self.outside {
            while let Some(head) = file.next_if(|head| head.head.size <= size) {
                self.seen.1 += 1;
                check.head(&head, Whence::Outside);
            }
        }
        Ok(())
    }

    /// What is left covers more than there is. Of each file the last head says it for all.
    async fn end(mut self, check: &mut Check) -> Result<(u64, u64), StoreError> {
        while let Some(head) = self.next(u64::MAX).await? {
            self.seen.0 += 1;
            check.head(&head, Whence::Store);
        }
        for file in self.outside {
            let mut last = None;
            for head in file {
                self.seen.1 += 1;
                last = Some(head);
            }
            if let Some(head) = last {
                check.head(&head, Whence::Outside);
            }
        }
        Ok(self.seen)
    }
}
