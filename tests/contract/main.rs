//! The contract between the state machine, the functions, the template, the documents and the code.

mod accounts;
mod answers;
mod asl;
mod bucket;
mod circles;
mod configuration;
mod counts;
mod dependencies;
mod example;
mod examples;
mod layout;
mod machine;
mod names;
mod office_hours;
mod phrases;
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
