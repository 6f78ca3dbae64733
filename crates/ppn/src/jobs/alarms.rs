//! An alarm is said when it changes, and now and again while it goes on.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// An alarm that goes on is said again after this time.
const ALARM_AGAIN: Duration = Duration::from_mins(10);

/// Says an alarm when it changes, and now and again while it goes on.
#[derive(Debug, Default)]
pub struct Alarms {
    said: HashMap<&'static str, (u64, Instant)>,
}

impl Alarms {
    /// Whether to say it now. A count of nought ends it.
    pub fn sounds(&mut self, alarm: &'static str, count: u64) -> bool {
        if count == 0 {
            self.said.remove(alarm);
            return false;
        }
        if self.said.get(alarm).is_some_and(|(n, at)| *n == count && at.elapsed() < ALARM_AGAIN) {
            return false;
        }
        self.said.insert(alarm, (count, Instant::now()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_said_when_it_changes() {
        let mut alarms = Alarms::default();
        let heard = [0, 2, 2, 3, 0, 3].map(|count| alarms.sounds("unreadable", count));
        assert_eq!(heard, [false, true, false, true, false, true]);
    }
}
