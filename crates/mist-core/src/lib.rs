//! The domain of mist: blue/green releases on Elastic Beanstalk. Does no I/O and names no vendor's client.
//!
//! - [`stack`]: a stack as its owner configures it.
//! - [`beanstalk`] and [`dns`]: the outside world, in the words of mist.
//! - [`release`]: the rules of a release: its lock, its waits, its history.
//! - [`ports`]: what operations need from the outside world.
//!
//! Everything is imported from its module, so that a `use` shows which way a dependency points.

pub mod beanstalk;
pub mod dns;
pub mod error;
pub mod names;
pub mod ports;
pub mod release;
pub mod stack;
pub mod url;
