//! The two environments of a stack: whether they exist and match.

use mist_core::{
    beanstalk::environment::{Environment, EnvironmentStatus},
    error::Error,
    ports::Beanstalk,
    stack::{settings::Stack, side::Side},
};

use super::finding::Finding;

const CHECK: &str = "environments";

/// The environments of a stack, as Beanstalk describes them.
#[derive(Debug)]
pub(super) struct Found {
    /// The environments of side A and side B; `None` for one that does not exist.
    pub(super) environments: [Option<Environment>; 2],
}

/// Checks both environments of `stack`. Without permission, only the finding is returned.
pub(super) async fn check(
    beanstalk: &impl Beanstalk,
    stack: &Stack,
) -> (Option<Found>, Vec<Finding>) {
    let names = Side::BOTH.map(|side| stack.settings.environments.on(side));
    match beanstalk.environments(&names).await {
        Ok(found) => {
            let environments =
                names.map(|name| found.iter().find(|it| it.name == name.as_str()).cloned());
            let found = Found { environments };
            let findings = judge(stack, &found);
            (Some(found), findings)
        }
        Err(error) => {
            let action = "elasticbeanstalk:DescribeEnvironments";
            (None, vec![Finding::failed(stack.name.as_str(), CHECK, action, &error)])
        }
    }
}

fn judge(stack: &Stack, found: &Found) -> Vec<Finding> {
    let about = stack.name.as_str();
    let mut findings = Vec::new();
    for side in Side::BOTH {
        let name = stack.settings.environments.on(side);
        let environment = match side {
            Side::A => &found.environments[0],
            Side::B => &found.environments[1],
        };
        match environment {
            Some(environment) => findings.extend(one(stack, environment)),
            None => findings.push(Finding::blocking(
                about,
                CHECK,
                format!("Beanstalk has no environment `{name}`"),
                format!(
                    "create it in application `{}`, or correct `stacks.{about}.environments` and \
                     `region` in mist.yaml",
                    stack.application
                ),
            )),
        }
    }
    let [Some(a), Some(b)] = &found.environments else { return findings };
    if a.platform != b.platform {
        findings.push(Finding::warning(
            about,
            "platform",
            format!("the platforms differ: {} and {}", platform(a), platform(b)),
            "update both environments to one platform, so that they behave the same",
        ));
    }
    if findings.is_empty() {
        let found = format!("{} and {} exist and match", a.name, b.name);
        findings.push(Finding::good(about, CHECK, found));
    }
    findings
}

fn one(stack: &Stack, environment: &Environment) -> Vec<Finding> {
    let about = stack.name.as_str();
    let problems = environment.problems(&stack.application);
    let mut findings: Vec<_> = problems.iter().map(|problem| refused(about, problem)).collect();
    let Environment { name, status, health, .. } = environment;
    if status.is_ending() {
        return findings;
    }
    if *status != EnvironmentStatus::Ready {
        findings.push(Finding::warning(
            about,
            CHECK,
            format!("`{name}` is {status}"),
            "wait until it is Ready before the first release",
        ));
    }
    if health.status.is_none() {
        findings.push(Finding::warning(
            about,
            "health",
            format!("`{name}` has basic health reporting: the health of instances and requests is unknown"),
            "enable enhanced health reporting, so that mist can check the version of each instance",
        ));
    }
    findings
}

/// The finding that a release would end with `problem`, whose message ends with the remedy.
fn refused(about: &str, problem: &Error) -> Finding {
    let check = match problem {
        Error::ForeignEnvironment { .. } => "application",
        Error::WorkerTier { .. } => "tier",
        _ => CHECK,
    };
    let message = problem.to_string();
    let (found, remedy) = message.split_once("; ").unwrap_or((&message, "correct mist.yaml"));
    Finding::blocking(about, check, found, remedy)
}

fn platform(environment: &Environment) -> &str {
    environment.platform.rsplit_once("platform/").map_or("unknown", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use mist_core::beanstalk::environment::Tier;
    use mist_testkit::{FakeBeanstalk, environment, stack};

    use super::{super::finding::Verdict, *};

    fn both() -> FakeBeanstalk {
        FakeBeanstalk::with([environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v1")])
    }

    async fn found(beanstalk: &FakeBeanstalk) -> Vec<(Verdict, String)> {
        let (_, findings) = check(beanstalk, &stack().unwrap()).await;
        for finding in &findings {
            assert_eq!(finding.remedy.is_none(), finding.verdict == Verdict::Good, "{finding:?}");
        }
        findings.into_iter().map(|it| (it.verdict, it.found)).collect()
    }

    /// The findings if `change` is made to `Demo-QA-B`.
    async fn when(change: impl FnOnce(&mut Environment)) -> Vec<(Verdict, String)> {
        let beanstalk = both();
        beanstalk.change("Demo-QA-B", change);
        found(&beanstalk).await
    }

    #[tokio::test]
    async fn two_environments_that_match_are_good() {
        let good = "Demo-QA-A and Demo-QA-B exist and match".to_owned();
        assert_eq!(found(&both()).await, [(Verdict::Good, good)]);
    }

    #[tokio::test]
    async fn a_missing_environment_blocks() {
        let beanstalk = both();
        beanstalk.remove("Demo-QA-B");
        let missing = "Beanstalk has no environment `Demo-QA-B`".to_owned();
        assert_eq!(found(&beanstalk).await, [(Verdict::Blocking, missing)]);
    }

    #[tokio::test]
    async fn a_worker_environment_blocks() {
        let found = when(|it| it.tier = Tier::Worker).await;
        let worker =
            "environment `Demo-QA-B` is a worker: no DNS record can point to it".to_owned();
        assert_eq!(found, [(Verdict::Blocking, worker)]);
    }

    #[tokio::test]
    async fn an_environment_of_another_application_blocks() {
        let found = when(|it| it.application = "Other".to_owned()).await;
        assert_eq!(found[0].0, Verdict::Blocking);
        assert!(found[0].1.contains("application `Other`, not `Demo`"), "{found:?}");
    }

    #[tokio::test]
    async fn an_environment_that_is_terminating_blocks() {
        let found = when(|it| it.status = EnvironmentStatus::Terminating).await;
        assert_eq!(
            found,
            [(Verdict::Blocking, "environment `Demo-QA-B` is Terminating".to_owned())]
        );
    }

    #[tokio::test]
    async fn different_platforms_and_basic_health_are_warnings() {
        let found = when(|it| it.platform = "arn:aws:x:platform/Node/20".to_owned()).await;
        let differ = "the platforms differ: Tomcat/5.0.0 and Node/20".to_owned();
        assert_eq!(found, [(Verdict::Warning, differ)]);
        let found = when(|it| it.health.status = None).await;
        assert_eq!(found[0].0, Verdict::Warning);
        assert!(found[0].1.contains("basic health"), "{found:?}");
    }
}
