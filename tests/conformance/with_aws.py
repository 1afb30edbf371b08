"""The aws command: every operation of `aws elasticbeanstalk`, and its waiters."""

from __future__ import annotations

import json
import subprocess
import unittest
from typing import Any

import stage

TIMEOUT_SECONDS = 120
SHOP = "shop"
NAME = ("--environment-name", "shop-a")
APPLICATION = ("--application-name", SHOP)
TEMPLATE = (*APPLICATION, "--template-name", "saved")
OPTION = "Namespace=aws:elasticbeanstalk:application:environment,OptionName=COLOUR,Value=blue"
MANAGED = (
    "Namespace=aws:elasticbeanstalk:managedactions,OptionName=ManagedActionsEnabled,Value=true",
    "Namespace=aws:elasticbeanstalk:managedactions,OptionName=PreferredStartTime,Value=Tue:09:00",
    "Namespace=aws:elasticbeanstalk:managedactions,OptionName=ServiceRoleForManagedUpdates,"
    "Value=AWSServiceRoleForElasticBeanstalkManagedUpdates",
    "Namespace=aws:elasticbeanstalk:managedactions:platformupdate,OptionName=UpdateLevel,"
    "Value=minor",
)
ENHANCED = (
    "Namespace=aws:elasticbeanstalk:healthreporting:system,OptionName=SystemType,Value=enhanced"
)


class Aws(unittest.TestCase):
    """One application with one environment, from the first call to the last."""

    def setUp(self) -> None:
        self.addCleanup(stage.control, "DELETE", "faults")

    def aws(self, operation: str, *arguments: str) -> Any:
        """The answer to an operation, or None if it has none."""
        done = self.run_aws(operation, *arguments)
        self.assertEqual(done.returncode, 0, f"{operation} {arguments}\n{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, message: str, operation: str, *arguments: str) -> None:
        done = self.run_aws(operation, *arguments)
        self.assertEqual(done.returncode, 255, done.stdout)
        self.assertIn(message, done.stderr)

    def run_aws(self, operation: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["aws", "elasticbeanstalk", *operation.split(), *arguments, "--output", "json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def ready(self, name: str = "shop-a") -> None:
        stage.eventually(
            lambda: stage.environment_state(name)["status"] == "Ready", f"{name} is Ready"
        )

    def test_environment(self) -> None:
        self.application()
        self.creation()
        self.description()
        self.updates()
        self.templates()
        self.maintenance()
        self.end()

    def application(self) -> None:
        self.aws("create-application", *APPLICATION, "--tags", "Key=team,Value=shop")
        self.aws("update-application", *APPLICATION, "--description", "a shop")
        found = self.aws("describe-applications", "--application-names", SHOP)
        self.assertEqual(found["Applications"][0]["Description"], "a shop")
        role = "arn:aws:iam::000000000000:role/lifecycle"
        rules = {"MaxCountRule": {"Enabled": True, "MaxCount": 10}}
        config = {"ServiceRole": role, "VersionLifecycleConfig": rules}
        lifecycle = ("--resource-lifecycle-config", json.dumps(config))
        self.aws("update-application-resource-lifecycle", *APPLICATION, *lifecycle)
        self.assertIn("S3Bucket", self.aws("create-storage-location"))
        for label in ("v1", "v2", "v3"):
            place = stage.upload(f"{SHOP}/{label}", stage.bundle(label))
            source = f"S3Bucket={place['S3Bucket']},S3Key={place['S3Key']}"
            version = (*APPLICATION, "--version-label", label)
            self.aws("create-application-version", *version, "--source-bundle", source)
        first = (*APPLICATION, "--version-label", "v1")
        self.aws("update-application-version", *first, "--description", "the first")
        found = self.aws("describe-application-versions", *APPLICATION)
        labels = {it["VersionLabel"] for it in found["ApplicationVersions"]}
        self.assertEqual(labels, {"v1", "v2", "v3"})
        self.aws("delete-application-version", *APPLICATION, "--version-label", "v3")

    def creation(self) -> None:
        self.assertTrue(self.aws("check-dns-availability", "--cname-prefix", "shop-a")["Available"])
        self.assertIn(stage.PLATFORM, self.aws("list-available-solution-stacks")["SolutionStacks"])
        settings = ("--option-settings", ENHANCED, *MANAGED)
        stack = ("--solution-stack-name", stage.PLATFORM, "--version-label", "v1")
        created = self.aws("create-environment", *APPLICATION, *NAME, *stack, *settings)
        self.assertEqual(created["Status"], "Launching")
        self.aws("wait environment-exists", "--environment-names", "shop-a")
        self.assertEqual(stage.environment_state("shop-a")["status"], "Ready")
        self.assertEqual(stage.page("shop-a"), "v1")

    def description(self) -> None:
        found = self.aws("describe-environments", "--environment-names", "shop-a")
        environment = found["Environments"][0]
        self.assertEqual(environment["VersionLabel"], "v1")
        resources = self.aws("describe-environment-resources", *NAME)["EnvironmentResources"]
        self.assertEqual(len(resources["AutoScalingGroups"]), 1)
        health = self.aws("describe-environment-health", *NAME, "--attribute-names", "All")
        self.assertEqual(health["Status"], "Ready")
        found = self.aws("describe-instances-health", *NAME, "--attribute-names", "All")
        self.assertEqual(found["InstanceHealthList"][0]["Deployment"]["VersionLabel"], "v1")
        self.assertTrue(self.aws("describe-events", *NAME)["Events"])
        self.assertTrue(self.aws("describe-configuration-options", *NAME, *APPLICATION)["Options"])
        settings = self.aws("describe-configuration-settings", *NAME, *APPLICATION)
        self.assertEqual(len(settings["ConfigurationSettings"]), 1)
        self.aws("describe-account-attributes")
        platform = ("--platform-arn", environment["PlatformArn"])
        described = self.aws("describe-platform-version", *platform)["PlatformDescription"]
        self.assertEqual(described["PlatformArn"], environment["PlatformArn"])
        self.assertTrue(self.aws("list-platform-versions")["PlatformSummaryList"])
        self.assertTrue(self.aws("list-platform-branches")["PlatformBranchSummaryList"])
        self.refused(
            "No Application Version named 'v9' found.",
            "update-environment",
            *NAME,
            "--version-label",
            "v9",
        )

    def updates(self) -> None:
        updated = self.aws("update-environment", *NAME, "--version-label", "v2")
        self.assertEqual(updated["Status"], "Updating")
        self.aws("wait environment-updated", "--environment-names", "shop-a")
        self.assertEqual(stage.environment_state("shop-a")["version"], "v2")

        stage.set_fault("slow", environment="shop-a", factor=1000)
        self.aws("update-environment", *NAME, "--version-label", "v1")
        stage.clear_faults("shop-a")
        self.aws("abort-environment-update", *NAME)
        self.ready()
        self.assertEqual(stage.environment_state("shop-a")["version"], "v2")

        arn = stage.client().describe_environments(EnvironmentNames=["shop-a"])
        resource = ("--resource-arn", arn["Environments"][0]["EnvironmentArn"])
        self.aws("update-tags-for-resource", *resource, "--tags-to-add", "Key=stage,Value=test")
        self.ready()
        tags = self.aws("list-tags-for-resource", *resource)["ResourceTags"]
        self.assertIn({"Key": "stage", "Value": "test"}, tags)

    def templates(self) -> None:
        source = ("--environment-id", stage.environment_state("shop-a")["id"])
        self.aws("create-configuration-template", *TEMPLATE, *source)
        self.aws("update-configuration-template", *TEMPLATE, "--option-settings", OPTION)
        settings = self.aws("describe-configuration-settings", *TEMPLATE)
        values = settings["ConfigurationSettings"][0]["OptionSettings"]
        self.assertIn("blue", [it.get("Value") for it in values])
        valid = self.aws(
            "validate-configuration-settings", *APPLICATION, *NAME, "--option-settings", OPTION
        )
        self.assertEqual(valid["Messages"], [])
        self.aws("delete-configuration-template", *TEMPLATE)
        self.aws("delete-environment-configuration", *APPLICATION, *NAME)

    def maintenance(self) -> None:
        for operation in ("restart-app-server", "rebuild-environment"):
            self.aws(operation, *NAME)
            self.ready()
        self.aws("request-environment-info", *NAME, "--info-type", "tail")
        stage.eventually(
            lambda: self.aws("retrieve-environment-info", *NAME, "--info-type", "tail")[
                "EnvironmentInfo"
            ],
            "the tail of the logs",
        )
        role = ("--operations-role", "arn:aws:iam::000000000000:role/operations")
        self.aws("associate-environment-operations-role", *NAME, *role)
        self.aws("disassociate-environment-operations-role", *NAME)
        actions = self.aws("describe-environment-managed-actions", *NAME)["ManagedActions"]
        self.assertTrue(actions, "the platform is old, and no update is offered")
        action = ("--action-id", actions[0]["ActionId"])
        self.aws("apply-environment-managed-action", *NAME, *action)
        stage.eventually(
            lambda: self.aws("describe-environment-managed-action-history", *NAME)[
                "ManagedActionHistoryItems"
            ],
            "the managed action is history",
        )
        self.ready()

    def end(self) -> None:
        stack = ("--solution-stack-name", stage.PLATFORM)
        self.aws("create-environment", *APPLICATION, "--environment-name", "shop-b", *stack)
        self.ready("shop-b")
        self.aws(
            "swap-environment-cnames",
            *("--source-environment-name", "shop-a"),
            *("--destination-environment-name", "shop-b"),
        )
        for name in ("shop-a", "shop-b"):
            self.ready(name)
            self.aws("terminate-environment", "--environment-name", name)
        names = ("--environment-names", "shop-a", "shop-b")
        self.aws("wait environment-terminated", *names)
        self.aws("delete-application", *APPLICATION)
        self.assertNotIn(SHOP, stage.control("GET", "state")["applications"])

    def test_groups_of_environments(self) -> None:
        application = ("--application-name", "group")
        self.aws("create-application", *application)
        manifest = f"EnvironmentName: front+\nSolutionStack: {stage.PLATFORM}\n"
        content = stage.bundle("front", manifest=manifest)
        place = stage.upload("group/front", content)
        source = f"S3Bucket={place['S3Bucket']},S3Key={place['S3Key']}"
        version = (*application, "--version-label", "front")
        self.aws("create-application-version", *version, "--source-bundle", source)
        group = ("--group-name", "test", "--version-labels", "front")
        composed = self.aws("compose-environments", *application, *group)["Environments"]
        self.assertEqual([it["EnvironmentName"] for it in composed], ["front-test"])
        self.ready("front-test")
        self.assertEqual(stage.page("front-test"), "front")

    def test_custom_platforms_are_retired(self) -> None:
        definition = "S3Bucket=bundles,S3Key=platform.zip"
        self.refused(
            "An error occurred",
            "create-platform-version",
            *("--platform-name", "own", "--platform-version", "1.0.0"),
            *("--platform-definition-bundle", definition),
        )
        own = "arn:aws:elasticbeanstalk:us-east-1:000000000000:platform/own/1.0.0"
        self.refused("An error occurred", "delete-platform-version", "--platform-arn", own)


if __name__ == "__main__":
    unittest.main()
