//! Sets the gauges of the work, and sounds the alarms.

use std::sync::Arc;

use async_trait::async_trait;
use metrics_exporter_prometheus::PrometheusHandle;
use ppn_domain::{Band, Desk, StateName};
use ppn_service::{BacklogView, Service};

use super::Work;
use super::alarms::Alarms;
use crate::failure::Failure;

/// Sets the gauges of the work, and sounds the alarms.
pub struct Watch {
    service: Arc<Service>,
    metrics: PrometheusHandle,
    alarms: Alarms,
}

impl Watch {
    pub fn new(service: Arc<Service>, metrics: PrometheusHandle) -> Self {
        Self { service, metrics, alarms: Alarms::default() }
    }
}

#[async_trait]
impl Work for Watch {
    async fn turn(&mut self) -> Result<(), Failure> {
        self.metrics.run_upkeep();
        let Self { service, alarms, .. } = self;
        let view = service.backlog_now().await?;
        gauges(&view);
        let unassessed = view.desks.iter().flat_map(|d| &d.counts).map(|c| c.unassessed).sum();
        if alarms.sounds("unreadable", view.unreadable.1) {
            tracing::warn!(
                overdue = view.unreadable.1,
                "submissions that could not be read wait past the hour: see `ppn unreadable list`"
            );
        }
        let unattended = service.restricted_unattended().await?;
        metrics::gauge!("ppn_restricted_unattended")
            .set(f64::from(u32::try_from(unattended).unwrap_or(u32::MAX)));
        if alarms.sounds("restricted_unattended", unattended) {
            tracing::warn!(
                items = unattended,
                "restricted items press and nobody stands on the lists that open them: see `ppn restricted list`"
            );
        }
        if alarms.sounds("unassessed", unassessed) {
            tracing::warn!(items = unassessed, "items have no current assessment; they wait in amber");
        }
        Ok(())
    }
}

/// Counts below 2^52 are exact as floating point.
#[expect(clippy::cast_precision_loss, reason = "counts of work are far below 2^52")]
fn gauges(view: &BacklogView) {
    for desk in &view.desks {
        let sum = |count: fn(&ppn_store::DeskCount) -> u64| desk.counts.iter().map(count).sum::<u64>() as f64;
        metrics::gauge!("ppn_backlog_overdue", "desk" => desk.desk.code()).set(sum(|c| c.overdue));
        // Every series is set, since one left alone would go on showing what was.
        for &band in Band::ALL {
            for &state in StateName::ALL.iter().filter(|s| **s != StateName::Done) {
                let items: u64 =
                    desk.counts.iter().filter(|c| c.band == band && c.state == state).map(|c| c.items).sum();
                metrics::gauge!(
                    "ppn_backlog_items",
                    "desk" => Desk::code(desk.desk), "band" => band.code(), "state" => state.code()
                )
                .set(items as f64);
            }
        }
    }
    let unassessed: u64 = view.desks.iter().flat_map(|d| &d.counts).map(|c| c.unassessed).sum();
    metrics::gauge!("ppn_unassessed").set(unassessed as f64);
    metrics::gauge!("ppn_unreadable_open").set(view.unreadable.0 as f64);
    metrics::gauge!("ppn_unreadable_overdue").set(view.unreadable.1 as f64);
}
