"""Checks every answer of the records against the service model of botocore.

Arguments are CLIENT=FILE; prints one JSON document with the findings and with who was answered what.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StructureShape,
)
from botocore.session import get_session

SPACE = "{http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/}"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
REQUEST_ID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
INTEGER = re.compile(r"-?\d+")
FLOAT = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
# The real service sends these in upper case; its model has lower case.
UPPER_CASE = {"ApplicationVersionStatus"}
# The status of the environment; the model says its colour.
STATUS_OF_HEALTH = ("DescribeEnvironmentHealth", "/Status")
# The eb command crashes without it, and the public model does not have it.
BESIDE_THE_MODEL = {("DescribeConfigurationSettings", "Tier")}
# Errors of every operation of every service.
COMMON_ERRORS = {
    "AccessDenied",
    # Errors of Beanstalk only, which its model does not have.
    "ConfigurationValidationException",
    "IncompleteSignature",
    "InternalFailure",
    "InvalidAction",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MalformedQueryString",
    "MissingAction",
    "MissingAuthenticationToken",
    "MissingParameter",
    "OptInRequired",
    "RequestExpired",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "Throttling",
    "ValidationError",
}

Finding = tuple[str, str]


class Answer:
    """One answer, compared with the model of its operation."""

    def __init__(self, operation: OperationModel, body: str) -> None:
        self.operation = operation
        self.body = body
        self.findings: set[str] = set()

    def success(self) -> None:
        root = self.parse(f"{self.operation.name}Response")
        if root is None:
            return
        children = {name(child): child for child in root}
        request_id = root.findtext(f"{SPACE}ResponseMetadata/{SPACE}RequestId") or ""
        self.expect(bool(REQUEST_ID.fullmatch(request_id)), "has no RequestId")
        children.pop("ResponseMetadata", None)
        output = self.operation.output_shape
        if output is not None:
            wrapper = output.serialization["resultWrapper"]
            result = children.pop(wrapper, None)
            if result is None:
                self.expect(False, f"has no {wrapper}")
            else:
                self.structure(result, output, "")
        self.expect(not children, f"has {', '.join(children)} beside its result")

    def error(self, code: str, status: int) -> None:
        root = self.parse("ErrorResponse")
        if root is None:
            return
        error = root.find(f"{SPACE}Error")
        parts = {name(child): child.text or "" for child in (error if error is not None else [])}
        self.expect(parts.get("Type") == ("Receiver" if status >= 500 else "Sender"), "wrong Type")
        self.expect(parts.get("Code") == code, f"says {parts.get('Code')}, not {code}")
        self.expect(bool(parts.get("Message")), "has no Message")
        request_id = root.findtext(f"{SPACE}RequestId") or ""
        self.expect(bool(REQUEST_ID.fullmatch(request_id)), "has no RequestId")
        modelled = {shape.error_code: shape for shape in self.operation.error_shapes}
        known = code in COMMON_ERRORS or code in modelled or code == "InternalFailure"
        self.expect(known, f"the operation does not know {code}")
        if code in modelled:
            wanted = modelled[code].metadata.get("error", {}).get("httpStatusCode", 400)
            self.expect(status == wanted, f"{code} has the status {status}, not {wanted}")

    def parse(self, root_name: str) -> ElementTree.Element | None:
        try:
            root = ElementTree.fromstring(self.body)
        except ElementTree.ParseError as error:
            self.expect(False, f"is no XML: {error}")
            return None
        self.expect(root.tag == SPACE + root_name, f"begins with {root.tag}")
        return root

    def value(self, element: ElementTree.Element, shape: Shape, path: str) -> None:
        if isinstance(shape, StructureShape):
            self.structure(element, shape, path)
        elif isinstance(shape, ListShape):
            for child in element:
                self.expect(name(child) == "member", f"{path} holds {name(child)}, not member")
                self.value(child, shape.member, f"{path}[]")
        elif isinstance(shape, MapShape):
            self.expect(False, f"{path} is a map, which the model did not have before")
        else:
            self.leaf(element, shape, path)

    def structure(self, element: ElementTree.Element, shape: StructureShape, path: str) -> None:
        there = [name(child) for child in element]
        self.expect(len(there) == len(set(there)), f"{path or 'result'} has a member twice")
        self.expect(not (element.text or "").strip(), f"{path or 'result'} has text")
        for required in shape.required_members:
            self.expect(required in there, f"{path}/{required} is required and not there")
        for child in element:
            here = f"{path}/{name(child)}"
            member = shape.members.get(name(child))
            if member is not None:
                self.value(child, member, here)
            elif (self.operation.name, name(child)) not in BESIDE_THE_MODEL:
                self.expect(False, f"{here} is unknown to the model")

    def leaf(self, element: ElementTree.Element, shape: Shape, path: str) -> None:
        text = element.text or ""
        self.expect(len(element) == 0, f"{path} has elements and should be a {shape.type_name}")
        kinds = {
            "boolean": re.compile("true|false"),
            "integer": INTEGER,
            "long": INTEGER,
            "float": FLOAT,
            "double": FLOAT,
            "timestamp": TIMESTAMP,
        }
        if shape.type_name in kinds:
            fits = bool(kinds[shape.type_name].fullmatch(text))
            self.expect(fits, f"{path} is {text!r}, which is no {shape.type_name}")
            return
        allowed = set(shape.enum)
        if shape.name in UPPER_CASE:
            allowed = {value.upper() for value in allowed}
        if (self.operation.name, path) == STATUS_OF_HEALTH:
            allowed = set(self.operation.service_model.shape_for("EnvironmentStatus").enum)
        self.expect(not allowed or text in allowed, f"{path} is {text!r}, which {shape.name} lacks")
        longest = shape.metadata.get("max")
        if longest is not None and len(text) > longest:
            self.expect(False, f"{path} is longer than {longest}")

    def expect(self, fits: bool, finding: str) -> None:
        if not fits:
            self.findings.add(finding)


def name(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(SPACE)


def findings_of(call: dict[str, Any], service: ServiceModel) -> set[str]:
    outcome = call["outcome"]
    if "answer" not in call:
        return {"the records hold no answers"}
    if call["operation"] not in service.operation_names or call["answer"] is None:
        return set()
    answer = Answer(service.operation_model(call["operation"]), call["answer"])
    if outcome["result"] == "error":
        answer.error(outcome["code"], outcome["status"])
    elif outcome["result"] == "success":
        answer.success()
    return answer.findings


def read(file: str) -> list[dict[str, Any]]:
    path = Path(file)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines]


def main(arguments: list[str]) -> None:
    service = get_session().get_service_model("elasticbeanstalk")
    findings: dict[Finding, set[str]] = defaultdict(set)
    clients: dict[str, dict[str, set[str]]] = {}
    for argument in arguments:
        client, _, file = argument.partition("=")
        seen = clients.setdefault(client, {"operations": set(), "errors": set()})
        for call in read(file):
            if call["outcome"]["result"] == "success":
                seen["operations"].add(call["operation"])
            if call["outcome"]["result"] == "error":
                seen["errors"].add(call["outcome"]["code"])
            for finding in findings_of(call, service):
                findings[call["operation"], finding].add(client)
    report = {
        "operations": service.operation_names,
        "errors": sorted({shape.error_code for shape in service.error_shapes}),
        "clients": clients,
        "findings": [
            f"{operation}: {finding} ({', '.join(sorted(who))})"
            for (operation, finding), who in sorted(findings.items())
        ],
    }
    json.dump(report, sys.stdout, default=sorted)


if __name__ == "__main__":
    main(sys.argv[1:])
