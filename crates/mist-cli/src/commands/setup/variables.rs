//! Keys and tokens from environment variables.

use mist_aws::credentials::KeyPair;
use secrecy::SecretString;

/// Keys and tokens from environment variables. They are never printed.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// `NEWRELIC_API_KEY`.
    pub(super) new_relic: Option<SecretString>,
    /// `GITHUB_ACCESS_TOKEN`.
    pub(super) github: Option<SecretString>,
    /// `AWS_DNS_ACCESS_KEY_ID` and `AWS_DNS_SECRET_ACCESS_KEY`.
    pub(super) dns: Option<KeyPair>,
}

impl Variables {
    /// Reads the variables with `get`. Half of a key pair is an error. An empty variable counts as absent.
    pub(super) fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let get = |name: &str| {
            get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let dns = KeyPair::dns(get).map_err(|error| error.to_string())?;
        Ok(Self {
            new_relic: get("NEWRELIC_API_KEY").map(SecretString::from),
            github: get("GITHUB_ACCESS_TOKEN").map(SecretString::from),
            dns,
        })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<Variables, String> {
        let found = |name: &str| given.iter().find(|(key, _)| *key == name);
        Variables::read(|name| found(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_key_pair_is_stored_as_json_and_read_again() {
        let given =
            [("AWS_DNS_ACCESS_KEY_ID", "AKIA1"), ("AWS_DNS_SECRET_ACCESS_KEY", "TOP-SECRET\n")];
        let keys = read(&given).unwrap().dns.unwrap();
        let text = keys.to_text();
        let expected = r#"{"accessKeyId":"AKIA1","secretAccessKey":"TOP-SECRET"}"#;
        assert_eq!(text.expose_secret(), expected);
        assert!(KeyPair::from_text(&text).is_some());
        assert!(!format!("{keys:?}").contains("TOP-SECRET"));
        assert!(KeyPair::from_text(&SecretString::from("AKIA1:TOP-SECRET")).is_none());
    }

    #[test]
    fn half_of_a_key_pair_is_an_error() {
        let problem = read(&[("AWS_DNS_ACCESS_KEY_ID", "AKIA1")]).unwrap_err();
        assert!(problem.contains("`AWS_DNS_SECRET_ACCESS_KEY` is not"), "{problem}");
        assert!(read(&[("AWS_DNS_SECRET_ACCESS_KEY", "x")]).is_err());
    }

    #[test]
    fn an_empty_variable_is_absent() {
        assert!(read(&[("NEWRELIC_API_KEY", " ")]).unwrap().new_relic.is_none());
        assert!(read(&[("NEWRELIC_API_KEY", "NRAK")]).unwrap().new_relic.is_some());
    }
}
