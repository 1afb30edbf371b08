//! What the state machine, the functions, the template and the documents owe each other.

mod answers;
mod asl;
mod dependencies;
mod examples;
mod machine;
mod office_hours;
mod policies;
mod project;
mod readme;
mod requests;
mod runbook;
mod sides;
mod tidy;
mod ties;
mod times;
