//! Bundles from archives: without the top folder and without ignored files. The same archive makes the same bytes.
//! Neither archive nor bundle is ever in memory as a whole.

mod ignored;
mod pump;
mod reroot;

pub use ignored::{IGNORE_FILE, Ignored};
pub use pump::{PIECE, transfer};
pub use reroot::{Limits, Unfit, reroot};
