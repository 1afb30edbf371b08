//! Stories of releases, told through the real workflow: the template, the definition and the binaries
//! that go to AWS, in a local cloud.

mod command;
mod failures;
mod locks;
mod memory;
mod operations;
mod races;
mod refusals;
mod sources;
mod uploads;
mod watch;
