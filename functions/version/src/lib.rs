//! Shows the version, status and health of both environments of a stack.

use mist_core::{
    error::Error,
    ports::{Beanstalk, Dns},
    release::stack_report::{self, StackRef, StackReport},
};

#[cfg(test)]
mod tests;

/// The stack to report.
pub type Request = StackRef;

/// The current state of a stack.
pub type Response = StackReport;

/// Reads the record and both environments, and changes nothing.
pub async fn run(
    beanstalk: &impl Beanstalk,
    dns: &impl Dns,
    request: Request,
) -> Result<Response, Error> {
    stack_report::look(beanstalk, dns, request).await
}
