//! What can be asked, and what is refused in which words.

use mist_testkit::{FakeStacks, stack};
use serde_json::json;

use super::*;

const STARTED: &str = "2026-01-02T03:04:05.600Z";

async fn ask(input: Value) -> Result<Asked, Error> {
    let request =
        Request { input, name: "release-1".to_owned(), started_at: STARTED.parse().unwrap() };
    run(&FakeStacks::with(stack().unwrap()), request).await
}

async fn asked(input: Value) -> Asked {
    ask(input).await.unwrap()
}

/// Why `input` is refused: `CODE: message`.
async fn refused(input: Value) -> String {
    let error = ask(input).await.unwrap_err();
    format!("{}: {error}", error.code())
}

/// What EventBridge tells when `key` was uploaded to `bucket`.
fn upload_to(bucket: &str, key: &str) -> Value {
    json!({
        "version": "0",
        "id": "3ee8fb2e-8b9a-4a1f-a6c3-5f2d8a3a4c10",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": [format!("arn:aws:s3:::{bucket}")],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {
                "key": key,
                "size": 4,
                "etag": "b1946ac92492d2347c6235b4d2611184",
                "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                "sequencer": "006539AA6D7936ACF5"
            },
            "request-id": "5V837ESMXGRD39D2",
            "requester": "123456789012",
            "source-ip-address": "192.0.2.7",
            "reason": "PutObject"
        }
    })
}

fn upload(key: &str) -> Value {
    upload_to("artifacts", key)
}

#[tokio::test]
async fn an_upload_asks_for_a_release_of_its_label() {
    insta::assert_json_snapshot!(asked(upload("releases/QA/v2.zip")).await, @r#"
    {
      "operation": "deploy",
      "stack": "QA",
      "environment": null,
      "version": "v2",
      "user": "upload",
      "upload": {
        "bucket": "artifacts",
        "key": "releases/QA/v2.zip",
        "etag": "b1946ac92492d2347c6235b4d2611184",
        "time": "2026-01-02T03:04:05Z"
      },
      "inPlace": false,
      "live": false,
      "acceptDrift": false,
      "reason": "deploy v2 by upload",
      "releaseId": "2026-01-02T03:04:05.000Z/006539AA6D7936ACF5/v2",
      "leaseSeconds": 16650,
      "lock": {
        "onConflict": "reject",
        "mostWaiting": 5,
        "waitSeconds": 3600
      },
      "environments": {
        "a": "Demo-QA-A",
        "b": "Demo-QA-B"
      },
      "record": {
        "zone": "Z1",
        "name": "qa.mist.test",
        "type": "CNAME"
      }
    }
    "#);
}

#[tokio::test]
async fn one_upload_is_one_release_whoever_tells_of_it() {
    let stacks = FakeStacks::with(stack().unwrap());
    let told = async |name: &str, started: &str| {
        let started_at = started.parse().unwrap();
        let input = upload("releases/QA/v2.zip");
        run(&stacks, Request { input, name: name.to_owned(), started_at }).await.unwrap().release_id
    };
    let (first, second) = (told("a", STARTED).await, told("b", "2026-01-02T09:00:00Z").await);
    assert_eq!(first, second);
    assert_eq!(first, "2026-01-02T03:04:05.000Z/006539AA6D7936ACF5/v2");
}

#[tokio::test]
async fn what_people_ask_for_is_a_release_of_its_own_each_time() {
    let input = json!({"operation": "deploy", "stack": "QA", "version": "v2", "user": "ada"});
    let asked = asked(input).await;
    assert_eq!(asked.release_id, "2026-01-02T03:04:05.600Z/release-1");
    assert_eq!((asked.reason.as_str(), asked.upload), ("deploy v2 by ada", None));
    // An hour for what comes besides, a busy environment, the deployment, and its health.
    assert_eq!(asked.lease_seconds, 7200 + 6600 + 2700 + 120 + 30);
}

#[tokio::test]
async fn a_run_can_get_along_with_others_differently_than_its_stack_says() {
    let input = json!({"operation": "deploy", "stack": "QA", "onConflict": "queue"});
    assert_eq!(asked(input).await.lock.on_conflict, mist_core::OnConflict::Queue);
}

#[tokio::test]
async fn a_deployment_to_the_live_side_must_be_asked_for_by_name() {
    let input = json!({"operation": "deploy", "stack": "QA", "inPlace": true});
    insta::assert_snapshot!(refused(input).await, @"Mist.InvalidInput: invalid input: inPlace: the environment must be named with it");
    let input = json!({"operation": "swap", "stack": "QA", "inPlace": true});
    insta::assert_snapshot!(refused(input).await, @"Mist.InvalidInput: invalid input: inPlace: `swap` takes none");
    let named =
        json!({"operation": "deploy", "stack": "QA", "inPlace": true, "environment": "Demo-QA-A"});
    assert!(asked(named).await.in_place);
}

#[tokio::test]
async fn an_unknown_stack() {
    insta::assert_snapshot!(refused(json!({"operation": "swap", "stack": "LIVE"})).await, @"Mist.UnknownStack: there is no stack `LIVE`: no SSM parameter `/mist/stacks/LIVE`; `mist config push` makes it");
    insta::assert_snapshot!(refused(upload("releases/LIVE/v2.zip")).await, @"Mist.UnknownStack: there is no stack `LIVE`: no SSM parameter `/mist/stacks/LIVE`; `mist config push` makes it");
}

#[tokio::test]
async fn an_environment_of_no_stack_or_of_another_one() {
    let ask = |name| json!({"operation": "deploy", "stack": "QA", "environment": name});
    for name in ["Demo-QA-C", "Demo-UAT-A"] {
        assert_eq!(
            refused(ask(name)).await,
            format!(
                "Mist.UnknownEnvironment: environment `{name}` is not one of stack `QA`, which has \
                 `Demo-QA-A` and `Demo-QA-B`"
            )
        );
    }
}

#[tokio::test]
async fn a_key_that_names_no_release() {
    let long = format!("releases/QA/{}.zip", "v".repeat(101));
    for (key, problem) in [
        ("v2.zip", "is not `PREFIX/STACK/LABEL.zip`"),
        ("releases/v2.zip", "is not `PREFIX/STACK/LABEL.zip`"),
        ("releases//v2.zip", "`` is not a stack name: 1 to 32 letters, digits and hyphens"),
        ("releases/../QA/v2.zip", "has an empty part, `.` or `..` in its prefix"),
        ("releases/QA/v2.tar", "does not end with `.zip` or `.war`"),
        (&long, "it must have 1 to 100 characters"),
    ] {
        let refused = refused(upload(key)).await;
        let start = format!("Mist.InvalidArtifactKey: `{key}` does not name a release: it ");
        assert!(refused.starts_with(&start), "{refused}");
        assert!(refused.ends_with(problem), "{refused}");
    }
}

#[tokio::test]
async fn an_upload_to_another_place_than_the_stack_s() {
    insta::assert_snapshot!(refused(upload("other/QA/v2.zip")).await, @"Mist.InvalidArtifactKey: `s3://artifacts/other/QA/v2.zip` does not name a release: it is not under `s3://artifacts/releases/`, where stack `QA` has its bundles");
    insta::assert_snapshot!(refused(upload("releases/old/QA/v2.zip")).await, @"Mist.InvalidArtifactKey: `s3://artifacts/releases/old/QA/v2.zip` does not name a release: it is not under `s3://artifacts/releases/`, where stack `QA` has its bundles");
    insta::assert_snapshot!(refused(upload_to("other", "releases/QA/v2.zip")).await, @"Mist.InvalidArtifactKey: `s3://other/releases/QA/v2.zip` does not name a release: it is not under `s3://artifacts/releases/`, where stack `QA` has its bundles");
}

#[tokio::test]
async fn input_that_is_malformed() {
    let long = "v".repeat(101);
    for (input, problem) in [
        (json!({}), "missing field `operation`"),
        (json!({"operation": "deploy"}), "missing field `stack`"),
        (
            json!({"operation": "explode", "stack": "QA"}),
            "operation: unknown variant `explode`, \
             expected one of `deploy`, `warm`, `swap`, `rollback`, `mark`, `start`, `stop`, `version`",
        ),
        (
            json!({"operation": "swap", "stack": "QA", "force": true}),
            "force: unknown field `force`, \
             expected one of `operation`, `stack`, `environment`, `version`, `ref`, `user`, \
             `inPlace`, `acceptDrift`, `live`, `onConflict`",
        ),
        (
            json!({"operation": "swap", "stack": 7}),
            "stack: invalid type: integer `7`, expected a string",
        ),
        (
            json!({"operation": "swap", "stack": "Q/A"}),
            "stack: `Q/A` is not a stack name: 1 to 32 letters, digits and hyphens",
        ),
        (
            json!({"operation": "swap", "stack": "QA", "environment": "x"}),
            "environment: `x` is not an environment name: 4 to 40 letters, digits and inner hyphens",
        ),
        (
            json!({"operation": "deploy", "stack": "QA", "version": "../v1"}),
            "version: `../v1` is not a version label: \
             no slashes, control characters, outer blanks, `.` or `..`",
        ),
        (
            json!({"operation": "deploy", "stack": "QA", "version": long}),
            &format!("version: `{long}` is not a version label: it must have 1 to 100 characters"),
        ),
        (
            json!({"operation": "swap", "stack": "QA", "version": "v1"}),
            "version: `swap` takes none",
        ),
        (json!({"operation": "start", "stack": "QA", "live": true}), "live: `start` takes none"),
        (json!("deploy QA"), "must be an object with `operation` and `stack`"),
        (json!(null), "must be an object with `operation` and `stack`"),
        (json!(["swap", "QA", null, null, null]), "must be an object with `operation` and `stack`"),
        (
            json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}),
            "detail: missing field `bucket`",
        ),
    ] {
        let refused = refused(input).await;
        assert_eq!(refused, format!("Mist.InvalidInput: invalid input: {problem}"));
    }
}

async fn ask_github(input: Value) -> Result<Asked, Error> {
    let request =
        Request { input, name: "release-1".to_owned(), started_at: STARTED.parse().unwrap() };
    run(&FakeStacks::with(mist_testkit::stack_on_github().unwrap()), request).await
}

#[tokio::test]
async fn a_stack_on_github_fetches_its_ref_unless_a_version_is_named() {
    let deploy = |extra: Value| {
        let mut input = json!({"operation": "deploy", "stack": "QA", "user": "ada"});
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        input
    };
    let fetched = async |extra| {
        let asked = ask_github(deploy(extra)).await.unwrap();
        (asked.fetch.map(|name| name.to_string()), asked.reason, asked.lease_seconds)
    };
    let usual = 7200 + 6600 + 2700 + 120 + 30;
    let main = (Some("main".to_owned()), "deploy main by ada".to_owned(), usual + 1800);
    assert_eq!(fetched(json!({})).await, main);
    let tag = (Some("v1.2".to_owned()), "deploy v1.2 by ada".to_owned(), usual + 1800);
    assert_eq!(fetched(json!({"ref": "v1.2"})).await, tag);
    let named = (None, "deploy v2 by ada".to_owned(), usual);
    assert_eq!(fetched(json!({"version": "v2"})).await, named);
    assert_eq!(ask_github(upload("releases/QA/v2.zip")).await.unwrap().fetch, None);
    let swap = json!({"operation": "swap", "stack": "QA"});
    assert_eq!(ask_github(swap).await.unwrap().fetch, None);
}

#[tokio::test]
async fn a_ref_is_refused_where_it_makes_no_sense() {
    let deploy = json!({"operation": "deploy", "stack": "QA", "ref": "v1.2"});
    assert_eq!(
        refused(deploy.clone()).await,
        "Mist.InvalidInput: invalid input: ref: stack `QA` has no `github` in its settings to fetch it from"
    );
    let mut both = deploy.clone();
    both["version"] = json!("v2");
    assert_eq!(
        refused(both).await,
        "Mist.InvalidInput: invalid input: ref: the version is named already"
    );
    let swap = json!({"operation": "swap", "stack": "QA", "ref": "v1.2"});
    assert_eq!(refused(swap).await, "Mist.InvalidInput: invalid input: ref: `swap` takes none");
    let mut odd = deploy;
    odd["ref"] = json!("a..b");
    assert_eq!(
        refused(odd).await,
        "Mist.InvalidInput: invalid input: ref: `a..b` is not a branch, tag or commit"
    );
}
