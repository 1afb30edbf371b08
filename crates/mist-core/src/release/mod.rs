//! A release from its request to its end: the lock of its stack, its waits, and the history.
//!
//! All rules of the two tables are here, as pure functions from one state to the next; [`steps`] writes their results.
//! No other code, and no state of the workflow, writes to either table.

pub mod capacity;
pub mod console;
pub mod content;
pub mod ending;
pub mod failure;
pub mod history;
pub mod live;
pub mod lock;
pub mod log_tail;
pub mod look;
pub mod marking;
pub mod pace;
pub mod proof;
pub mod records;
pub mod request;
pub mod stack_report;
pub mod stack_status;
pub mod state;
pub mod steps;
pub mod target;
pub mod web_check;
