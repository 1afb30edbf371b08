"""boto3: parameters, pages, waiters, and the errors of the service model."""

from __future__ import annotations

import json
import unittest
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from botocore.exceptions import ClientError, WaiterError

import stage

NOWHERE = "nowhere"
ACCOUNT = "000000000000"
ARN = f"arn:aws:elasticbeanstalk:us-east-1:{ACCOUNT}"
COLOUR = {"aws:elasticbeanstalk:application:environment/COLOUR": "blue"}
TYPE = "aws:elasticbeanstalk:environment/EnvironmentType"
SINGLE = {TYPE: "SingleInstance"}
# The waiters of the service poll every 20 s; simulated time runs faster.
QUICKLY = {"Delay": 1, "MaxAttempts": 60}


class Environments(stage.Story):
    """Environments and their operations."""

    def test_waiters(self) -> None:
        created = self.beanstalk.create_environment(
            ApplicationName=self.application,
            EnvironmentName="waiters",
            CNAMEPrefix="waiters",
            VersionLabel="v1",
            SolutionStackName=stage.PLATFORM,
            Tier={"Name": "WebServer", "Type": "Standard"},
            OptionSettings=stage.settings(COLOUR | SINGLE),
            Tags=[{"Key": "team", "Value": "shop"}],
        )
        self.assertEqual((created["Status"], created["Health"]), ("Launching", "Grey"))
        names: dict[str, Any] = {"EnvironmentNames": ["waiters"], "WaiterConfig": QUICKLY}
        self.beanstalk.get_waiter("environment_exists").wait(**names)
        self.assertEqual(stage.page("waiters"), "v1")
        updated = self.beanstalk.update_environment(EnvironmentName="waiters", VersionLabel="v2")
        self.assertEqual(updated["VersionLabel"], "v2")
        self.assertEqual((updated["Status"], updated["Health"]), ("Updating", "Grey"))
        self.assertEqual(self.describe("waiters")["VersionLabel"], "v1")
        self.beanstalk.get_waiter("environment_updated").wait(**names)
        self.assertEqual(self.describe("waiters")["VersionLabel"], "v2")
        self.beanstalk.terminate_environment(EnvironmentName="waiters")
        with self.assertRaises(WaiterError):
            self.beanstalk.get_waiter("environment_exists").wait(**names)
        self.beanstalk.get_waiter("environment_terminated").wait(**names)
        left = self.beanstalk.describe_environments(
            EnvironmentNames=["waiters"], IncludeDeleted=False
        )
        self.assertEqual(left["Environments"], [])

    def test_filters_of_environments(self) -> None:
        for name in ("filters-a", "filters-b"):
            self.environment(name, SINGLE)
        ours = {"ApplicationName": self.application}
        pages = self.pages("describe_environments", "Environments", MaxRecords=1, **ours)
        self.assertEqual([len(page) for page in pages], [1, 1])
        found = self.beanstalk.describe_environments(VersionLabel="v1", **ours)["Environments"]
        self.assertEqual(len(found), 2)
        ids = [found[0]["EnvironmentId"]]
        by_id = self.beanstalk.describe_environments(EnvironmentIds=ids)["Environments"]
        self.assertEqual([it["EnvironmentId"] for it in by_id], ids)
        unknown = self.beanstalk.describe_environments(EnvironmentNames=[NOWHERE])
        self.assertEqual(unknown["Environments"], [])
        self.beanstalk.terminate_environment(EnvironmentName="filters-b")
        deleted = {
            "IncludeDeleted": True,
            "IncludedDeletedBackTo": datetime.now(timezone.utc) - timedelta(hours=1),
        }

        def gone() -> bool:
            found = self.beanstalk.describe_environments(**ours, **deleted)["Environments"]
            return "Terminated" in {it["Status"] for it in found}

        stage.eventually(gone, "filters-b is described as Terminated")

    def test_events(self) -> None:
        name = self.environment("events", SINGLE)
        request = self.deploy(name, "v2")
        self.ready(name)
        events = self.beanstalk.describe_events(RequestId=request)["Events"]
        self.assertEqual(events[0]["Message"], "Environment update completed successfully.")
        self.assertEqual(events[-1]["Message"], "Environment update is starting.")
        self.assertEqual({it["RequestId"] for it in events}, {request})
        first = events[-1]["EventDate"]
        later = self.beanstalk.describe_events(
            RequestId=request, StartTime=first + timedelta(milliseconds=1)
        )["Events"]
        self.assertEqual(len(later), len(events) - 1)
        none = self.beanstalk.describe_events(RequestId=request, EndTime=first)["Events"]
        self.assertEqual(none, [])
        bad = self.beanstalk.describe_events(EnvironmentName=name, Severity="ERROR")["Events"]
        self.assertEqual(bad, [])
        everything = self.beanstalk.describe_events(EnvironmentName=name)["Events"]
        # A change of health in between adds events.
        end = everything[0]["EventDate"] + timedelta(milliseconds=1)
        pages = self.pages(
            "describe_events", "Events", EnvironmentName=name, EndTime=end, MaxRecords=2
        )
        self.assertEqual([it for page in pages for it in page], everything)

    def test_health(self) -> None:
        name = self.environment("health-a", SINGLE)
        self.healthy(name)
        stage.page(name)
        found = self.beanstalk.describe_environment_health(
            EnvironmentName=name, AttributeNames=["All"]
        )
        self.assertEqual((found["Color"], found["HealthStatus"]), ("Green", "Ok"))
        self.assertEqual(found["InstancesHealth"]["Ok"], 1)
        instances = self.beanstalk.describe_instances_health(
            EnvironmentName=name, AttributeNames=["All"]
        )["InstanceHealthList"]
        deployment = instances[0]["Deployment"]
        self.assertEqual((deployment["VersionLabel"], deployment["Status"]), ("v1", "Deployed"))

    def test_changes_while_busy(self) -> None:
        name = self.environment("busy", SINGLE)
        refusal = self.refused(
            "InvalidParameterValue",
            lambda: self.beanstalk.abort_environment_update(EnvironmentName=name),
        )
        busy = f"Environment named {name} is in an invalid state for this operation."
        self.assertEqual(refusal, f"{busy} Must be pending deployment.")
        stage.set_fault("slow", environment=name, factor=1000)
        self.deploy(name, "v2")
        refusal = self.refused("InvalidParameterValue", lambda: self.deploy(name, "v2"))
        self.assertEqual(refusal, f"{busy} Must be Ready.")
        found = self.describe(name)
        self.assertEqual((found["Status"], found["VersionLabel"]), ("Updating", "v1"))
        self.assertTrue(found["AbortableOperationInProgress"])
        with self.assertRaises(self.beanstalk.exceptions.OperationInProgressException):
            self.beanstalk.update_tags_for_resource(
                ResourceArn=found["EnvironmentArn"], TagsToAdd=[{"Key": "a", "Value": "b"}]
            )
        stage.clear_faults(name)
        self.beanstalk.abort_environment_update(EnvironmentName=name)
        self.assertEqual(self.ready(name)["VersionLabel"], "v1")

    def test_basic_health(self) -> None:
        basic = SINGLE | {stage.SYSTEM_TYPE: "basic"}
        name = self.environment("basic", basic)
        self.assertNotIn("HealthStatus", self.describe(name))
        with self.assertRaises(self.beanstalk.exceptions.InvalidRequestException):
            self.beanstalk.describe_environment_health(EnvironmentName=name)

    def test_unknown_environments(self) -> None:
        operations = (
            "rebuild_environment",
            "restart_app_server",
            "terminate_environment",
            "update_environment",
            "describe_environment_resources",
        )
        for operation in operations:
            call = partial(getattr(self.beanstalk, operation), EnvironmentName=NOWHERE)
            message = self.refused("InvalidParameterValue", call)
            wanted = f"No Environment found for EnvironmentName = '{NOWHERE}'."
            self.assertEqual(message, wanted, operation)
        message = self.refused(
            "InvalidParameterValue",
            lambda: self.beanstalk.update_environment(EnvironmentId="e-aaaaaaaaaa"),
        )
        self.assertEqual(message, "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'.")
        self.refused("MissingParameter", self.beanstalk.update_environment)

    def test_managed_actions(self) -> None:
        name = self.environment(
            "managed",
            SINGLE
            | {
                "aws:elasticbeanstalk:managedactions/ManagedActionsEnabled": "true",
                "aws:elasticbeanstalk:managedactions/PreferredStartTime": "Tue:09:00",
                "aws:elasticbeanstalk:managedactions/ServiceRoleForManagedUpdates": "role",
                "aws:elasticbeanstalk:managedactions:platformupdate/UpdateLevel": "minor",
            },
        )
        by_name = {"EnvironmentName": name}
        found = self.beanstalk.describe_environment_managed_actions(**by_name)["ManagedActions"]
        self.assertEqual([it["Status"] for it in found], ["Scheduled"])
        action = found[0]["ActionId"]
        self.beanstalk.apply_environment_managed_action(ActionId=action, **by_name)
        with self.assertRaises(self.beanstalk.exceptions.ManagedActionInvalidStateException):
            self.beanstalk.apply_environment_managed_action(ActionId=action, **by_name)

        def history() -> list[dict[str, Any]]:
            pages = self.pages(
                "describe_environment_managed_action_history",
                "ManagedActionHistoryItems",
                **by_name,
            )
            return [it for page in pages for it in page]

        self.assertEqual(stage.eventually(history, "history")[0]["Status"], "Completed")
        self.ready(name)

    def pages(self, operation: str, member: str, **parameters: Any) -> list[list[Any]]:
        paginator = self.beanstalk.get_paginator(operation)
        return [page[member] for page in paginator.paginate(**parameters)]


class Things(stage.Story):
    """Applications, versions, templates, tags and platforms."""

    def test_versions(self) -> None:
        described = self.beanstalk.describe_application_versions(
            ApplicationName=self.application, MaxRecords=1
        )
        self.assertEqual(len(described["ApplicationVersions"]), 1)
        rest = self.beanstalk.describe_application_versions(
            ApplicationName=self.application, NextToken=described["NextToken"]
        )
        self.assertEqual(len(rest["ApplicationVersions"]), 1)
        status = described["ApplicationVersions"][0]["Status"]
        self.assertEqual(status, "UNPROCESSED")

        again = self.refused(
            "InvalidParameterValue", lambda: self.version("v1", stage.bundle("v1"))
        )
        self.assertEqual(again, "Application Version v1 already exists.")
        unknown = self.refused(
            "InvalidParameterValue",
            lambda: self.beanstalk.create_application_version(
                ApplicationName=NOWHERE, VersionLabel="v1"
            ),
        )
        self.assertEqual(unknown, f"No Application named '{NOWHERE}' found.")
        missing = self.refused(
            "InvalidParameterCombination",
            lambda: self.beanstalk.create_application_version(
                ApplicationName=self.application,
                VersionLabel="v3",
                SourceBundle={"S3Bucket": stage.BUCKET, "S3Key": NOWHERE},
            ),
        )
        self.assertTrue(missing.startswith("Unable to download from S3 location"), missing)
        half = self.refused(
            "InvalidParameterCombination",
            lambda: self.beanstalk.create_application_version(
                ApplicationName=self.application,
                VersionLabel="v3",
                SourceBundle={"S3Bucket": stage.BUCKET},
            ),
        )
        self.assertEqual(half, "Both S3 bucket and key must be specified.")

    def test_a_bundle_that_cannot_be_deleted(self) -> None:
        bucket = stage.client("s3")
        bucket.create_bucket(Bucket="short-lived")
        bucket.put_object(Bucket="short-lived", Key="v3", Body=stage.bundle("v3"))
        version = {"ApplicationName": self.application, "VersionLabel": "v3"}
        self.beanstalk.create_application_version(
            SourceBundle={"S3Bucket": "short-lived", "S3Key": "v3"}, **version
        )
        bucket.delete_object(Bucket="short-lived", Key="v3")
        bucket.delete_bucket(Bucket="short-lived")
        with self.assertRaises(self.beanstalk.exceptions.SourceBundleDeletionException):
            self.beanstalk.delete_application_version(DeleteSourceBundle=True, **version)
        left = self.beanstalk.describe_application_versions(
            ApplicationName=self.application, VersionLabels=["v3"]
        )
        self.assertEqual(left["ApplicationVersions"], [])

    def test_a_bundle_of_another_region(self) -> None:
        elsewhere = {"LocationConstraint": "eu-west-1"}
        stage.client("s3").create_bucket(Bucket="elsewhere", CreateBucketConfiguration=elsewhere)
        stage.client("s3").put_object(Bucket="elsewhere", Key="v3", Body=stage.bundle("v3"))
        message = self.refused(
            "InvalidParameterCombination",
            lambda: self.beanstalk.create_application_version(
                ApplicationName=self.application,
                VersionLabel="v3",
                SourceBundle={"S3Bucket": "elsewhere", "S3Key": "v3"},
            ),
        )
        # As published, with two spaces.
        place = "(Bucket: elsewhere  Key: v3)"
        wanted = f"Unable to download from S3 location {place}. Reason: Moved Permanently"
        self.assertEqual(message, wanted)

    def test_templates(self) -> None:
        template = {"ApplicationName": self.application, "TemplateName": "saved"}
        created = self.beanstalk.create_configuration_template(
            SolutionStackName=stage.PLATFORM, OptionSettings=stage.settings(COLOUR), **template
        )
        self.assertEqual(created["SolutionStackName"], stage.PLATFORM)
        self.beanstalk.create_configuration_template(
            ApplicationName=self.application,
            TemplateName="copied",
            SourceConfiguration=template,
        )
        found = self.beanstalk.describe_applications(ApplicationNames=[self.application])
        kept = found["Applications"][0]["ConfigurationTemplates"]
        self.assertEqual(set(kept), {"saved", "copied"})
        removed = [
            {
                "Namespace": "aws:elasticbeanstalk:application:environment",
                "OptionName": "COLOUR",
            }
        ]
        self.beanstalk.update_configuration_template(OptionsToRemove=removed, **template)
        settings = self.beanstalk.describe_configuration_settings(**template)
        names = [it["OptionName"] for it in settings["ConfigurationSettings"][0]["OptionSettings"]]
        self.assertNotIn("COLOUR", names)
        self.beanstalk.delete_configuration_template(**template)
        self.refused(
            "InvalidParameterValue",
            lambda: self.beanstalk.describe_configuration_settings(**template),
        )

    def test_settings_that_are_wrong(self) -> None:
        name = self.environment("wrong", SINGLE)
        wrong = stage.settings(
            {"aws:elasticbeanstalk:command/Nothing": "1", "aws:autoscaling:asg/MinSize": "many"}
        )
        found = self.beanstalk.validate_configuration_settings(
            ApplicationName=self.application, EnvironmentName=name, OptionSettings=wrong
        )["Messages"]
        self.assertEqual({it["OptionName"] for it in found}, {"Nothing", "MinSize"})
        self.assertEqual({it["Severity"] for it in found}, {"error"})
        message = self.refused(
            "ConfigurationValidationException",
            lambda: self.beanstalk.update_environment(
                EnvironmentName=name, OptionSettings=wrong[:1]
            ),
        )
        self.assertIn("Invalid option specification", message)

    def test_tags(self) -> None:
        arn = f"{ARN}:application/{self.application}"
        tags = [{"Key": f"key-{number}", "Value": "x"} for number in range(51)]
        self.beanstalk.update_tags_for_resource(ResourceArn=arn, TagsToAdd=tags[:50])
        listed = self.beanstalk.list_tags_for_resource(ResourceArn=arn)["ResourceTags"]
        self.assertEqual(len(listed), 50)
        errors = self.beanstalk.exceptions
        with self.assertRaises(errors.TooManyTagsException):
            self.beanstalk.update_tags_for_resource(ResourceArn=arn, TagsToAdd=tags[50:])
        self.beanstalk.update_tags_for_resource(ResourceArn=arn, TagsToRemove=["key-0"])
        with self.assertRaises(errors.ResourceNotFoundException):
            self.beanstalk.list_tags_for_resource(ResourceArn=f"{ARN}:application/{NOWHERE}")
        stack = f"{ARN}:solutionstack/Python"
        with self.assertRaises(errors.ResourceTypeNotSupportedException):
            self.beanstalk.list_tags_for_resource(ResourceArn=stack)

    def test_platforms(self) -> None:
        python = [{"Type": "PlatformName", "Operator": "contains", "Values": ["Python"]}]
        found = self.beanstalk.list_platform_versions(Filters=python)["PlatformSummaryList"]
        self.assertTrue(found)
        for summary in found:
            self.assertIn("Python", summary["PlatformArn"])
        branches = self.beanstalk.get_paginator("list_platform_versions")
        self.assertTrue(list(branches.paginate(PaginationConfig={"PageSize": 1, "MaxItems": 2})))
        live = [{"Attribute": "LifecycleState", "Operator": "=", "Values": ["Supported"]}]
        found = self.beanstalk.list_platform_branches(Filters=live)["PlatformBranchSummaryList"]
        self.assertEqual({it["LifecycleState"] for it in found}, {"Supported"})
        arn = f"{ARN}:platform/{NOWHERE}/1"
        message = self.refused(
            "InvalidParameterValue",
            lambda: self.beanstalk.describe_platform_version(PlatformArn=arn),
        )
        self.assertEqual(message, f"No Platform named '{arn}' found.")

    def test_throttling(self) -> None:
        stage.control(
            "POST",
            "faults",
            {"fault": "throttle", "calls": 1, "operation": "DescribeAccountAttributes"},
        )
        message = self.refused("Throttling", self.beanstalk.describe_account_attributes)
        self.assertEqual(message, "Rate exceeded")
        quotas = self.beanstalk.describe_account_attributes()["ResourceQuotas"]
        self.assertEqual(quotas["ApplicationVersionQuota"]["Maximum"], 1000)


class Quotas(unittest.TestCase):
    """The quotas of an account; each story has the simulator for itself."""

    def setUp(self) -> None:
        stage.start_afresh()
        self.addCleanup(stage.start_afresh)
        self.beanstalk = stage.client()
        self.beanstalk.create_application(ApplicationName="quotas")

    def test_applications(self) -> None:
        for number in range(74):
            self.beanstalk.create_application(ApplicationName=f"quotas-{number}")
        with self.assertRaises(self.beanstalk.exceptions.TooManyApplicationsException):
            self.beanstalk.create_application(ApplicationName="one-too-many")

    def test_versions(self) -> None:
        for number in range(1000):
            self.beanstalk.create_application_version(
                ApplicationName="quotas", VersionLabel=str(number)
            )
        with self.assertRaises(ClientError) as caught:
            self.beanstalk.create_application_version(
                ApplicationName="quotas", VersionLabel="one too many"
            )
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], "TooManyApplicationVersionsException")
        self.assertEqual(
            error["Message"],
            "You cannot have more than 1000 Application Versions. Either remove some "
            "Application Versions or request a limit increase.",
        )
        self.assertIsInstance(
            caught.exception, self.beanstalk.exceptions.TooManyApplicationVersionsException
        )

    def test_templates(self) -> None:
        for number in range(2000):
            self.template(str(number))
        with self.assertRaises(self.beanstalk.exceptions.TooManyConfigurationTemplatesException):
            self.template("one too many")

    def template(self, name: str) -> None:
        self.beanstalk.create_configuration_template(
            ApplicationName="quotas", TemplateName=name, SolutionStackName=stage.PLATFORM
        )

    def test_environments(self) -> None:
        for number in range(200):
            self.sample(f"quotas-{number}")
        with self.assertRaises(self.beanstalk.exceptions.TooManyEnvironmentsException):
            self.sample("one-too-many")

    def sample(self, name: str) -> None:
        self.beanstalk.create_environment(
            ApplicationName="quotas",
            EnvironmentName=name,
            SolutionStackName=stage.PLATFORM,
            OptionSettings=stage.settings(SINGLE),
        )


class Neighbours(stage.Story):
    """The services around Elastic Beanstalk that show its work."""

    def test_auto_scaling(self) -> None:
        name = self.environment("auto-scaling", SINGLE)
        self.healthy(name)
        scaling = stage.client("autoscaling")
        resources = self.beanstalk.describe_environment_resources(EnvironmentName=name)
        group = resources["EnvironmentResources"]["AutoScalingGroups"][0]["Name"]
        found = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
        self.assertEqual(found["AutoScalingGroups"][0]["DesiredCapacity"], 1)
        for size, health in ((0, "Severe"), (2, "Ok")):
            scaling.update_auto_scaling_group(
                AutoScalingGroupName=group, MinSize=size, MaxSize=2, DesiredCapacity=size
            )
            stage.eventually(partial(self.has, name, size), f"{size} instances")
            stage.eventually(
                partial(self.shows, name, health), f"health {health} with {size} instances"
            )

    def has(self, name: str, size: int) -> bool:
        return len(stage.environment_state(name)["instances"]) == size

    def shows(self, name: str, health: str) -> bool:
        return self.describe(name)["HealthStatus"] == health

    def test_event_bridge(self) -> None:
        events, queues = stage.client("events"), stage.client("sqs")
        url = queues.create_queue(QueueName="beanstalk-events")["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:beanstalk-events"
        events.put_rule(Name="beanstalk", EventPattern='{"source":["aws.elasticbeanstalk"]}')
        events.put_targets(Rule="beanstalk", Targets=[{"Id": "queue", "Arn": arn}])
        name = self.environment("event-bridge", SINGLE)
        seen: dict[str, dict[str, Any]] = {}

        def launched() -> dict[str, Any] | None:
            for message in queues.receive_message(QueueUrl=url).get("Messages", []):
                event = json.loads(message["Body"])
                seen[event["detail"]["Message"]] = event
            return seen.get("createEnvironment completed successfully.")

        event = stage.eventually(launched, "an event of the launch")
        self.assertEqual(event["detail-type"], "Elastic Beanstalk resource status change")
        self.assertEqual(event["resources"], [f"{ARN}:environment/{self.application}/{name}"])
        self.assertEqual(event["detail"]["Status"], "Environment creation successful")
        self.assertIsInstance(event["detail"]["EventDate"], int)
        self.assertNotIn("RequestId", event["detail"])


if __name__ == "__main__":
    unittest.main()
