//! `mist setup` and `mist cleanup`, as people run them.

use std::{path::PathBuf, process::Output};

use jiff::Timestamp;
use mist_aws::notifications::Subscription;
use mist_core::{
    names::StackName,
    ports::{Locks as _, Stacks as _},
    release::state::{Lease, Phase, StackState},
    stack::{config::Config, side::Side},
};
use mist_rehearsal::page;
use mist_tests::{Result, Story, World, tell, tell_apart, until};
use serde_json::Value;
use tokio::process::Command;

/// The variables that setup reads; a test sets some of them.
const VARIABLES: [&str; 6] = [
    "NEWRELIC_API_KEY",
    "GITHUB_ACCESS_TOKEN",
    "GITHUB_API_URL",
    "AWS_DNS_ACCESS_KEY_ID",
    "AWS_DNS_SECRET_ACCESS_KEY",
    "MIST_CONFIG",
];

/// A person with a `mist.yaml`, and keys in the environment.
struct Person {
    world: &'static World,
    file: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Person {
    /// A person whose `mist.yaml` has the stack of `story` after `change`.
    fn of(world: &'static World, story: &Story, change: impl FnOnce(&mut Config)) -> Result<Self> {
        let stack = &story.stack.stack;
        let mut config = Config {
            application: stack.application.clone(),
            region: stack.region.clone(),
            artifacts: stack.artifacts.clone(),
            stacks: [(stack.name.clone(), stack.settings.clone())].into(),
        };
        change(&mut config);
        let file = world.cloud.run_folder().join(format!("{}.yaml", stack.name));
        // All JSON is YAML.
        std::fs::write(&file, serde_json::to_string_pretty(&config)?)?;
        Ok(Self { world, file, variables: Vec::new() })
    }

    fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.variables.retain(|(name, _)| *name != variable);
        self.variables.push((variable, value.to_owned()));
        self
    }

    async fn mist(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(self.world.command());
        command.args(arguments).arg("--file").arg(&self.file).envs(self.world.environment());
        for name in VARIABLES {
            command.env_remove(name);
        }
        command.envs(self.variables.clone()).env("NO_COLOR", "1");
        command.stdin(std::process::Stdio::null());
        Ok(command.output().await?)
    }

    /// The exit code and the JSON of `mist setup` with these arguments.
    async fn setup(&self, arguments: &[&str]) -> Result<(Option<i32>, Value)> {
        let output = self.mist(&[&["setup", "-o", "json"], arguments].concat()).await?;
        let mut document: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("no JSON: {}", said(&output)))?;
        let report = document["result"].take();
        for secret in [mist_local::API_KEY, "DNS-SECRET"] {
            assert!(!said(&output).contains(secret), "{}", said(&output));
        }
        Ok((output.status.code(), report))
    }
}

fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// The findings with this verdict, each with its remedy.
fn found(report: &Value, verdict: &str) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let those = findings.filter(|finding| finding["verdict"] == verdict);
    those.map(|finding| (text(&finding["found"]), text(&finding["remedy"]))).collect()
}

fn none(found: &[(String, String)]) {
    assert!(found.is_empty(), "{found:?}");
}

async fn emails(world: &World) -> Result<Vec<String>> {
    let aws = world.rehearsal.aws();
    let topic = aws.stacks().notifications_topic().await?.ok_or("no topic")?;
    let found = aws.notifications().emails(&topic).await?;
    Ok(found.into_iter().map(|Subscription { email, .. }| email).collect())
}

#[test]
fn a_check_changes_nothing() -> Result {
    tell(async |world| {
        let story = world.given("setup-look").idle("v2").built().await?;
        let secret = "mist/new-relic-setup-look";
        let name = story.stack.stack.name.clone();
        let person = Person::of(world, &story, |config| {
            let settings = config.stacks.get_mut(&name).unwrap();
            settings.new_relic.as_mut().unwrap().api_key_secret = secret.to_owned();
        })?;
        let person = person.with("NEWRELIC_API_KEY", mist_local::API_KEY);
        let (code, report) = person.setup(&["--check", "--email", "look@example.com"]).await?;
        assert_eq!(code, Some(0), "{report:#}");
        none(&found(&report, "blocking"));
        assert_eq!(report["stored"], serde_json::json!([]));
        let aws = world.rehearsal.aws();
        assert_eq!(aws.secrets().look(secret).await?, None);
        assert_eq!(aws.stacks().load(&name).await?, story.stack.stack, "it was pushed");
        assert!(!emails(world).await?.contains(&"look@example.com".to_owned()));
        Ok(())
    })
}

#[test]
fn a_missing_environment_is_reported_with_a_remedy() -> Result {
    tell(async |world| {
        let story = world.given("setup-lost").built().await?;
        let name = story.stack.stack.name.clone();
        let person = Person::of(world, &story, |config| {
            let settings = config.stacks.get_mut(&name).unwrap();
            settings.environments.b = "Demo-missing".parse().unwrap();
        })?;
        let (code, report) = person.setup(&["--check"]).await?;
        assert_eq!(code, Some(4), "{report:#}");
        let blocking = found(&report, "blocking");
        let [(found, remedy)] = &blocking[..] else { panic!("{report:#}") };
        assert_eq!(found, "Beanstalk has no environment `Demo-missing`");
        assert!(remedy.contains("create it in application `Demo-setup-lost`"), "{remedy}");
        Ok(())
    })
}

#[test]
fn a_record_that_points_elsewhere_is_reported_and_the_stack_is_not_stored() -> Result {
    tell(async |world| {
        let story = world.given("setup-astray").built().await?;
        story.point("elsewhere.example.com").await?;
        let name = story.stack.stack.name.clone();
        let person = Person::of(world, &story, |config| {
            config.stacks.get_mut(&name).unwrap().drain_seconds =
                mist_core::stack::ranged::Ranged::new(77);
        })?;
        let output = person.mist(&["setup", "--email", "astray@example.com"]).await?;
        assert_eq!(output.status.code(), Some(4), "{}", said(&output));
        let words = said(&output);
        assert!(words.contains("points to `elsewhere.example.com`, not to `"), "{words}");
        assert!(words.contains("mist: setup is not complete: 1 check failed"), "{words}");
        let pushed = world.rehearsal.aws().stacks().load(&name).await?;
        assert_eq!(pushed, story.stack.stack, "it was stored although releases would fail");
        Ok(())
    })
}

#[test]
fn an_invalid_email_address_is_refused_before_anything_else() -> Result {
    tell(async |world| {
        let story = world.given("setup-address").built().await?;
        let person = Person::of(world, &story, |_| {})?;
        let output = person.mist(&["setup", "--email", "ada"]).await?;
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(output.stdout.is_empty());
        Ok(())
    })
}

/// Releases `label` with the command, and fails unless it is live.
async fn releases(person: &Person, story: &Story, label: &str) -> Result {
    let file = person.file.with_file_name(format!("{label}.zip"));
    std::fs::write(&file, page(label))?;
    let file = file.to_str().ok_or("the path is not UTF-8")?;
    let stack = story.stack.stack.name.as_str();
    let mut command = Command::new(person.world.command());
    command.args(["deploy", "-s", stack, "-f", file]).envs(person.world.environment());
    let output = command.output().await?;
    assert!(output.status.success(), "{}", said(&output));
    let marks = person.world.cloud.recorder().markers();
    assert!(marks.iter().any(|mark| mark.version == label), "it was not marked");
    Ok(())
}

/// Fails a release, and waits for the mail to the subscriber in the log of the emulator.
async fn a_failed_release_is_mailed(world: &World, story: &Story) -> Result {
    // An environment that is not drained is refused before the version is looked for.
    story.drained().await?;
    let stack = story.stack.stack.name.as_str();
    let mut command = Command::new(world.command());
    command.args(["deploy", "-s", stack, "-v", "missing"]).envs(world.environment());
    let output = command.output().await?;
    assert!(said(&output).contains("mist: Mist.UnknownVersion"), "{}", said(&output));
    until("a mail about the release", async || {
        let log = std::fs::read_to_string(world.cloud.aws_log())?;
        Ok(log.contains("SNS fanout → email ada@example.com"))
    })
    .await
}

/// The state of `stack` while a release of it is under way.
async fn lock_is_held(world: &World, stack: &StackName) -> Result<StackState> {
    let now = Timestamp::now();
    let lease = Lease {
        execution: "arn:execution:ada".to_owned(),
        operation: "deploy".to_owned(),
        reason: "deploy v2 by ada".to_owned(),
        since: now,
        expires: now.as_second() + 3600,
        phase: Phase::Preparing,
        admitted: None,
        wait: None,
    };
    let locks = world.rehearsal.aws().locks();
    let held = StackState { revision: 1, lease: Some(lease), ..StackState::default() };
    assert!(locks.write(stack, &StackState::default(), &held).await?);
    Ok(held)
}

#[test]
fn setup_makes_releases_work_and_cleanup_removes_what_setup_made() -> Result {
    tell_apart(async |world| {
        let aws = world.rehearsal.aws();
        let story = world.given("setup-whole").built().await?;
        let name = story.stack.stack.name.clone();
        // Nothing was set up yet: neither the stack nor its secret.
        aws.stacks().remove(&name).await?;
        let secret = "mist/shop/new-relic";
        let person = Person::of(world, &story, |config| {
            let settings = config.stacks.get_mut(&name).unwrap();
            settings.new_relic.as_mut().unwrap().api_key_secret = secret.to_owned();
        })?;

        let (code, report) = person.setup(&["--email", "ada@example.com"]).await?;
        assert_eq!(code, Some(4), "{report:#}");
        let blocking = found(&report, "blocking");
        let [(_, remedy)] = &blocking[..] else { panic!("{report:#}") };
        assert!(remedy.starts_with("set NEWRELIC_API_KEY and run this again"), "{remedy}");
        insta::assert_json_snapshot!(report["stored"], @r#"
        [
          "wrote /mist/stacks/setup-whole",
          "subscribed ada@example.com to notifications"
        ]
        "#);

        let person = person.with("NEWRELIC_API_KEY", mist_local::API_KEY);
        let person = person.with("AWS_DNS_ACCESS_KEY_ID", "AKIADNS");
        let person = person.with("AWS_DNS_SECRET_ACCESS_KEY", "DNS-SECRET-1");
        world.cloud.recorder().hide_application("Demo setup-whole", true);
        let (code, report) = person.setup(&["--check"]).await?;
        assert_eq!(code, Some(0), "{report:#}");
        let warnings = found(&report, "warning");
        let missing = "New Relic has no APM application `Demo setup-whole`";
        assert!(warnings.iter().any(|(found, _)| found.starts_with(missing)), "{report:#}");
        world.cloud.recorder().hide_application("Demo setup-whole", false);

        let (code, report) = person.setup(&["--email", "ada@example.com"]).await?;
        assert_eq!(code, Some(0), "{report:#}");
        none(&found(&report, "warning"));
        insta::assert_json_snapshot!(report["stored"], @r#"
        [
          "stored secret mist-dns/route53 from AWS_DNS_ACCESS_KEY_ID and AWS_DNS_SECRET_ACCESS_KEY; functions use it only if the parameter DnsSecretName of the template names it",
          "stored secret mist/shop/new-relic from NEWRELIC_API_KEY"
        ]
        "#);
        assert_eq!(emails(world).await?, ["ada@example.com"]);
        let (code, report) = person.setup(&["--email", "Ada@Example.com"]).await?;
        assert_eq!(
            (code, report["stored"].as_array().map(Vec::len)),
            (Some(0), Some(0)),
            "{report:#}"
        );
        releases(&person, &story, "whole-1").await?;
        a_failed_release_is_mailed(world, &story).await?;

        let person = person.with("AWS_DNS_SECRET_ACCESS_KEY", "DNS-SECRET-2");
        let (code, report) = person.setup(&["--email", "ada@example.com"]).await?;
        let warnings = found(&report, "warning");
        assert!(code == Some(0) && warnings[0].1.starts_with("--replace-secrets"), "{report:#}");
        let (_, report) =
            person.setup(&["--email", "ada@example.com", "--replace-secrets"]).await?;
        assert_eq!(report["stored"].as_array().map(Vec::len), Some(1), "{report:#}");

        // A secret that setup did not make.
        let other: StackName = "held".parse()?;
        let held = lock_is_held(world, &other).await?;
        world.cloud.secret("mist/by-hand", "theirs").await?;
        let topic = aws.stacks().notifications_topic().await?.ok_or("no topic")?;
        aws.notifications().subscribe(&topic, "bob@example.com").await?;
        let (record, history) = (story.record().await?, story.history().await?);

        let output = person.mist(&["cleanup"]).await?;
        assert_eq!(output.status.code(), Some(4), "{}", said(&output));
        assert!(
            said(&output).contains("--yes removes it without confirmation"),
            "{}",
            said(&output)
        );
        let output = person.mist(&["cleanup", "--dry-run", "-o", "json"]).await?;
        let listed: Value = serde_json::from_slice(&output.stdout)?;
        insta::assert_json_snapshot!(listed["result"], @r#"
        {
          "found": [
            "subscription of ada@example.com",
            "lock and live environment of stack setup-whole",
            "configuration of stack setup-whole"
          ],
          "removed": [],
          "stays": [
            "lock of stack held: held (deploy v2 by ada)",
            "all secrets: an execution may need them; run this again after it has ended"
          ],
          "dryRun": true
        }
        "#);
        assert_eq!(aws.stacks().names().await?.len(), 1, "it was only to be listed");

        let output = person.mist(&["cleanup", "--yes"]).await?;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert_eq!(aws.stacks().names().await?, []);
        assert_eq!(aws.locks().stacks().await?, ["held"]);
        assert_eq!(aws.secrets().ours().await?.len(), 2, "the run of ada may need them");
        let free = StackState { revision: held.revision + 1, ..StackState::default() };
        assert!(aws.locks().write(&other, &held, &free).await?);
        let output = person.mist(&["cleanup", "--yes"]).await?;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert_eq!(aws.secrets().ours().await?, Vec::<String>::new());
        assert_eq!(aws.locks().stacks().await?, Vec::<String>::new());
        assert_eq!(emails(world).await?, ["bob@example.com"]);
        let theirs = aws.secrets().look("mist/by-hand").await?.ok_or("it is gone")?;
        assert!(!theirs.removed);
        assert_eq!(story.record().await?, record);
        assert_eq!(story.history().await?, history);

        let output = person.mist(&["cleanup", "--yes"]).await?;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(said(&output).contains("nothing to remove"), "{}", said(&output));

        let (code, report) = person.setup(&["--email", "ada@example.com"]).await?;
        assert_eq!(code, Some(0), "{report:#}");
        assert_eq!(report["stored"].as_array().map(Vec::len), Some(4), "{report:#}");
        releases(&person, &story, "whole-2").await?;
        assert_eq!(story.new_clients().await?.failed(), 0);
        assert!(matches!(record_side(&story).await?, Side::A), "the second release went back to A");
        Ok(())
    })
}

async fn record_side(story: &Story) -> Result<Side> {
    let record = story.record().await?;
    let [a, _] = &story.stack.cnames;
    Ok(if record.points_to(a) { Side::A } else { Side::B })
}
