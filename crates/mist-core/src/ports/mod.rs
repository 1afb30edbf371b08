//! What operations need from the outside world, in the words of mist.

mod artifacts;
mod beanstalk;
mod clock;
mod dns;
mod ledger;
mod marker;
mod probe;
mod secrets;
mod stacks;

pub use artifacts::Artifacts;
pub use beanstalk::{Beanstalk, Monitor, NewVersion, Update};
pub use clock::Clock;
pub use dns::Dns;
pub use ledger::Ledger;
pub use marker::{Marker, Outcome, Release};
pub use probe::{Answer, Destination, Probe};
pub use secrets::Secrets;
pub use stacks::Stacks;
