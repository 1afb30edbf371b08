//! Failures that have no other story: the error of each, and that it changes nothing.

use aws_sdk_elasticbeanstalk::types::S3Location;
use beanstalk_sim::Fault;
use mist_core::stack::{
    document::StackDocument,
    settings::{Stack, StackSettings},
    side::Side,
};
use mist_tests::{Result, Story, World, tell, until};
use serde_json::json;

/// Fails unless the release ends as `error`, with the golden trace of that name, and side A stays live.
async fn fails(story: &Story, execution: &str, error: &str) -> Result {
    let end = story.ends(execution).await?;
    assert_eq!(end.error(), error, "{}", end.trace);
    end.golden(&error.replace("Mist.", "end-"));
    assert_ne!(end.live, Some(Side::B), "{}", end.trace);
    Ok(())
}

/// Writes `text` to the SSM parameter of the stack.
async fn push(world: &World, story: &Story, text: &str) -> Result {
    let client = aws_sdk_ssm::Client::new(world.rehearsal.aws().config());
    let name = StackDocument::parameter(&story.stack.stack.name);
    client.put_parameter().name(name).value(text).overwrite(true).send().await?;
    Ok(())
}

/// The configuration of `story` after `change`.
fn changed(story: &Story, change: impl FnOnce(&mut StackSettings)) -> Stack {
    let mut stack = story.stack.stack.clone();
    change(&mut stack.settings);
    stack
}

#[test]
fn a_configuration_that_does_not_fit_the_account_is_refused_by_name() -> Result {
    tell(async |world| {
        let story = world.given("ends-config").built().await?;
        let stacks = world.rehearsal.aws().stacks();
        let mut foreign = story.stack.stack.clone();
        foreign.application = "Another".to_owned();
        let missing = "Demo-missing".parse()?;
        let elsewhere = "elsewhere.mist.test".parse()?;
        let cases = [
            ("Mist.ForeignEnvironment", foreign),
            ("Mist.EnvironmentMissing", changed(&story, |it| it.environments.b = missing)),
            ("Mist.HostedZoneMissing", changed(&story, |it| it.hosted_zone_id = "Z404".into())),
            ("Mist.RecordMissing", changed(&story, |it| it.domain = elsewhere)),
            (
                "Mist.UnknownAlarm",
                changed(&story, |it| {
                    it.bake.seconds = mist_core::stack::ranged::Ranged::new(60);
                    it.bake.alarms = vec!["missing-alarm".to_owned()];
                }),
            ),
        ];
        for (number, (error, stack)) in cases.into_iter().enumerate() {
            stacks.push(stack).await?;
            let execution = story.upload(&format!("v{}", number + 2)).await?;
            fails(&story, &execution, error).await?;
        }
        assert_eq!(story.beanstalk_changes(), Vec::<String>::new());
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn a_configuration_that_cannot_be_read_is_refused_by_name() -> Result {
    tell(async |world| {
        let story = world.given("ends-document").built().await?;
        let document = json!(StackDocument::new(story.stack.stack.clone()));
        let mut outdated = document.clone();
        outdated["format"] = json!(0);
        let mut invalid = document;
        invalid["stack"]["settings"]["bake"]["seconds"] = json!(-1);
        let cases = [("Mist.OutdatedStackConfig", outdated), ("Mist.InvalidStackConfig", invalid)];
        for (error, document) in cases {
            push(world, &story, &document.to_string()).await?;
            let execution = story.start("deploy", json!({})).await?;
            fails(&story, &execution, error).await?;
        }
        Ok(())
    })
}

#[test]
fn a_lock_that_somebody_edited_is_refused_and_left_as_it_is() -> Result {
    tell(async |world| {
        let story = world.given("ends-edited").built().await?;
        let client = aws_sdk_dynamodb::Client::new(world.rehearsal.aws().config());
        let text = aws_sdk_dynamodb::types::AttributeValue::S;
        let edited = client.put_item().table_name(mist_aws::locks::STACKS);
        let stack = text(story.stack.stack.name.to_string());
        edited.item("stack", stack).item("live", text("mine".into())).send().await?;
        let execution = story.upload("v2").await?;
        fails(&story, &execution, "Mist.InvalidItem").await?;
        assert_eq!(story.beanstalk_changes(), Vec::<String>::new());
        Ok(())
    })
}

#[test]
fn a_missing_or_broken_bundle_is_not_deployed() -> Result {
    tell(async |world| {
        let story = world.given("ends-bundle").built().await?;
        let executions = world.rehearsal.executions();
        let first = story.upload("v2").await?;
        story.ends(&first).await?;
        let mut event = executions.describe(&first).await?.input;
        event["detail"]["object"]["key"] = json!(story.stack.key("v404"));
        event["detail"]["object"]["sequencer"] = json!("0404");
        story.drained().await?;
        let end = story.ends(&story.start_with(&event).await?).await?;
        assert_eq!(end.error(), "Mist.ArtifactMissing", "{}", end.trace);
        end.golden("end-ArtifactMissing");
        let mut broken = b"PK\x03\x04".to_vec();
        broken.extend([0; 64]);
        let execution = story.upload_to(&story.stack.key("v3"), broken).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.error(), "Mist.InvalidArtifact", "{}", end.trace);
        assert!(end.trace.contains("the end of the zip is missing"), "{}", end.trace);
        assert_eq!((end.live, story.clients().1), (Some(Side::B), 0));
        Ok(())
    })
}

#[test]
fn a_version_that_beanstalk_could_not_process_is_not_deployed() -> Result {
    tell(async |world| {
        let story = world.given("ends-unusable").built().await?;
        // Another client requested the processing; mist never does.
        let (bucket, key) = (world.rehearsal.bucket(), "elsewhere/broken.zip");
        world.cloud.upload(bucket, key, b"no zip".to_vec()).await?;
        let client = aws_sdk_elasticbeanstalk::Client::new(world.cloud.beanstalk_config());
        let application = story.stack.stack.application.as_str();
        client
            .create_application_version()
            .application_name(application)
            .version_label("v9")
            .source_bundle(S3Location::builder().s3_bucket(bucket).s3_key(key).build())
            .process(true)
            .send()
            .await?;
        until("Beanstalk has processed the version", async || {
            let found = client.describe_application_versions().application_name(application);
            let found = found.version_labels("v9").send().await?;
            let mut statuses = found.application_versions().iter().filter_map(|it| it.status());
            Ok(statuses.any(|status| status.as_str().eq_ignore_ascii_case("failed")))
        })
        .await?;
        let execution = story.start("deploy", json!({ "version": "v9" })).await?;
        fails(&story, &execution, "Mist.VersionUnusable").await
    })
}

#[test]
fn a_release_needs_an_environment_that_exists_and_has_a_group() -> Result {
    tell(async |world| {
        let story = world.given("ends-group").idle("v0").built().await?;
        let config = world.cloud.beanstalk_config();
        aws_sdk_autoscaling::Client::new(config)
            .delete_auto_scaling_group()
            .auto_scaling_group_name(story.group(Side::B).await?.name)
            .force_delete(true)
            .send()
            .await?;
        let execution = story.upload("v2").await?;
        fails(&story, &execution, "Mist.NoGroup").await?;
        let story = world.given("ends-going").idle("v0").built().await?;
        // Otherwise, a slow machine finds it terminated.
        story.fault(Side::B, Fault::Slow { factor: 1000.0 });
        aws_sdk_elasticbeanstalk::Client::new(config)
            .terminate_environment()
            .environment_name(story.environment(Side::B))
            .send()
            .await?;
        let execution = story.upload("v2").await?;
        fails(&story, &execution, "Mist.EnvironmentTerminating").await?;
        assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        Ok(())
    })
}

#[test]
fn a_release_ends_if_beanstalk_keeps_refusing_or_failing() -> Result {
    tell(async |world| {
        for (name, error, fault) in [
            ("ends-throttled", "Mist.Throttled", Fault::Throttle { calls: 1000 }),
            ("ends-down", "Mist.ServiceUnavailable", Fault::ServerError { calls: 1000 }),
        ] {
            let given = world.given(name).fault_of(Side::B, "DescribeEnvironments", fault);
            let story = given.built().await?;
            let execution = story.upload("v2").await?;
            fails(&story, &execution, error).await?;
            assert_eq!(story.clients(), (vec!["v1".to_owned()], 0));
        }
        Ok(())
    })
}
