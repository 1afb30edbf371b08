"""The tools of all stories: the control API of the simulator, bundles, and waiting for a condition.

Run as a program, it keeps the records of the calls.
"""

from __future__ import annotations

import io
import json
import os
import time
import unittest
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from typing import Any, TypeVar

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

T = TypeVar("T")

SIMULATOR = os.environ.get("AWS_ENDPOINT_URL_ELASTIC_BEANSTALK", "")
BUCKET = "bundles"
PLATFORM = "64bit Amazon Linux 2023 v4.7.1 running Python 3.13"
PATIENCE_SECONDS = 60
# A process that serves the files beside it: a bundle that really runs.
PROCFILE = "web: python3 -m http.server --bind 127.0.0.1 $PORT\n"


def control(method: str, path: str, document: object | None = None) -> Any:
    """The answer to one request to the control API, or None if it is empty."""
    data = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{SIMULATOR}/_sim/{path}", data, method=method)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        body = answer.read()
    return json.loads(body) if body else None


def set_fault(fault: str, *, environment: str, **members: object) -> None:
    control("POST", "faults", {"fault": fault, "environment": environment, **members})


def clear_faults(environment: str) -> None:
    control("DELETE", f"faults?environment={environment}")


def environment_state(name: str) -> dict[str, Any]:
    """The state of an environment, from the control API."""
    found = [it for it in control("GET", "state")["environments"] if it["name"] == name]
    assert found, f"the simulator has no environment {name}"
    return found[-1]


def page(name: str) -> str:
    """The page at the address of the environment."""
    state = control("GET", "state")
    address = environment_state(name)["address"]
    with urllib.request.urlopen(f"http://{address}:{state['dataPort']}/", timeout=10) as answer:
        return answer.read().decode()


def eventually(look: Callable[[], T | None], what: str) -> T:
    """The first result of `look` that is true; an error if there is none in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {PATIENCE_SECONDS} s: {what}")


def bundle(text: str, manifest: str | None = None) -> bytes:
    """A source bundle whose page is `text`, with the environment manifest if there is one."""
    files = {"index.html": text, "Procfile": PROCFILE}
    if manifest is not None:
        files["env.yaml"] = manifest
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return content.getvalue()


def upload(key: str, content: bytes) -> dict[str, str]:
    """Upload an object to the bucket of the stories, and return its location."""
    s3 = client("s3")
    try:
        s3.create_bucket(Bucket=BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {
            "BucketAlreadyOwnedByYou",
            "BucketAlreadyExists",
        }:
            raise
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    return {"S3Bucket": BUCKET, "S3Key": key}


def client(service: str = "elasticbeanstalk") -> BaseClient:
    """A client that does not retry."""
    return boto3.client(service, config=Config(retries={"total_max_attempts": 1}))


def keep_records() -> None:
    """Append the calls so far to the file of records; a reset of the simulator deletes them."""
    with open(os.environ["RECORDS"], "a", encoding="utf-8") as records:
        for call in control("GET", "calls"):
            records.write(json.dumps(call) + "\n")


def start_afresh() -> None:
    """Reset the simulator, and keep the records."""
    keep_records()
    control("POST", "reset")


class Story(unittest.TestCase):
    """A story with boto3."""

    beanstalk: BaseClient
    application: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.beanstalk = client()

    def setUp(self) -> None:
        """Every story has an application of its own, with two versions."""
        self.application = self._testMethodName.removeprefix("test_").replace("_", "-")[:30]
        self.addCleanup(control, "DELETE", "faults")
        self.beanstalk.create_application(ApplicationName=self.application)
        for label in ("v1", "v2"):
            self.version(label, bundle(label))

    def version(self, label: str, content: bytes) -> None:
        place = upload(f"{self.application}/{label}", content)
        self.beanstalk.create_application_version(
            ApplicationName=self.application, VersionLabel=label, SourceBundle=place
        )

    def environment(self, name: str, options: dict[str, str] | None = None, **more: Any) -> str:
        """Create an environment with version `v1`; keys of options are `namespace/name`."""
        self.beanstalk.create_environment(
            ApplicationName=self.application,
            EnvironmentName=name,
            VersionLabel="v1",
            SolutionStackName=PLATFORM,
            OptionSettings=settings({SYSTEM_TYPE: "enhanced", **(options or {})}),
            **more,
        )
        self.ready(name)
        return name

    def ready(self, name: str) -> dict[str, Any]:
        """The description of the environment, once no operation is under way."""

        def look() -> dict[str, Any] | None:
            found = self.describe(name)
            return found if found["Status"] == "Ready" else None

        return eventually(look, f"{name} is Ready")

    def describe(self, name: str) -> dict[str, Any]:
        return self.beanstalk.describe_environments(EnvironmentNames=[name])["Environments"][0]

    def healthy(self, name: str) -> None:
        eventually(lambda: self.describe(name).get("HealthStatus") == "Ok", f"{name} is Ok")

    def deploy(self, name: str, label: str) -> str:
        """Start a deployment, and return the identifier of its request."""
        answer = self.beanstalk.update_environment(EnvironmentName=name, VersionLabel=label)
        return answer["ResponseMetadata"]["RequestId"]

    def refused(self, code: str, operation: Callable[[], object]) -> str:
        """The message with which the operation must be refused."""
        with self.assertRaises(ClientError) as caught:
            operation()
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], code, error["Message"])
        return error["Message"]


SYSTEM_TYPE = "aws:elasticbeanstalk:healthreporting:system/SystemType"


def settings(options: dict[str, str]) -> list[dict[str, str]]:
    """Option settings in the form of the API; keys are `namespace/name`."""
    split = [(*key.rsplit("/", 1), value) for key, value in options.items()]
    return [
        {"Namespace": space, "OptionName": name, "Value": value} for space, name, value in split
    ]


if __name__ == "__main__":
    keep_records()
