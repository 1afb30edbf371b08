//! Stories of releases through the real workflow: the template, the definition and the binaries that go to AWS, in a
//! local cloud.

mod command;
mod command_releases;
mod content;
mod documents;
mod ends;
mod failures;
mod locks;
mod marks;
mod memory;
mod met_before;
mod names;
mod operations;
mod races;
mod refusals;
mod secrets;
mod setup;
mod sizes;
mod sources;
mod uploads;
mod waits;
mod watch;
