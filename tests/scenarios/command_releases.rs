//! Releases of others, as people follow, abort, find and promote them with the command.

use beanstalk_sim::Fault;
use mist_core::stack::side::Side;
use mist_tests::{Result, tell};
use serde_json::Value;

use crate::command::{mist, printed};

#[test]
fn a_release_of_somebody_else_is_followed_and_aborted_before_its_swap() -> Result {
    tell(async |world| {
        let story = world.given("cli-abort").built().await?;
        story.fault(Side::B, Fault::Slow { factor: 1000.0 });
        let execution = story.upload("v2").await?;
        story.reaches(&execution, "Wait until healthy").await?;

        let refused = mist(world, &["abort", "-s", "cli-abort"]).await?;
        assert_eq!(refused.status.code(), Some(4), "{}", printed(&refused));
        assert!(printed(&refused).contains("--yes"), "{}", printed(&refused));

        // By its name, since the release may have ended before the command looks at the lock.
        let watch = ["watch", execution.as_str(), "-o", "json"];
        let abort = ["abort", "-s", "cli-abort", "--yes", "-m", "wrong branch"];
        let (watched, aborted) = tokio::join!(mist(world, &watch), mist(world, &abort));
        let (watched, aborted) = (watched?, aborted?);
        let shown = printed(&aborted);
        assert!(aborted.status.success(), "{shown}");
        assert!(shown.contains("Aborted on stack cli-abort: deploy v2 by upload."), "{shown}");
        assert!(shown.contains("Beanstalk goes on with Demo-cli-abort-B"), "{shown}");

        let document: Value = serde_json::from_slice(&watched.stdout)?;
        assert_eq!(watched.status.code(), Some(1), "{}", printed(&watched));
        assert_eq!(document["execution"], execution.as_str());
        let message = document["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains("the execution was aborted: aborted by "), "{message}");
        assert!(message.contains(": wrong branch."), "{message}");

        story.lock_is_free().await?;
        story.history_says(&["deploy v2: ABORTED"]).await?;
        assert_eq!(story.record().await?.target, story.stack.cnames[0]);
        let shown = mist(world, &["history", "show", "v2", "-s", "cli-abort"]).await?;
        assert!(printed(&shown).contains("aborted by "), "{}", printed(&shown));

        let name = execution.rsplit(':').next().ok_or("no name")?;
        let again = mist(world, &["watch", name]).await?;
        assert_eq!(again.status.code(), Some(1), "{}", printed(&again));
        assert!(printed(&again).contains("✓ Plan"), "{}", printed(&again));
        let idle = mist(world, &["watch", "-s", "cli-abort"]).await?;
        assert_eq!(idle.status.code(), Some(8), "{}", printed(&idle));
        let nothing = mist(world, &["abort", "-s", "cli-abort", "--yes"]).await?;
        assert_eq!(nothing.status.code(), Some(8), "{}", printed(&nothing));
        assert_eq!(story.clients().1, 0);
        Ok(())
    })
}

#[test]
fn the_version_that_was_live_on_one_stack_is_promoted_to_another() -> Result {
    tell(async |world| {
        let qa = world.given("cli-qa").built().await?;
        let uat = world.given("cli-uat").of_application("Demo-cli-qa").built().await?;
        let refused = mist(world, &["promote", "cli-qa", "cli-uat"]).await?;
        assert_eq!(refused.status.code(), Some(8), "{}", printed(&refused));
        assert!(
            printed(&refused).contains("no finished release that made v1 live"),
            "{}",
            printed(&refused)
        );

        let execution = qa.upload("qa-2").await?;
        qa.ends(&execution).await?;
        qa.steps_are_noted(&execution).await?;
        let promote = ["promote", "cli-qa", "cli-uat", "-m", "weekly"];
        let promoted = mist(world, &promote).await?;
        let shown = printed(&promoted);
        assert!(promoted.status.success(), "{shown}");
        assert!(shown.contains("qa-2 is live on stack cli-uat: side B"), "{shown}");
        assert_eq!(uat.record().await?.target, uat.stack.cnames[1]);

        let listed = mist(world, &["history", "-s", "cli-uat", "-o", "json"]).await?;
        let document: Value = serde_json::from_slice(&listed.stdout)?;
        let release = &document["result"]["releases"][0];
        assert_eq!((&release["version"], &release["message"]), (&"qa-2".into(), &"weekly".into()));
        let all = mist(world, &["history", "--all", "--since", "1h", "--verdict", "done"]).await?;
        let shown = printed(&all);
        assert!(shown.contains("cli-qa") && shown.contains("cli-uat"), "{shown}");
        assert!(shown.contains("“weekly”"), "{shown}");
        assert_eq!((qa.clients().1, uat.clients().1), (0, 0));
        Ok(())
    })
}

#[test]
fn the_logs_of_an_environment_are_shown() -> Result {
    tell(async |world| {
        let story = world.given("cli-logs").idle("v2").built().await?;
        for (side, role) in [(Side::A, "live"), (Side::B, "idle")] {
            let arguments = ["logs", "-s", "cli-logs", "--side", role, "-o", "json"];
            let output = mist(world, &arguments).await?;
            let document: Value = serde_json::from_slice(&output.stdout)?;
            assert!(output.status.success(), "{}", printed(&output));
            assert_eq!(document["result"]["environment"], story.environment(side));
            let lines = document["result"]["lines"].as_array().ok_or("no lines")?;
            assert!(!lines.is_empty(), "{document}");
        }
        let foreign = mist(world, &["logs", "-s", "cli-logs", "-e", "Demo-other-A"]).await?;
        assert_eq!(foreign.status.code(), Some(4), "{}", printed(&foreign));
        Ok(())
    })
}
