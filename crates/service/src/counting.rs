//! Keeping the numbers of the backlog: gathered while others work, and checked.

use crate::{Service, ServiceError};

impl Service {
    /// Gathers what changed the kept counts. Any number of nodes may do it at once. How many kept rows were
    /// written.
    ///
    /// # Errors
    /// When the store fails; then nothing was gathered.
    pub async fn gather_counts(&self) -> Result<u64, ServiceError> {
        let mut uow = self.store.write().await?;
        let gathered = uow.gather_counts(self.clock.now()).await?;
        uow.save().await?;
        Ok(gathered)
    }

    /// Counts the backlog item by item, and puts right what the kept counts have wrong: how many that were,
    /// which is 0 unless something went wrong. Several nodes that find the same put it right once.
    ///
    /// # Errors
    /// When the store fails; then nothing was put right.
    pub async fn check_counts(&self) -> Result<u64, ServiceError> {
        // Looked at first by a unit of work that keeps nobody waiting.
        if self.store.read().await?.miscounts(self.clock.now()).await? == 0 {
            return Ok(0);
        }
        let mut uow = self.store.write().await?;
        let wrong = uow.recount(self.clock.now()).await?;
        uow.save().await?;
        if wrong > 0 {
            metrics::counter!("ppn_miscounts_total").increment(wrong);
        }
        Ok(wrong)
    }
}
