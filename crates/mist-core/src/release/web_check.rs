//! The check of an environment by web requests: the warm-up before the swap, and the verification after it.

use crate::{
    error::Error,
    names::DomainName,
    ports::{Answer, Destination, Secrets},
    stack::warm_up::WarmUp,
};

/// The status of an answer to a wrong user or password.
const UNAUTHORIZED: u16 = 401;

/// An answer that is not the expected one.
#[derive(Debug, Eq, PartialEq)]
pub struct WrongAnswer {
    /// The difference, as a fragment of a message.
    pub problem: String,
    /// Whether the application refused the user and password.
    pub password_refused: bool,
}

impl From<String> for WrongAnswer {
    fn from(problem: String) -> Self {
        Self { problem, password_refused: false }
    }
}

/// The destination of requests to `address`, as users of `domain` send them. The password comes from `secrets`, if
/// `warm_up` names one.
pub async fn destination(
    secrets: &impl Secrets,
    warm_up: &WarmUp,
    domain: &DomainName,
    address: &str,
) -> Result<Destination, Error> {
    let basic_auth = match &warm_up.basic_auth_secret {
        Some(id) => Some(secrets.read(id).await?),
        None => None,
    };
    Ok(Destination {
        scheme: warm_up.scheme,
        domain: domain.clone(),
        address: address.to_owned(),
        port: warm_up.port(),
        basic_auth,
        version_in: warm_up.version_in.clone(),
    })
}

/// Checks the status of the `answer` to a request for `path`, and its version if the application shows it and one is
/// expected.
pub fn check(
    warm_up: &WarmUp,
    version: Option<&str>,
    path: &str,
    answer: &Answer,
) -> Result<(), WrongAnswer> {
    let (found, expected) = (answer.status, warm_up.expected_status.get());
    if u32::from(found) != expected {
        let problem = format!("`{path}` answered {found}, not {expected}");
        // A page may repeat the request, so the body of one behind a password is not shown.
        if warm_up.basic_auth_secret.is_some() {
            return Err(WrongAnswer { problem, password_refused: found == UNAUTHORIZED });
        }
        let body = answer.body.trim();
        return Err(if body.is_empty() { problem } else { format!("{problem}: {body}") }.into());
    }
    let Some(expected) = version.filter(|_| warm_up.version_in.is_some()) else { return Ok(()) };
    match answer.version.as_deref() {
        Some(found) if found == expected => Ok(()),
        Some(found) => {
            Err(format!("`{path}` was answered by version `{found}`, not `{expected}`").into())
        }
        None => Err(format!("`{path}` was answered without a version, not by `{expected}`").into()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::stack::warm_up::VersionIn;

    fn answer(status: u16, body: &str, version: Option<&str>) -> Answer {
        let (body, version) = (body.to_owned(), version.map(str::to_owned));
        Answer { status, body, version, elapsed: Duration::ZERO }
    }

    fn problem(warm_up: &WarmUp, answer: &Answer) -> (String, bool) {
        let WrongAnswer { problem, password_refused } =
            check(warm_up, Some("v2"), "/", answer).unwrap_err();
        (problem, password_refused)
    }

    #[test]
    fn the_expected_status_is_enough_if_the_application_shows_no_version() {
        assert_eq!(check(&WarmUp::default(), Some("v2"), "/", &answer(200, "hello", None)), Ok(()));
    }

    #[test]
    fn another_status_is_wrong_and_its_body_explains_it() {
        let warm_up = WarmUp::default();
        let expected = "`/` answered 503, not 200: down for repair".to_owned();
        assert_eq!(problem(&warm_up, &answer(503, " down for repair\n", None)), (expected, false));
        let expected = "`/` answered 401, not 200".to_owned();
        assert_eq!(problem(&warm_up, &answer(401, "", None)), (expected, false));
    }

    #[test]
    fn no_body_behind_a_password_is_shown() {
        let warm_up = WarmUp { basic_auth_secret: Some("mist/qa".to_owned()), ..WarmUp::default() };
        let expected = "`/` answered 401, not 200".to_owned();
        assert_eq!(problem(&warm_up, &answer(401, "you sent hunter2", None)), (expected, true));
        let expected = "`/` answered 500, not 200".to_owned();
        assert_eq!(problem(&warm_up, &answer(500, "you sent hunter2", None)), (expected, false));
    }

    #[test]
    fn an_answer_of_another_version_is_wrong() {
        let version_in = Some(VersionIn::Header("X-Version".to_owned()));
        let warm_up = WarmUp { version_in, ..WarmUp::default() };
        assert_eq!(check(&warm_up, Some("v2"), "/", &answer(200, "", Some("v2"))), Ok(()));
        assert_eq!(check(&warm_up, None, "/", &answer(200, "", Some("v1"))), Ok(()));
        let expected = "`/` was answered by version `v1`, not `v2`".to_owned();
        assert_eq!(problem(&warm_up, &answer(200, "", Some("v1"))), (expected, false));
        let expected = "`/` was answered without a version, not by `v2`".to_owned();
        assert_eq!(problem(&warm_up, &answer(200, "", None)), (expected, false));
    }
}
