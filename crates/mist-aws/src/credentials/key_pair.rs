//! An access key with its secret: from environment variables, or from the text of a secret.

use aws_credential_types::Credentials;
use mist_core::error::Error;
use secrecy::{ExposeSecret, SecretString};

/// An access key with its secret.
#[derive(Clone, Debug)]
pub struct KeyPair {
    id: String,
    secret: SecretString,
}

impl KeyPair {
    /// The access key `id` with its secret.
    pub fn new(id: String, secret: SecretString) -> Self {
        Self { id, secret }
    }

    /// The pair for all calls of the command: `AWS_APP_ACCESS_KEY_ID` and `AWS_APP_SECRET_ACCESS_KEY`. `None` if
    /// neither is set. If only one is set, [`Error::InvalidInput`] names the other.
    pub fn app(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        Self::read("APP", variable)
    }

    /// The pair for calls about hosted zones: `AWS_DNS_ACCESS_KEY_ID` and `AWS_DNS_SECRET_ACCESS_KEY`. `None` if
    /// neither is set. If only one is set, [`Error::InvalidInput`] names the other.
    pub fn dns(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        Self::read("DNS", variable)
    }

    fn read(kind: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        let names = [format!("AWS_{kind}_ACCESS_KEY_ID"), format!("AWS_{kind}_SECRET_ACCESS_KEY")];
        let [id, secret] = names.each_ref().map(|name| non_empty(&variable, name));
        let half = |missing: &str, given: &str| {
            let problem = format!("`{given}` is set and `{missing}` is not; set both, or neither");
            Err(Error::InvalidInput { problem })
        };
        match (id, secret) {
            (Some(id), Some(secret)) => Ok(Some(Self::new(id, secret.into()))),
            (None, None) => Ok(None),
            (Some(_), None) => half(&names[1], &names[0]),
            (None, Some(_)) => half(&names[0], &names[1]),
        }
    }

    /// The pair as credentials of the SDK. Spaces and line ends around them are left out.
    pub(super) fn credentials(&self) -> Credentials {
        let secret = self.secret.expose_secret();
        Credentials::new(self.id.trim(), secret.trim(), None, None, "an access key")
    }
}

#[cfg(feature = "dns")]
mod text {
    //! The text of a secret: `{"accessKeyId": …, "secretAccessKey": …}`.

    use secrecy::{ExposeSecret as _, SecretString};
    use serde::Deserialize;
    use serde_json::json;

    use super::KeyPair;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Text {
        access_key_id: String,
        secret_access_key: String,
    }

    impl KeyPair {
        /// The pair as the text of a secret: `{"accessKeyId": …, "secretAccessKey": …}`.
        pub fn to_text(&self) -> SecretString {
            let secret = self.secret.expose_secret();
            json!({ "accessKeyId": self.id, "secretAccessKey": secret }).to_string().into()
        }

        /// The pair in the text of a secret; `None` if the text is something else. The error of the parser is left
        /// out, since it can quote the text.
        pub fn from_text(text: &SecretString) -> Option<Self> {
            let text: Text = serde_json::from_str(text.expose_secret()).ok()?;
            Some(Self::new(text.access_key_id, text.secret_access_key.into()))
        }
    }
}

/// The value of the variable `name`; `None` if it is absent or empty.
pub(super) fn non_empty(variable: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    variable(name).filter(|value| !value.is_empty())
}
