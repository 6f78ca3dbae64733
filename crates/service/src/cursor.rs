//! Cursors: where a page of a work list ended, opaque to whoever carries it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ppn_domain::Timestamp;
use ppn_store::WorkKey;

/// A place in key order A as a cursor.
pub fn write_cursor(key: WorkKey) -> String {
    let mut bytes = [0_u8; 21];
    bytes[0] = key.band;
    bytes[1..5].copy_from_slice(&key.score.to_be_bytes());
    bytes[5..13].copy_from_slice(&key.received.micros().to_be_bytes());
    bytes[13..].copy_from_slice(&key.sequence.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a cursor names; `None` for anything that is no cursor of ours.
pub fn read_cursor(cursor: &str) -> Option<WorkKey> {
    let bytes: [u8; 21] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
    Some(WorkKey {
        band: bytes[0],
        score: i32::from_be_bytes(bytes[1..5].try_into().ok()?),
        received: Timestamp::from_micros(i64::from_be_bytes(bytes[5..13].try_into().ok()?)),
        sequence: i64::from_be_bytes(bytes[13..].try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_made_up_one_is_refused() {
        let key = WorkKey {
            band: 2,
            score: -7,
            received: Timestamp::from_micros(1_780_000_000_000_001),
            sequence: 42,
        };
        assert_eq!(read_cursor(&write_cursor(key)), Some(key));
        assert!(read_cursor("AAAA").is_none());
        assert!(read_cursor("not a cursor").is_none());
    }
}
