//! What the state machine, the functions, the template and the documents owe each other.

mod asl;
mod machine;
mod project;
