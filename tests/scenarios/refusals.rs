//! Bad input: a clear error, and nothing is changed.

use mist_core::stack::side::Side;
use mist_rehearsal::page;
use mist_tests::{Result, Story, tell};
use serde_json::{Value, json};

/// Fails unless `execution` is refused as `error` with `words` in its cause and the golden trace, and changes nothing.
async fn refused(story: &Story, execution: &str, error: &str, words: &str, golden: &str) -> Result {
    let before = story.record().await?;
    let end = story.ends(execution).await?;
    end.golden(&format!("refused-{golden}"));
    assert_eq!(end.error(), error, "{}", end.trace);
    assert!(end.trace.contains(words), "{}", end.trace);
    assert_eq!(story.record().await?, before);
    assert_eq!(story.beanstalk_changes(), Vec::<String>::new());
    Ok(())
}

#[test]
fn invalid_input_is_refused_with_the_name_of_the_field() -> Result {
    tell(async |world| {
        let story = world.given("senseless").idle("v2").built().await?;
        let cases: [(Value, &str, &str); 8] = [
            (json!({ "stack": "senseless" }), "Mist.InvalidInput", "missing field `operation`"),
            (json!({ "operation": "deploy" }), "Mist.InvalidInput", "missing field `stack`"),
            (
                json!({ "operation": "explode", "stack": "senseless" }),
                "Mist.InvalidInput",
                "`explode`",
            ),
            (
                json!({ "operation": "warm", "stack": 7 }),
                "Mist.InvalidInput",
                "stack: invalid type",
            ),
            (
                json!({ "operation": "warm", "stack": "senseless", "enviroment": "x" }),
                "Mist.InvalidInput",
                "unknown field `enviroment`",
            ),
            (json!(["deploy"]), "Mist.InvalidInput", "invalid input"),
            (
                json!({ "operation": "deploy", "stack": "missing" }),
                "Mist.UnknownStack",
                "`missing`",
            ),
            (
                json!({ "operation": "deploy", "stack": "senseless", "version": "v".repeat(101) }),
                "Mist.InvalidInput",
                "1 to 100 characters",
            ),
        ];
        for (number, (input, error, words)) in cases.into_iter().enumerate() {
            let execution = story.start_with(&input).await?;
            refused(&story, &execution, error, words, &format!("senseless-{number}")).await?;
        }
        Ok(())
    })
}

#[test]
fn environments_and_versions_of_other_stacks_are_refused() -> Result {
    tell(async |world| {
        let story = world.given("foreign").idle("v2").built().await?;
        let other = world.given("other").built().await?;
        let cases = [
            (json!({ "environment": other.environment(Side::A) }), "Mist.UnknownEnvironment"),
            (json!({ "environment": "Demo-missing" }), "Mist.UnknownEnvironment"),
            (
                json!({ "environment": story.environment(Side::A), "version": "v2" }),
                "Mist.EnvironmentIsLive",
            ),
            (json!({ "version": "v99" }), "Mist.UnknownVersion"),
            (json!({}), "Mist.NoArtifact"),
        ];
        for (number, (extra, error)) in cases.into_iter().enumerate() {
            let execution = story.start("deploy", extra).await?;
            refused(&story, &execution, error, "", &format!("foreign-{number}")).await?;
        }
        Ok(())
    })
}

/// A zip with an empty `shop/Procfile`.
const WRAPPED: &[u8] = b"PK\x03\x04\
    PK\x01\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0d\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0shop/Procfile\
    PK\x05\x06\0\0\0\0\x01\0\x01\0\x3b\0\0\0\x04\0\0\0\0\0";

#[test]
fn uploads_with_a_wrong_key_or_content_are_refused() -> Result {
    tell(async |world| {
        let story = world.given("bad-uploads").built().await?;
        let good = page("v2");
        let cases = [
            ("releases/v2-without-stack.zip", good.clone(), "Mist.InvalidArtifactKey"),
            ("releases/../v2.zip", good.clone(), "Mist.InvalidArtifactKey"),
            ("releases/bad-uploads/v2.jar", good.clone(), "Mist.InvalidArtifactKey"),
            ("releases/deeper/bad-uploads/v2.zip", good, "Mist.InvalidArtifactKey"),
            ("releases/bad-uploads/empty.zip", Vec::new(), "Mist.InvalidArtifact"),
            ("releases/bad-uploads/text.zip", b"hello".to_vec(), "Mist.InvalidArtifact"),
            ("releases/bad-uploads/wrapped.zip", WRAPPED.to_vec(), "Mist.InvalidArtifact"),
        ];
        for (number, (key, content, error)) in cases.into_iter().enumerate() {
            let execution = story.upload_to(key, content).await?;
            refused(&story, &execution, error, "", &format!("upload-{number}")).await?;
        }
        Ok(())
    })
}

#[test]
fn a_label_that_belongs_to_another_bundle_is_refused() -> Result {
    tell(async |world| {
        let story = world.given("taken").built().await?;
        let first = story.upload_to(&story.stack.key("taken-1"), page("one")).await?;
        assert_eq!(story.ends(&first).await?.error(), "");
        let changes = story.beanstalk_changes();
        story.drained().await?;
        let second = story.upload_to(&story.stack.key("taken-1"), page("another")).await?;
        let end = story.ends(&second).await?;
        end.golden("end-VersionTaken");
        assert_eq!(end.error(), "Mist.VersionTaken", "{}", end.trace);
        assert_eq!(end.live, Some(Side::B));
        assert_eq!(story.beanstalk_changes(), changes);
        Ok(())
    })
}
