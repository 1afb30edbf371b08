//! DNS: the records of a stack, and what name servers answer about them.

pub mod answer;
pub mod names;
pub mod record;
pub mod set;
