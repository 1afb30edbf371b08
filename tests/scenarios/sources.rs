//! Versions without an upload: from a repository on GitHub, or from Beanstalk.

use aws_sdk_elasticbeanstalk::types::S3Location;
use mist_core::stack::{side::Side, source::Source};
use mist_local::{
    BUNDLES,
    github::{File, NewCommit, READ_ONLY_TOKEN, Trouble},
};
use mist_rehearsal::page;
use mist_tests::{Result, World, tell};
use serde_json::json;

/// Commits a page to `branch` of `repository`; returns the commit, and the label of its version.
fn commit(world: &World, repository: &str, branch: &str, message: &str) -> (String, String) {
    let page = format!("<!doctype html>\n<title>Demo</title>\n<h1>{message}</h1>\n");
    let files = [
        File::new("index.html", page),
        File::new("deep/docs/notes.md", "Not for users."),
        File::link("deep/docs/latest.md", "notes.md"),
        File::new(".ebignore", "docs/\n"),
    ];
    let sha = world.cloud.github().commit(repository, branch, NewCommit::new(message, files));
    let label = format!("git-{sha}-1767323044000");
    (sha, label)
}

#[test]
fn the_newest_commit_goes_live_and_github_shows_it() -> Result {
    tell(async |world| {
        let story = world.given("github").on_github("demo/github").built().await?;
        let (sha, label) = commit(world, "demo/github", "main", "First");
        let execution = story.start("deploy", json!({ "user": "ann" })).await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("from_github", end.trace.replace(&label, "LABEL"));
        assert_eq!((end.live, &end.output["version"]), (Some(Side::B), &json!(label)));
        story.clients_meet(&label).await?;
        let shown = || world.cloud.github().deployments("demo/github", "github");
        story
            .sees("GitHub shows the success", || {
                shown().iter().any(|it| it.states() == ["queued", "in_progress", "success"])
            })
            .await?;
        let [deployment] = &shown()[..] else { return Err(format!("{:?}", shown()).into()) };
        assert_eq!((&deployment.sha, &deployment.payload["run"]), (&sha, &json!(execution)));
        let last = deployment.statuses.last().ok_or("no status")?;
        assert_eq!(last.environment_url, "http://github.mist.test");
        assert!(last.log_url.ends_with(&execution), "{}", last.log_url);
        assert!(!world.cloud.github().received_a_token());
        Ok(())
    })
}

#[test]
fn the_next_commit_goes_live_with_a_changelog() -> Result {
    tell(async |world| {
        let (repository, github) = ("demo/changes", world.cloud.github());
        let story = world.given("changes").on_github(repository).built().await?;
        commit(world, repository, "main", "First");
        let first = story.start("deploy", json!({})).await?;
        story.ends(&first).await?;
        story.drained().await?;
        commit(world, repository, "main", "Mend the basket\n\nIt was empty.");
        let (sha, label) = commit(world, repository, "main", "Mend the till");
        let execution = story.start("deploy", json!({})).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(
            (end.live, &end.output["version"]),
            (Some(Side::A), &json!(label)),
            "{}",
            end.trace
        );
        let fetched = story.output_of(&execution, "Fetch source").await?;
        let changelog = fetched["release"]["fetched"]["changelog"].as_str().unwrap_or_default();
        let lines: Vec<_> = changelog.lines().map(|line| line.get(9..).unwrap_or(line)).collect();
        assert_eq!(lines, ["Mend the till (Ada)", "Mend the basket (Ada)"], "{fetched}");
        assert_eq!(fetched["commit"], json!(sha));
        story
            .sees("the first deployment is inactive", || {
                let shown = github.deployments(repository, "changes");
                let states: Vec<_> = shown
                    .iter()
                    .filter_map(|it| it.states().last().map(|it| (*it).to_owned()))
                    .collect();
                states == ["inactive", "success"]
            })
            .await
    })
}

#[test]
fn the_same_commit_is_fetched_once() -> Result {
    tell(async |world| {
        let story = world.given("same").on_github("demo/same").built().await?;
        let (sha, label) = commit(world, "demo/same", "main", "First");
        let first = story.start("deploy", json!({})).await?;
        story.ends(&first).await?;
        let changes = story.beanstalk_changes();
        story.drained().await?;
        // By its branch, by its SHA, and by the label of its version.
        for extra in [json!({}), json!({ "ref": sha }), json!({ "version": label })] {
            let execution = story.start("deploy", extra).await?;
            let end = story.ends(&execution).await?;
            assert_eq!(end.output["alreadyLive"], true, "{}", end.trace);
        }
        assert_eq!(story.beanstalk_changes(), changes);
        assert_eq!(world.cloud.github().archives("demo/same"), 1);
        Ok(())
    })
}

#[test]
fn a_tag_is_released_by_its_name_to_a_stack_with_another_source() -> Result {
    tell(async |world| {
        let given = world.given("tagged").on_github("demo/tagged").source(Source::S3);
        let story = given.built().await?;
        let (sha, label) = commit(world, "demo/tagged", "main", "First");
        world.cloud.github().name("demo/tagged", "v1.2", &sha);
        commit(world, "demo/tagged", "main", "Second");
        let execution = story.start("deploy", json!({ "ref": "v1.2" })).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(
            (end.live, &end.output["version"]),
            (Some(Side::B), &json!(label)),
            "{}",
            end.trace
        );
        Ok(())
    })
}

#[test]
fn a_refused_token_fails_before_anything_is_changed() -> Result {
    tell(async |world| {
        let given = world.given("wrong-token").on_github("demo/wrong-token");
        let story = given.token("ghp_expired").built().await?;
        commit(world, "demo/wrong-token", "main", "First");
        let execution = story.start("deploy", json!({})).await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("a_wrong_token", end.trace);
        assert_eq!(world.cloud.github().archives("demo/wrong-token"), 0);
        story.lock_is_free().await
    })
}

#[test]
fn a_missing_ref_fails_before_anything_is_changed() -> Result {
    tell(async |world| {
        let story = world.given("no-ref").on_github("demo/no-ref").built().await?;
        commit(world, "demo/no-ref", "main", "First");
        let execution = story.start("deploy", json!({ "ref": "v9" })).await?;
        let end = story.ends(&execution).await?;
        insta::assert_snapshot!("a_missing_ref", end.trace);
        assert!(world.cloud.github().deployments("demo/no-ref", "no-ref").is_empty());
        Ok(())
    })
}

#[test]
fn a_missing_repository_fails_before_anything_is_changed() -> Result {
    tell(async |world| {
        let story = world.given("no-repository").on_github("demo/no-repository").built().await?;
        let end = story.ends(&story.start("deploy", json!({})).await?).await?;
        end.golden("end-RepositoryMissing");
        assert_eq!((end.error(), end.live), ("Mist.RepositoryMissing", Some(Side::A)));
        Ok(())
    })
}

#[test]
fn a_commit_with_a_symbolic_link_fails_and_github_shows_the_failure() -> Result {
    tell(async |world| {
        let (repository, github) = ("demo/link", world.cloud.github());
        let story = world.given("link").on_github(repository).built().await?;
        let files = [File::new("index.html", "x"), File::link("latest", "/etc/passwd")];
        github.commit(repository, "main", NewCommit::new("First", files));
        let execution = story.start("deploy", json!({})).await?;
        let end = story.ends(&execution).await?;
        end.golden("end-UnfitArchive");
        assert_eq!(end.error(), "Mist.UnfitArchive", "{}", end.trace);
        assert_eq!((end.live, story.beanstalk_changes().len()), (Some(Side::A), 0));
        story
            .sees("GitHub shows the failure", || {
                let shown = github.deployments(repository, "link");
                shown.iter().any(|it| it.states() == ["queued", "failure"])
            })
            .await
    })
}

#[test]
fn an_incomplete_archive_is_fetched_again() -> Result {
    tell(async |world| {
        let (repository, github) = ("demo/breaks", world.cloud.github());
        let story = world.given("breaks").on_github(repository).built().await?;
        let files = [File::new("index.html", "x"), File::noise("noise", 1_000_000)];
        let sha = github.commit(repository, "main", NewCommit::new("First", files));
        github.fail_times("demo/breaks/legacy", Trouble::BreaksOff(300_000), 1);
        let execution = story.start("deploy", json!({})).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.output["version"], format!("git-{sha}-1767323044000"), "{}", end.trace);
        assert!(end.trace.contains("ok after Mist.ServiceUnavailable"), "{}", end.trace);
        assert_eq!(github.archives(repository), 2);
        Ok(())
    })
}

#[test]
fn a_deployment_that_github_does_not_accept_is_a_warning() -> Result {
    tell(async |world| {
        let given = world.given("reader").on_github("demo/reader").token(READ_ONLY_TOKEN);
        let story = given.built().await?;
        commit(world, "demo/reader", "main", "First");
        let execution = story.start("deploy", json!({})).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(end.live, Some(Side::B), "{}", end.trace);
        let warning = end.output["warnings"][0].as_str().unwrap_or_default();
        assert!(warning.starts_with("GitHub may not show this deployment: "), "{}", end.output);
        Ok(())
    })
}

#[test]
fn without_a_version_that_can_be_deployed_there_is_nothing_to_release() -> Result {
    tell(async |world| {
        let given = world.given("no-version").source(Source::Versions);
        let story = given.built().await?;
        let beanstalk = aws_sdk_elasticbeanstalk::Client::new(world.cloud.beanstalk_config());
        let delete = beanstalk.delete_application_version().application_name("Demo-no-version");
        delete.version_label("v1").send().await?;
        let end = story.ends(&story.start("deploy", json!({})).await?).await?;
        end.golden("end-NoVersion");
        assert_eq!((end.error(), end.live), ("Mist.NoVersion", Some(Side::A)));
        Ok(())
    })
}

#[test]
fn the_newest_version_of_beanstalk_goes_live() -> Result {
    tell(async |world| {
        let given = world.given("versions").idle("v2").source(Source::Versions);
        let story = given.built().await?;
        // A version that somebody made in the console.
        world.cloud.upload(BUNDLES, "by-hand/v3.zip", page("v3")).await?;
        let bundle = S3Location::builder().s3_bucket(BUNDLES).s3_key("by-hand/v3.zip").build();
        let beanstalk = aws_sdk_elasticbeanstalk::Client::new(world.cloud.beanstalk_config());
        let made = beanstalk.create_application_version().application_name("Demo-versions");
        made.version_label("v3").source_bundle(bundle).process(true).send().await?;
        let execution = story.start("deploy", json!({})).await?;
        let end = story.ends(&execution).await?;
        assert_eq!(
            (end.live, &end.output["version"]),
            (Some(Side::B), &json!("v3")),
            "{}",
            end.trace
        );
        Ok(())
    })
}
