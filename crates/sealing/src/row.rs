//! The canonical form of a row of the log: what a leaf of the tree is the hash of.

use ppn_domain::StoredRow;
use sha2::{Digest as _, Sha256};

use crate::tree::{Hash, leaf_hash};

/// The form that rows are sealed in. It is the first byte of every form, so that another can follow
/// without touching what was sealed.
pub const FORM: u8 = 1;

/// A row in form 1: the byte 1, then the place (eight bytes, the highest first), then each field in the
/// order in which [`StoredRow`] names them, without the typed text. A field that is there is the byte 1,
/// its length in four bytes and its bytes (a moment is its microseconds in eight); one that is not is
/// the byte 0. So no two rows have one form.
pub fn canonical(row: &StoredRow) -> Vec<u8> {
    let mut form = Vec::with_capacity(256 + row.detail.len());
    form.push(FORM);
    form.extend(row.place.to_be_bytes());
    let mut field = |value: Option<&[u8]>| match value {
        None => form.push(0),
        Some(bytes) => {
            form.push(1);
            // A field is far below 4 GiB: the engines refuse a larger one.
            form.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            form.extend(bytes);
        }
    };
    let at = row.at.map(i64::to_be_bytes);
    field(Some(&row.id));
    field(at.as_ref().map(|at| &at[..]));
    field(Some(&row.who));
    field(Some(&row.act));
    field(row.notice_id.as_deref());
    field(row.work_item_id.as_deref());
    field(row.person_id.as_deref());
    field(Some(&row.origin));
    field(row.why_id.as_deref());
    field(row.why_hash.as_deref());
    field(row.recipient.as_deref());
    field(Some(&row.detail));
    form
}

/// The hash of a row as a leaf of the tree.
pub fn sealed_hash(row: &StoredRow) -> Hash {
    leaf_hash(&canonical(row))
}

/// Whether the typed text that stands apart is the one that the row holds the hash of. An erased text
/// fits, and so does none.
pub fn typed_text_fits(row: &StoredRow) -> bool {
    row.typed.as_ref().is_none_or(|(salt, text)| {
        let mut hash = Sha256::new_with_prefix(salt);
        hash.update(text);
        row.why_hash.as_deref() == Some(&hash.finalize()[..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> StoredRow {
        StoredRow {
            place: 7,
            id: vec![1; 16],
            at: Some(1_780_000_000_000_000),
            who: b"ann".to_vec(),
            act: b"claimed".to_vec(),
            notice_id: Some(vec![2; 16]),
            origin: b"127.0.0.1".to_vec(),
            detail: b"{}".to_vec(),
            ..StoredRow::default()
        }
    }

    /// Form 1 may never move: what was sealed in it would no longer be what it was.
    #[test]
    fn the_form_of_a_row_is_as_it_was() {
        assert_eq!(
            hex::encode(canonical(&row())),
            "010000000000000007\
             010000001001010101010101010101010101010101\
             0100000008000652e68bb34000\
             0100000003616e6e\
             0100000007636c61696d6564\
             010000001002020202020202020202020202020202\
             0000\
             01000000093132372e302e302e31\
             000000\
             01000000027b7d"
        );
    }

    #[test]
    fn every_column_counts_and_none_runs_into_the_next() {
        let with = |change: fn(&mut StoredRow)| {
            let mut row = row();
            change(&mut row);
            sealed_hash(&row)
        };
        let mut all = vec![
            with(|_| {}),
            with(|row| row.place = 8),
            with(|row| row.id[0] = 9),
            with(|row| row.at = None),
            with(|row| row.at = Some(0)),
            with(|row| row.who.push(b'c')),
            with(|row| row.act[0] = b'C'),
            with(|row| row.notice_id = None),
            with(|row| row.work_item_id = row.notice_id.take()),
            with(|row| row.person_id = row.notice_id.take()),
            with(|row| row.origin = vec![]),
            with(|row| row.why_id = Some(vec![])),
            with(|row| row.why_hash = Some(vec![])),
            with(|row| row.recipient = Some(vec![])),
            with(|row| row.detail.push(b' ')),
            with(|row| {
                row.who = b"annc".to_vec();
                row.act = b"laimed".to_vec();
            }),
        ];
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_typed_text_fits_its_hash_or_is_gone() {
        let mut row = StoredRow { why_hash: Some(Sha256::digest(b"saltbecause").to_vec()), ..row() };
        assert!(typed_text_fits(&row), "erased");
        row.typed = Some((b"salt".to_vec(), b"because".to_vec()));
        assert!(typed_text_fits(&row));
        row.typed = Some((b"salt".to_vec(), b"perhaps".to_vec()));
        assert!(!typed_text_fits(&row));
        row.why_hash = None;
        assert!(!typed_text_fits(&row));
    }
}
