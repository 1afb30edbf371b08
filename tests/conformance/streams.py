"""The event streams of deployments, compared with published ones in `streams/`.

A line there is a mark, a severity and a text. Without a mark the event must be there once; `?` is at most once, `+`
at least once, `*` any number of times. Words in angle brackets stand for what differs from run to run.
"""

from __future__ import annotations

import re
import unittest
from pathlib import Path
from typing import Any

import stage

FOLDER = Path(__file__).parent / "streams"
PLACEHOLDERS = {
    "<anything>": r"[^\n]*",
    "<environment>": r"[A-Za-z0-9-]+",
    "<group>": r"awseb-[\w-]+",
    "<host>": r"[\w.-]+",
    "<instance>": r"i-[0-9a-f]+",
    "<instances>": r"i-[0-9a-f]+(?:, ?i-[0-9a-f]+)*",
    "<s>": "s?",
    "<version>": r"[^'\n]+",
}
POLICY = "aws:elasticbeanstalk:command/DeploymentPolicy"
BATCH_TYPE = "aws:elasticbeanstalk:command/BatchSizeType"
BATCH = "aws:elasticbeanstalk:command/BatchSize"
TYPE = "aws:elasticbeanstalk:environment/EnvironmentType"
BALANCED = {TYPE: "LoadBalanced"}
SINGLE = {TYPE: "SingleInstance"}
# The last events of a request.
LAST_WORDS = re.compile(
    r"Environment update completed successfully\.|appropriate application version\."
    r"|but with errors\.|Successfully launched environment|previous configuration setting\."
    r"|Completed swapping CNAMEs|terminateEnvironment completed"
)


def instances(count: int) -> dict[str, str]:
    return {f"aws:autoscaling:asg/{limit}": str(count) for limit in ("MinSize", "MaxSize")}


def pattern(stream: str) -> str:
    """The published stream as a regular expression over the lines of events."""
    expression = ""
    for line in stream.splitlines():
        if line.startswith("#"):
            continue
        mark, text = line[0].strip(), line[2:]
        parts = re.split("(<[a-z]+>)", text)
        event = "".join(PLACEHOLDERS[it] if it in PLACEHOLDERS else re.escape(it) for it in parts)
        # Some published texts end with a space.
        expression += f"(?:{event} *\n){mark}"
    return expression


class Streams(stage.Story):
    """Every stream has an environment of its own."""

    def events(self, **filters: Any) -> list[dict[str, Any]]:
        """The events, oldest first."""
        found = self.beanstalk.describe_events(**filters)["Events"]
        return list(reversed(found))

    def finished(self, request: str) -> list[dict[str, Any]]:
        """The events of a request that has ended."""

        def look() -> list[dict[str, Any]] | None:
            events = self.events(RequestId=request)
            last = events[-1]["Message"] if events else ""
            return events if LAST_WORDS.search(last) else None

        return stage.eventually(look, f"the last event of {request}")

    def published(self, name: str, events: list[dict[str, Any]]) -> None:
        """Fail unless the events are those of the published stream."""
        stream = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        found = "".join(f"{event['Severity']} {event['Message']}\n" for event in events)
        fits = re.fullmatch(pattern(stream), found)
        self.assertTrue(fits, f"\npublished:\n{stream}\nfound:\n{found}")

    def deployment(
        self, name: str, options: dict[str, str], fault: str | None = None
    ) -> dict[str, Any]:
        """Deploy `v2`, compare the stream, and return the description of the environment."""
        self.environment(name, options)
        self.healthy(name)
        if fault is not None:
            stage.set_fault(fault, environment=name)
        self.published(name, self.finished(self.deploy(name, "v2")))
        return self.ready(name)

    def test_all_at_once(self) -> None:
        self.assertEqual(self.deployment("all-at-once", SINGLE)["VersionLabel"], "v2")
        health = [it for it in self.events(EnvironmentName="all-at-once") if "RequestId" not in it]
        self.assertTrue(health, "there are no events of health")
        for event in health:
            self.assertTrue(event["Message"].startswith("Environment health has "), event)

    def test_rolling(self) -> None:
        one = {POLICY: "Rolling", BATCH_TYPE: "Fixed", BATCH: "1"}
        found = self.deployment("rolling", BALANCED | instances(2) | one)
        self.assertEqual(found["VersionLabel"], "v2")

    def test_additional_batch(self) -> None:
        one = {POLICY: "RollingWithAdditionalBatch", BATCH_TYPE: "Fixed", BATCH: "1"}
        found = self.deployment("additional-batch", BALANCED | instances(2) | one)
        self.assertEqual(found["VersionLabel"], "v2")

    def test_immutable(self) -> None:
        found = self.deployment("immutable", BALANCED | instances(1) | {POLICY: "Immutable"})
        self.assertEqual(found["VersionLabel"], "v2")

    def test_immutable_three(self) -> None:
        found = self.deployment("immutable-three", BALANCED | instances(3) | {POLICY: "Immutable"})
        self.assertEqual(found["VersionLabel"], "v2")

    def test_failed(self) -> None:
        self.assertEqual(self.deployment("failed", SINGLE, "fail_deploy")["VersionLabel"], "v1")

    def test_unhealthy(self) -> None:
        self.assertEqual(self.deployment("unhealthy", SINGLE, "unhealthy")["VersionLabel"], "v1")

    def test_command_timeout(self) -> None:
        found = self.deployment("command-timeout", SINGLE, "command_timeout")
        self.assertEqual(found["VersionLabel"], "v1")

    def test_with_errors(self) -> None:
        found = self.deployment("with-errors", SINGLE, "complete_with_errors")
        self.assertEqual(found["VersionLabel"], "v2")

    def test_immutable_failed(self) -> None:
        options = BALANCED | instances(1) | {POLICY: "Immutable"}
        self.assertEqual(
            self.deployment("immutable-failed", options, "unhealthy")["VersionLabel"], "v1"
        )

    def test_silent_partial_failure(self) -> None:
        """H. Every event reports success, and one instance runs the old version."""
        name = self.environment("silent-partial", BALANCED | instances(2))
        stage.set_fault("silent_partial", environment=name)
        self.published("all-at-once", self.finished(self.deploy(name, "v2")))
        running = {it["running"] for it in stage.environment_state(name)["instances"]}
        self.assertEqual(running, {"v1", "v2"})

    def test_health(self) -> None:
        name = self.environment("health", SINGLE)
        self.healthy(name)
        before = len(self.events(EnvironmentName=name))
        self.finished(self.deploy(name, "v2"))
        self.healthy(name)
        after = self.events(EnvironmentName=name)[before:]
        self.published("health", [it for it in after if "RequestId" not in it])

    def test_configuration(self) -> None:
        name = self.environment("configuration", SINGLE)
        for stream in ("configuration", "configuration-failed"):
            answer = self.beanstalk.update_environment(
                EnvironmentName=name,
                OptionSettings=stage.settings(
                    {"aws:elasticbeanstalk:application:environment/COLOUR": stream}
                ),
            )
            self.published(stream, self.finished(answer["ResponseMetadata"]["RequestId"]))
            self.ready(name)
            stage.set_fault("fail_configuration", environment=name)

    def test_whole_life(self) -> None:
        """J, K and L."""
        requests = []
        for name in ("life-a", "life-b"):
            self.environment(name, SINGLE, CNAMEPrefix=name)
            requests.append(self.events(EnvironmentName=name)[0]["RequestId"])
        for request in requests:
            self.published("create", self.finished(request))
        answer = self.beanstalk.swap_environment_cnames(
            SourceEnvironmentName="life-a", DestinationEnvironmentName="life-b"
        )
        self.published("swap", self.finished(answer["ResponseMetadata"]["RequestId"]))
        answer = self.beanstalk.terminate_environment(EnvironmentName="life-a")
        self.published("terminate", self.finished(answer["ResponseMetadata"]["RequestId"]))

    def test_abort(self) -> None:
        name = self.environment("abort", SINGLE)
        stage.set_fault("slow", environment=name, factor=20)
        request = self.deploy(name, "v2")
        deploying = "Deploying new version to instance(s)."
        stage.clear_faults(name)
        stage.eventually(
            lambda: deploying in [it["Message"] for it in self.events(RequestId=request)], deploying
        )
        self.beanstalk.abort_environment_update(EnvironmentName=name)
        self.assertEqual(self.ready(name)["VersionLabel"], "v1")
        self.published("abort", self.finished(request))


if __name__ == "__main__":
    unittest.main()
