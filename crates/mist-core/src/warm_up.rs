//! The requests that an environment must answer before it goes live.

use serde::{Deserialize, Serialize};

use crate::ranged::Ranged;

/// The requests that an environment must answer before it goes live.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WarmUp {
    /// The paths to ask for, each as often as `requests` says. At least one, each beginning with `/`.
    pub paths: Paths,
    /// How many requests per path: 1 to 10000.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10000)))]
    pub requests: Ranged<1, 10000>,
    /// How many requests at once: 1 to 100.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    pub concurrency: Ranged<1, 100>,
    /// For how long the whole warm-up may take, in seconds: 1 to 600.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 600)))]
    pub timeout_seconds: Ranged<1, 600>,
    /// The only HTTP status that counts: 100 to 599.
    #[cfg_attr(feature = "schema", schemars(range(min = 100, max = 599)))]
    pub expected_status: Ranged<100, 599>,
    /// `http` or `https`. With `https`, the certificate must cover the stack's domain.
    pub scheme: Scheme,
    /// The port. Absent: 80 or 443, as the scheme says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 65535)))]
    pub port: Option<Ranged<1, 65535>>,
    /// The name of the secret in Secrets Manager that holds `USER:PASSWORD` for basic authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic_auth_secret: Option<String>,
}

impl WarmUp {
    /// The port that requests go to.
    pub fn port(&self) -> u16 {
        let port = self.port.map_or(u32::from(self.scheme.port()), Ranged::get);
        u16::try_from(port).unwrap_or(self.scheme.port())
    }
}

impl Default for WarmUp {
    fn default() -> Self {
        Self {
            paths: Paths(vec!["/".to_owned()]),
            requests: Ranged::new(20),
            concurrency: Ranged::new(4),
            timeout_seconds: Ranged::new(120),
            expected_status: Ranged::new(200),
            scheme: Scheme::Http,
            port: None,
            basic_auth_secret: None,
        }
    }
}

/// Paths of requests: at least one, each beginning with `/`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<String>")]
pub struct Paths(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<String>);

impl Paths {
    /// The paths in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl TryFrom<Vec<String>> for Paths {
    type Error = String;

    fn try_from(paths: Vec<String>) -> Result<Self, String> {
        if paths.is_empty() || paths.len() > 100 {
            return Err("paths: between 1 and 100 are needed".to_owned());
        }
        match paths.iter().find(|path| !is_path(path)) {
            Some(path) => Err(format!(
                "`{path}` is not a path: it must begin with one `/` and have no blanks"
            )),
            None => Ok(Self(paths)),
        }
    }
}

// Two slashes at the start would name another host.
fn is_path(path: &str) -> bool {
    let blank = |letter: char| letter.is_whitespace() || letter.is_control();
    path.starts_with('/') && !path.starts_with("//") && !path.contains(blank)
}

/// How requests are sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Scheme {
    /// Plain.
    #[default]
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The usual port: 80 or 443.
    pub fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}
