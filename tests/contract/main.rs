//! What the state machine, the functions, the template and the documents promise each other.

mod accounts;
mod answers;
mod asl;
mod counts;
mod dependencies;
mod example;
mod examples;
mod layout;
mod machine;
mod names;
mod office_hours;
mod policies;
mod project;
mod readme;
mod requests;
mod runbook;
mod settings;
mod tidy;
mod ties;
mod times;
mod wakes;
mod world;
