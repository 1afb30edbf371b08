//! DNS: the record of a stack, and what name servers answer about it.

pub mod answer;
pub mod record;
