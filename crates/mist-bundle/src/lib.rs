//! Makes bundles of archives: without the folder that everything is in, without what is ignored, and the same
//! bytes each time. Neither archive nor bundle is ever whole in memory.

mod ignored;
mod pump;
mod reroot;

pub use ignored::{IGNORE_FILE, Ignored};
pub use pump::{PIECE, transfer};
pub use reroot::{Limits, Unfit, reroot};
