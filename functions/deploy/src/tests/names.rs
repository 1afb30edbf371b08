//! The environment must be idle under every name.

use super::*;

#[tokio::test]
async fn an_environment_with_users_under_another_name_is_not_deployed_to() {
    for (kind, name, error) in [
        ("A", "www.mist.test", "Mist.UnlistedRecord"),
        ("AAAA", "www.mist.test", "Mist.UnlistedRecord"),
        ("AAAA", "qa.mist.test", "Mist.EnvironmentIsLive"),
    ] {
        let story = given().await.with_version(VersionStatus::Usable);
        let target = "demo-qa-b.us-east-1.elasticbeanstalk.com";
        story.ports.dns.add_alias(kind, name, target);
        assert_eq!(story.deploy().await.unwrap_err().code(), error, "{kind} {name}");
        assert_eq!(story.ports.beanstalk.deployments(), 0);
    }
}
