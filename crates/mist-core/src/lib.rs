//! The domain of mist: blue/green releases on Elastic Beanstalk. It does no I/O and names no client of a service.
//!
//! - [`stack`]: a stack as its owner configures it.
//! - [`beanstalk`] and [`dns`]: environments and records, as mist sees them.
//! - [`release`]: the rules of a release: its lock, its waits, its history.
//! - [`ports`]: the services that operations use.
//!
//! Everything is imported from its module, so that a `use` shows which way a dependency points.

pub mod beanstalk;
pub mod checksum;
pub mod dns;
pub mod error;
pub mod names;
pub mod ports;
pub mod release;
pub mod stack;
pub mod url;
pub mod visible;
