//! A deterministic, invented backlog in the shape of Derbyshire's, for demonstrations, tests and benchmarks.
//!
//! Nobody in it is real: names are drawn from lists, streets do not exist, postcodes cannot, and
//! telephone numbers are those kept for drama. The same seed and moment give the same bytes.
//!
//! Each notice begins with what is truly so (its level and theme, in a household that may have come
//! to notice before) and is then told as a hurried officer would: graded by a noisy hand, ticked
//! in part, with people half described.
//!
//! [`population`] is another thing: families over two years whose danger is known, to measure triage by.

mod answers;
mod backlog;
mod cast;
mod clockwork;
mod details;
mod dice;
mod generator;
mod households;
mod level;
mod names;
mod narrative;
mod patterns;
mod people;
mod places;
mod population;
mod report;
mod roles;
mod stream;

pub use backlog::{Backlog, backlog, backlog_of};
pub use level::Level;
pub use population::{Population, Truthful, population};
pub use stream::stream;
