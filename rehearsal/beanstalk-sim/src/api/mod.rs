//! The operations of the API: what each checks, changes and answers.

mod applications;
mod caller;
mod compose;
mod configuration;
mod creation;
mod environments;
mod events;
mod filter;
mod health;
mod logs;
mod lookup;
mod managed_actions;
mod operations_role;
mod paging;
mod platforms;
mod resources;
mod saved;
mod server;
mod table;
mod tags;
mod templates;
mod updates;
mod versions;
mod views;

pub(crate) use server::router;
pub(crate) use table::terminate;
