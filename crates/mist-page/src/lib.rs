//! The page: stacks, releases and their history as HTML, served on loopback or written into one file.
//!
//! [`model`] has the views as plain data, `views` renders them, and [`server`] and [`file`] deliver them. Nothing here
//! reads a cloud: whoever serves the page implements [`source::Source`].

pub mod dora;
pub mod file;
pub mod filter;
mod guard;
pub mod model;
mod policy;
pub mod server;
pub mod source;
mod text;
mod views;
