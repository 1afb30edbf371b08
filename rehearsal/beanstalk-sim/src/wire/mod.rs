//! The query protocol: parameters in, XML or JSON out.

mod error;
mod json;
mod operations;
mod params;
mod query;
mod service;
mod structure;
mod xml;

pub(crate) use error::ApiError;
pub(crate) use operations::BEANSTALK_OPERATIONS;
pub(crate) use params::Params;
pub(crate) use service::Service;
pub(crate) use structure::{Structure, Value};

/// The format of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Xml,
    Json,
}

impl Format {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml",
            Self::Json => "application/json",
        }
    }

    /// The body of a success. Operations without output have no result element.
    pub(crate) fn success_body(
        self,
        service: Service,
        operation: &str,
        result: Option<&Structure>,
        request_id: &str,
    ) -> String {
        match self {
            Self::Xml => xml::success_body(service, operation, result, request_id),
            Self::Json => json::success_body(operation, result, request_id),
        }
    }

    /// The body of an error.
    pub(crate) fn error_body(self, service: Service, error: &ApiError, request_id: &str) -> String {
        match self {
            Self::Xml => xml::error_body(service, error, request_id),
            Self::Json => json::error_body(error, request_id),
        }
    }
}
