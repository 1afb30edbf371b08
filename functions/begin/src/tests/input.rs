//! The requests that are accepted, and those that are refused.

use mist_core::stack::lock::OnConflict;

use super::*;

/// The release that `input` requests.
async fn requested(input: Value) -> Response {
    begun(&given(), "release-1", input).await
}

/// The error for `input`: `CODE: message`. A refused request leaves no trace.
async fn refused(input: Value) -> String {
    let ports = given();
    let refused = refusal(&ports, ("release-1", "t1"), input).await;
    assert!(ports.history.list().is_empty() && ports.locks.writes() == 0);
    refused
}

#[tokio::test]
async fn an_upload_requests_a_release_of_its_label() {
    insta::assert_json_snapshot!(requested(upload("releases/QA/v2.zip")).await, @r#"
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
        "versionId": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
        "time": "2026-01-02T03:04:05Z"
      },
      "inPlace": false,
      "live": false,
      "acceptDrift": false,
      "reason": "deploy v2 by upload",
      "releaseId": "2026-01-02T03:04:05.000Z/006539AA6D7936ACF5/v2",
      "lock": {
        "onConflict": "supersede",
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
      },
      "execution": {
        "id": "arn:aws:states:us-east-1:123456789012:execution:mist:release-1",
        "name": "release-1",
        "startedAt": "2026-01-02T03:04:05.6Z"
      },
      "holder": {
        "execution": "arn:aws:states:us-east-1:123456789012:execution:mist:release-1",
        "fence": 1
      }
    }
    "#);
}

#[tokio::test]
async fn one_upload_is_one_release_whichever_event_starts_it() {
    let begin_at = async |name: &str, started: &str| {
        let execution = ExecutionRef {
            id: arn(name),
            name: name.to_owned(),
            started_at: started.parse().unwrap(),
        };
        let request = Request { input: upload("releases/QA/v2.zip"), execution };
        run(&given(), "t1".into(), request).await.unwrap().unwrap().release_id
    };
    let first = begin_at("a", STARTED).await;
    assert_eq!(first, begin_at("b", "2026-01-02T09:00:00Z").await);
    assert_eq!(first, "2026-01-02T03:04:05.000Z/006539AA6D7936ACF5/v2");
}

#[tokio::test]
async fn each_manual_request_is_a_release_of_its_own() {
    let input = json!({"operation": "deploy", "stack": "QA", "version": "v2", "user": "ada"});
    let release = requested(input).await;
    assert_eq!(release.release_id, "2026-01-02T03:04:05.600Z/release-1");
    assert_eq!((release.reason.as_str(), release.upload), ("deploy v2 by ada", None));
}

#[tokio::test]
async fn a_request_can_override_the_reaction_to_conflicts() {
    let input = json!({"operation": "deploy", "stack": "QA", "onConflict": "queue"});
    assert_eq!(requested(input).await.lock.on_conflict(), OnConflict::Queue);
    assert_eq!(requested(only("deploy")).await.lock.on_conflict(), OnConflict::Reject);
}

#[tokio::test]
async fn a_deployment_in_place_must_name_its_environment() {
    let input = json!({"operation": "deploy", "stack": "QA", "inPlace": true});
    insta::assert_snapshot!(refused(input).await, @"Mist.InvalidInput: invalid input: inPlace: requires `environment`");
    let input = json!({"operation": "swap", "stack": "QA", "inPlace": true});
    insta::assert_snapshot!(refused(input).await, @"Mist.InvalidInput: invalid input: inPlace: not allowed for `swap`");
    let named =
        json!({"operation": "deploy", "stack": "QA", "inPlace": true, "environment": "Demo-QA-A"});
    assert!(requested(named).await.in_place);
}

#[tokio::test]
async fn a_key_whose_label_has_a_slash_is_refused_with_the_reason() {
    insta::assert_snapshot!(refusal(&given(), ("ada", "t1"), upload("releases/QA/feature/x.zip")).await, @"Mist.InvalidArtifactKey: key `releases/QA/feature/x.zip` does not name a release: it names stack `feature`, which does not exist: a key is `PREFIX/STACK/LABEL.zip`, and a label has no slash");
}

#[tokio::test]
async fn an_unknown_stack_is_refused() {
    insta::assert_snapshot!(refused(json!({"operation": "swap", "stack": "LIVE"})).await, @"Mist.UnknownStack: stack `LIVE` does not exist: no SSM parameter `/mist/stacks/LIVE`; create it with `mist config push`");
    insta::assert_snapshot!(refused(upload("releases/LIVE/v2.zip")).await, @"Mist.UnknownStack: stack `LIVE` does not exist: no SSM parameter `/mist/stacks/LIVE`; create it with `mist config push`");
}

#[tokio::test]
async fn an_environment_that_does_not_belong_to_the_stack_is_refused() {
    for name in ["Demo-QA-C", "Demo-UAT-A"] {
        let input = json!({"operation": "deploy", "stack": "QA", "environment": name});
        assert_eq!(
            refused(input).await,
            format!(
                "Mist.UnknownEnvironment: environment `{name}` is not one of stack `QA`, which has \
                 `Demo-QA-A` and `Demo-QA-B`"
            )
        );
    }
}

#[tokio::test]
async fn a_key_that_names_no_release_is_refused() {
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
        let start = format!("Mist.InvalidArtifactKey: key `{key}` does not name a release: it ");
        assert!(refused.starts_with(&start), "{refused}");
        assert!(refused.ends_with(problem), "{refused}");
    }
}

#[tokio::test]
async fn an_upload_to_another_bucket_or_prefix_is_refused() {
    insta::assert_snapshot!(refused(upload("other/QA/v2.zip")).await, @"Mist.InvalidArtifactKey: key `s3://artifacts/other/QA/v2.zip` does not name a release: it is not under `s3://artifacts/releases/`, where stack `QA` has its bundles");
    insta::assert_snapshot!(refused(upload("releases/old/QA/v2.zip")).await, @"Mist.InvalidArtifactKey: key `s3://artifacts/releases/old/QA/v2.zip` does not name a release: it is not under `s3://artifacts/releases/`, where stack `QA` has its bundles");
    insta::assert_snapshot!(refused(upload_to("other", "releases/QA/v2.zip")).await, @"Mist.InvalidArtifactKey: key `s3://other/releases/QA/v2.zip` does not name a release: it is not under `s3://artifacts/releases/`, where stack `QA` has its bundles");
}

#[tokio::test]
async fn the_error_of_malformed_input_names_the_field() {
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
             expected one of `operation`, `stack`, `environment`, `version`, `ref`, `user`, `message`, \
             `inPlace`, `acceptDrift`, `live`, `onConflict`",
        ),
        (
            json!({"operation": "warm", "stack": "QA", "acceptDrift": true}),
            "acceptDrift: not allowed for `warm`",
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
            "version: not allowed for `swap`",
        ),
        (
            json!({"operation": "start", "stack": "QA", "live": true}),
            "live: not allowed for `start`",
        ),
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

#[tokio::test]
async fn a_stack_on_github_fetches_its_ref_unless_a_version_is_requested() {
    let fetched = async |extra: Value| {
        let mut input = only("deploy");
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let ports = given_stack(mist_testkit::stack_on_github().unwrap());
        let release = begun(&ports, "release-1", input).await;
        (release.fetch.map(|name| name.to_string()), release.reason)
    };
    let main = (Some("main".to_owned()), "deploy main by ada".to_owned());
    assert_eq!(fetched(json!({})).await, main);
    let tag = (Some("v1.2".to_owned()), "deploy v1.2 by ada".to_owned());
    assert_eq!(fetched(json!({"ref": "v1.2"})).await, tag);
    let named = (None, "deploy v2 by ada".to_owned());
    assert_eq!(fetched(json!({"version": "v2"})).await, named);
    for input in [upload("releases/QA/v2.zip"), only("swap")] {
        let ports = given_stack(mist_testkit::stack_on_github().unwrap());
        assert_eq!(begun(&ports, "release-1", input).await.fetch, None);
    }
}

#[tokio::test]
async fn a_ref_is_refused_if_nothing_can_be_fetched() {
    let deploy = json!({"operation": "deploy", "stack": "QA", "ref": "v1.2"});
    insta::assert_snapshot!(refused(deploy.clone()).await, @"Mist.InvalidInput: invalid input: ref: stack `QA` has no repository; configure `github` in mist.yaml");
    let with = |field: &str, value: &str| {
        let mut input = deploy.clone();
        input[field] = json!(value);
        input
    };
    insta::assert_snapshot!(refused(with("version", "v2")).await, @"Mist.InvalidInput: invalid input: ref: not allowed together with `version`");
    insta::assert_snapshot!(refused(with("operation", "swap")).await, @"Mist.InvalidInput: invalid input: ref: not allowed for `swap`");
    insta::assert_snapshot!(refused(with("ref", "a..b")).await, @"Mist.InvalidInput: invalid input: ref: `a..b` is not a branch, tag or commit");
}
