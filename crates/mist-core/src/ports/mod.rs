//! What operations need from the outside world, in the words of mist.

mod alarms;
mod artifacts;
mod beanstalk;
mod bundles;
mod clock;
mod deployments;
mod dns;
mod groups;
mod ledger;
mod logs;
mod marker;
mod name_servers;
mod probe;
mod repositories;
mod runs;
mod secrets;
mod stacks;

pub use alarms::{Alarm, AlarmState, Alarms};
pub use artifacts::Artifacts;
pub use beanstalk::{Beanstalk, Monitor, NewVersion, Update};
pub use bundles::{Bundles, Upload};
pub use clock::Clock;
pub use deployments::{DeploymentState, Deployments, NewDeployment, Progress};
pub use dns::Dns;
pub use groups::Groups;
pub use ledger::{Ledger, change};
pub use logs::{Logs, Texts};
pub use marker::{Account, Application, MarkError, Marker, Outcome, Release};
pub use name_servers::{Leads, NameServers, Told};
pub use probe::{Answer, Destination, Probe};
pub use repositories::{Access, Changes, Chunks, Repositories, Revision};
pub use runs::{Runs, console_page};
pub use secrets::Secrets;
pub use stacks::Stacks;
