//! The requests that an environment must answer before it goes live.

use serde::{Deserialize, Serialize};

use crate::stack::ranged::Ranged;

/// The requests that an environment must answer before it goes live.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WarmUp {
    /// The paths to request, each `requests` times. At least one, each beginning with `/`.
    pub paths: Paths,
    /// The number of requests per path: 1 to 10000.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10000)))]
    pub requests: Ranged<1, 10000>,
    /// The number of concurrent requests: 1 to 100.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    pub concurrency: Ranged<1, 100>,
    /// The longest time that the whole warm-up may take, in seconds: 1 to 600.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 600)))]
    pub timeout_seconds: Ranged<1, 600>,
    /// The HTTP status of a good answer: 100 to 599.
    #[cfg_attr(feature = "schema", schemars(range(min = 100, max = 599)))]
    pub expected_status: Ranged<100, 599>,
    /// `http` or `https`. With `https`, the certificate must cover the stack's domain.
    pub scheme: Scheme,
    /// The port. Absent: 80 or 443, by the scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 65535)))]
    pub port: Option<Ranged<1, 65535>>,
    /// The name of the secret in Secrets Manager with `USER:PASSWORD` for basic authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic_auth_secret: Option<String>,
    /// The place of the version in an answer. Every answer must then be of the version that is released. Absent: the
    /// version is not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_in: Option<VersionIn>,
}

/// The place of the version in an answer of the application.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum VersionIn {
    /// This header of every answer, such as `X-Version`.
    Header(String),
    /// This field of an answer in JSON, such as `version`.
    JsonField(String),
}

impl WarmUp {
    /// The port of requests.
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
            version_in: None,
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
            return Err("1 to 100 paths are required".to_owned());
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

/// The scheme of requests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Scheme {
    /// Plain HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
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

    /// The default port: 80 or 443.
    pub fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(warm_up: Value) -> Result<WarmUp, String> {
        serde_path_to_error::deserialize(warm_up).map_err(|error| error.to_string())
    }

    #[test]
    fn absent_fields_have_their_defaults() {
        assert_eq!(read(json!({})), Ok(WarmUp::default()));
        assert_eq!(WarmUp::default().paths.iter().collect::<Vec<_>>(), ["/"]);
    }

    #[test]
    fn the_port_is_that_of_the_scheme_unless_it_is_configured() {
        let port = |warm_up| read(warm_up).unwrap().port();
        assert_eq!(port(json!({})), 80);
        assert_eq!(port(json!({"scheme": "https"})), 443);
        assert_eq!(port(json!({"scheme": "https", "port": 8443})), 8443);
        assert_eq!(port(json!({"port": 65535})), 65535);
    }

    #[test]
    fn refuses_paths_that_could_name_another_host() {
        for path in ["", "status", "//other.example.com/", "/a b", "/a\r\nHost: x"] {
            let problem = read(json!({"paths": ["/", path]})).unwrap_err();
            let start = format!("paths: `{path}` is not a path");
            assert!(problem.starts_with(&start), "{problem}");
        }
    }

    #[test]
    fn refuses_no_path_and_too_many() {
        for paths in [vec![], vec!["/"; 101]] {
            let problem = read(json!({"paths": paths})).unwrap_err();
            assert_eq!(problem, "paths: 1 to 100 paths are required");
        }
    }

    #[test]
    fn refuses_a_value_that_is_out_of_range() {
        for (field, value, problem) in [
            ("requests", 0, "0 is not from 1 to 10000"),
            ("concurrency", 101, "101 is not from 1 to 100"),
            ("timeoutSeconds", 601, "601 is not from 1 to 600"),
            ("expectedStatus", 600, "600 is not from 100 to 599"),
            ("port", 65536, "65536 is not from 1 to 65535"),
        ] {
            assert_eq!(read(json!({field: value})), Err(format!("{field}: {problem}")));
        }
    }

    #[test]
    fn refuses_an_unknown_scheme() {
        let problem = read(json!({"scheme": "ftp"})).unwrap_err();
        assert_eq!(problem, "scheme: unknown variant `ftp`, expected `http` or `https`");
    }
}
