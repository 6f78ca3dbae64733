//! Takes over a policy that was put in force elsewhere.

use std::sync::Arc;

use async_trait::async_trait;
use ppn_service::{Applied, Service};

use super::Work;
use crate::failure::Failure;

/// Takes over a policy that was put in force elsewhere, and assesses what is unfinished under it:
/// also what a node or a command that stopped left.
pub struct FollowPolicy {
    service: Arc<Service>,
    applying: Option<Applied>,
}

impl FollowPolicy {
    pub fn new(service: Arc<Service>) -> Self {
        Self { service, applying: Some(Applied::default()) }
    }
}

#[async_trait]
impl Work for FollowPolicy {
    async fn turn(&mut self) -> Result<(), Failure> {
        if self.service.refresh_policy().await? {
            tracing::info!(version = self.service.policy().reference().version, "a new policy is in force");
            self.applying = Some(Applied::default());
        }
        while let Some(so_far) = &mut self.applying {
            if self.service.apply_next(so_far).await? {
                continue;
            }
            if so_far.assessed > 0 {
                tracing::info!(assessed = so_far.assessed, "unfinished items are assessed under the policy");
            }
            self.applying = None;
        }
        Ok(())
    }
}
