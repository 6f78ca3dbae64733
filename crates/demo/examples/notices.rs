//! Writes invented notices to standard output, one JSON object a line, families with their history
//! among them: `cargo run --release -p ppn-demo --example notices -- 100000 7 > notices.ndjson`
//!
//! Arguments: how many (20,000 unless given), and the seed (1 unless given).

use std::error::Error;
use std::io::{BufWriter, Write as _, stdout};

use ppn_demo::{Truthful, population};
use ppn_domain::Timestamp;

/// The moment before which everything was submitted.
const AS_OF: &str = "2022-05-20T08:00:00Z";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let size = arguments.next().map_or(Ok(20_000), |n| n.parse())?;
    let seed = arguments.next().map_or(Ok(1), |n| n.parse())?;
    let mut out = BufWriter::new(stdout().lock());
    for Truthful { notice, .. } in population(seed, size, Timestamp::parse_rfc3339(AS_OF)?) {
        serde_json::to_writer(&mut out, &notice)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
