//! Who runs the command, by the identity of its credentials.

use mist_aws::Aws;
use mist_core::visible::is_hidden;

use crate::failure::Failure;

/// The longest name, in characters.
const LONGEST: usize = 64;

/// The start of the name of a role that IAM Identity Center makes. Its session is the name of the person.
const IDENTITY_CENTER: &str = "AWSReservedSSO_";

/// The name of whoever runs the command. AWS knows it; a variable cannot claim another one.
pub(crate) async fn name(aws: &Aws) -> Result<String, Failure> {
    Ok(short(&aws.sts().caller().await?.arn))
}

/// The name in the ARN of an identity: of a user, or of a role with its session.
fn short(arn: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let mut parts = resource.split('/');
    let name = match (parts.next(), parts.next(), parts.next_back()) {
        (Some("assumed-role"), Some(role), Some(session)) if role.starts_with(IDENTITY_CENTER) => {
            session.to_owned()
        }
        (Some("assumed-role"), Some(role), Some(session)) => format!("{role}/{session}"),
        // A user can have a path before its name.
        (_, Some(first), last) => last.unwrap_or(first).to_owned(),
        (_, None, _) => resource.to_owned(),
    };
    let name: String =
        name.chars().filter(|it| !is_hidden(*it) && *it != '\n').take(LONGEST).collect();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_user_or_of_the_role_with_its_session() {
        for (arn, name) in [
            ("arn:aws:iam::123456789012:user/ada", "ada"),
            ("arn:aws:iam::123456789012:user/team/web/ada", "ada"),
            ("arn:aws:sts::123456789012:assumed-role/Deployer/ci-42", "Deployer/ci-42"),
            (
                "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_1a2b/ada@example.com",
                "ada@example.com",
            ),
            ("arn:aws:sts::123456789012:federated-user/ada", "ada"),
            ("arn:aws:iam::123456789012:root", "root"),
            ("", "unknown"),
        ] {
            assert_eq!(short(arn), name, "{arn}");
        }
    }

    #[test]
    fn the_name_is_bounded_and_can_be_printed() {
        let name =
            short(&format!("arn:aws:iam::123456789012:user/a\u{1b}[2J\n{}", "x".repeat(200)));
        assert_eq!(name.chars().count(), LONGEST);
        assert!(name.starts_with("a[2Jxxx"), "{name}");
    }
}
