"""The check of answers finds those that do not fit the service model."""

from __future__ import annotations

import unittest

from botocore.session import get_session

import answers

REQUEST_ID = "12345678-1234-1234-1234-123456789012"
METADATA = f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
XMLNS = 'xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"'


class Check(unittest.TestCase):
    def findings(self, body: str) -> list[str]:
        """The findings in the body of a successful DescribeEnvironments."""
        return self.check("success", body)

    def check(self, result: str, body: str, **outcome: object) -> list[str]:
        call = {
            "operation": "DescribeEnvironments",
            "answer": body,
            "outcome": {"result": result, **outcome},
        }
        service = get_session().get_service_model("elasticbeanstalk")
        return sorted(answers.findings_of(call, service))

    def environment(self, members: str) -> str:
        listed = f"<Environments><member>{members}</member></Environments>"
        result = f"<DescribeEnvironmentsResult>{listed}</DescribeEnvironmentsResult>"
        root = "DescribeEnvironmentsResponse"
        return f"<{root} {XMLNS}>{result}{METADATA}</{root}>"

    def error(self, code: str) -> str:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>No.</Message></Error>"
        request = f"<RequestId>{REQUEST_ID}</RequestId>"
        return f"<ErrorResponse {XMLNS}>{error}{request}</ErrorResponse>"

    def test_a_fitting_answer_has_no_findings(self) -> None:
        good = self.environment(
            "<Status>Ready</Status><DateCreated>2026-11-24T10:00:00.000Z</DateCreated>"
            "<AbortableOperationInProgress>true</AbortableOperationInProgress>"
        )
        self.assertEqual(self.findings(good), [])
        refusal = self.error("InvalidParameterValue")
        self.assertEqual(self.check("error", refusal, code="InvalidParameterValue", status=400), [])

    def test_every_kind_of_misfit_is_found(self) -> None:
        for members, part in (
            ("<Statuz>Ready</Statuz>", "unknown to the model"),
            ("<Status>READY</Status>", "which EnvironmentStatus lacks"),
            ("<DateCreated>yesterday</DateCreated>", "no timestamp"),
            ("<AbortableOperationInProgress>yes</AbortableOperationInProgress>", "no boolean"),
            ("<Status>Ready</Status><Status>Ready</Status>", "a member twice"),
            ("<Status><A/></Status>", "has elements"),
            ("<EnvironmentName>abc</EnvironmentName>text<Resources>x</Resources>", "has text"),
        ):
            found = self.findings(self.environment(members))
            self.assertTrue([it for it in found if part in it], f"{members}: {found}")
        self.assertIn("begins with", self.findings(f"<Other {XMLNS}/>")[0])
        self.assertIn("is no XML", self.findings("{}")[0])

    def test_errors_must_be_known_to_the_operation(self) -> None:
        found = self.check("error", self.error("Strange"), code="Strange", status=400)
        self.assertEqual(found, ["the operation does not know Strange"])


if __name__ == "__main__":
    unittest.main()
