//! Bundles from archives: without the top folder and without ignored files. The same archive makes the same bytes.
//! And the check of bundles that others made. No archive and no bundle is ever in memory as a whole.

mod check;
mod ignored;
mod pump;
mod reroot;

pub use check::{Check, Next, check_file};
pub use ignored::{IGNORE_FILE, Ignored};
pub use pump::{PIECE, transfer};
pub use reroot::{Limits, Unfit, reroot};
