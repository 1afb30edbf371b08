"""The eb command, as a user has it: a home, a project under git, and no terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import struct
import subprocess
import tempfile
import termios
import unittest
from pathlib import Path

import stage

TIMEOUT_SECONDS = 60
BRANCH = "Python 3.13 running on 64bit Amazon Linux 2023"
SUCCESS = 0
# The exit code of eb if the operation that it waited for failed.
FAILURE = 4
DEPLOYED = "Environment update completed successfully."


class Eb(unittest.TestCase):
    """Every story has a project, and so an application, of its own."""

    def setUp(self) -> None:
        self.application = self._testMethodName.removeprefix("test_").replace("_", "-")[:30]
        self.project = Path(tempfile.mkdtemp(prefix="eb-", dir=os.environ["HOME"]))
        self.addCleanup(shutil.rmtree, self.project)
        self.addCleanup(stage.control, "DELETE", "faults")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("v1")
        self.eb("init", self.application, "--platform", BRANCH, "--region", "us-east-1")

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=eb", "-c", "user.email=eb@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=self.project, check=True)

    def commit(self, text: str, procfile: str = stage.PROCFILE) -> None:
        """Commit a new state of the project; `eb deploy` makes the bundle from the latest commit."""
        (self.project / "index.html").write_text(text)
        (self.project / "Procfile").write_text(procfile)
        self.git("add", "index.html", "Procfile")
        self.git("commit", "--quiet", "--message", text)

    def eb(self, *arguments: str, code: int = SUCCESS, typed: str = "") -> str:
        """Run a command to its end, and return its output."""
        done = subprocess.run(
            ["eb", *arguments],
            cwd=self.project,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        self.assertEqual(done.returncode, code, f"eb {' '.join(arguments)}\n{done.stdout}")
        return done.stdout

    def create(self, name: str, *arguments: str) -> str:
        return self.eb("create", name, "--cname", name, "--single", *arguments)

    def status(self, name: str) -> str:
        return stage.environment_state(name)["status"]

    def version(self, name: str) -> str:
        return stage.environment_state(name)["version"]

    def labels(self) -> set[str]:
        """The versions of the story's application."""
        versions = stage.control("GET", "state")["versions"]
        return {it["label"] for it in versions if it["application"] == self.application}

    def ready(self, name: str) -> None:
        stage.eventually(lambda: self.status(name) == "Ready", f"{name} is Ready")


class Releases(Eb):
    """Releases."""

    def test_release(self) -> None:
        config = (self.project / ".elasticbeanstalk/config.yml").read_text()
        self.assertIn(f"default_platform: {BRANCH}", config)
        created = self.create("release-a")
        self.assertIn("Successfully launched environment: release-a", created)
        self.assertEqual(stage.page("release-a"), "v1")

        self.commit("v2")
        deployed = self.eb("deploy", "release-a", "--label", "second", "--message", "the second")
        self.assertIn(DEPLOYED, deployed)
        self.assertEqual(stage.page("release-a"), "v2")

        first = (self.labels() - {"second"}).pop()
        self.assertIn(DEPLOYED, self.eb("deploy", "release-a", "--version", first))
        self.assertEqual(stage.page("release-a"), "v1")

        status = self.eb("status", "release-a", "--verbose")
        for line in (f"Deployed Version: {first}", "Status: Ready", "Running instances: 1"):
            self.assertIn(line, status)
        self.assertIn("* release-a", self.eb("list"))
        self.assertIn(DEPLOYED, self.eb("events", "release-a"))
        self.assertIn("Overall", self.eb("health", "release-a"))

    def test_failures(self) -> None:
        self.create("failures-a")
        good = self.version("failures-a")
        self.commit("v2")
        stage.set_fault("fail_deploy", environment="failures-a")
        said = self.eb("deploy", "failures-a", code=FAILURE)
        self.assertIn("ERROR: ServiceError - Failed to deploy application.", said)
        self.assertEqual(self.version("failures-a"), good)

        stage.clear_faults("failures-a")
        said = self.eb("deploy", "failures-a", "--version", "nowhere", code=FAILURE)
        self.assertIn("No Application Version named 'nowhere' found.", said)
        said = self.eb("status", "nowhere", code=FAILURE)
        self.assertIn("NotFoundError", said)

    def test_process_that_ends(self) -> None:
        self.create("ends-a")
        good = self.version("ends-a")
        self.commit("v2", procfile="web: echo no database; exit 3\n")
        said = self.eb("deploy", "ends-a", code=FAILURE)
        self.assertIn("Failed to deploy application.", said)
        self.assertEqual(self.version("ends-a"), good)

    def test_abort(self) -> None:
        self.create("abort-a")
        good = self.version("abort-a")
        said = self.eb("abort", "abort-a", code=FAILURE)
        self.assertIn("Must be pending deployment.", said)

        self.commit("v2")
        stage.set_fault("slow", environment="abort-a", factor=1000)
        self.eb("deploy", "abort-a", "--nohang")
        self.assertEqual(self.status("abort-a"), "Updating")
        said = self.eb("deploy", "abort-a", code=FAILURE)
        self.assertIn("is in an invalid state for this operation. Must be Ready.", said)
        stage.clear_faults("abort-a")
        self.assertIn("Aborting update to environment", self.eb("abort", "abort-a"))
        self.ready("abort-a")
        self.assertEqual(self.version("abort-a"), good)

    def test_blue_green(self) -> None:
        self.create("blue", "--sample")
        cloned = self.eb("clone", "blue", "--clone_name", "green", "--cname", "green")
        self.assertIn("Successfully launched environment: green", cloned)
        self.eb("use", "green")
        self.assertIn("* green", self.eb("list"))
        self.eb("deploy")
        swapped = self.eb("swap", "blue", "--destination_name", "green")
        self.assertIn("Completed swapping CNAMEs for environments 'blue' and 'green'.", swapped)
        self.assertTrue(stage.environment_state("green")["cname"].startswith("blue."))

        gone = self.eb("terminate", "blue", "--force")
        self.assertIn("terminateEnvironment completed successfully.", gone)
        self.eb("terminate", "--all", "--force")
        self.assertNotIn(self.application, stage.control("GET", "state")["applications"])


class Settings(Eb):
    """Settings of environments."""

    def test_settings(self) -> None:
        self.eb("create", "settings-a", "--cname", "settings-a", "--elb-type", "application")
        said = self.eb("setenv", "COLOUR=blue", "SIZE=2", "--environment", "settings-a")
        self.assertIn("Successfully deployed new configuration to environment.", said)
        self.assertIn("COLOUR = blue", self.eb("printenv", "settings-a"))
        self.eb("scale", "3", "settings-a")
        stage.eventually(
            lambda: len(stage.environment_state("settings-a")["instances"]) == 3, "3 instances"
        )
        self.assertIn("MinSize: '3'", self.eb("config", "settings-a", "--display"))

        stage.set_fault("fail_configuration", environment="settings-a")
        self.eb("setenv", "COLOUR=red", "--environment", "settings-a", code=FAILURE)
        self.assertIn("COLOUR = blue", self.eb("printenv", "settings-a"))

    def test_saved_configurations(self) -> None:
        self.create("saved-a", "--envvars", "COLOUR=blue")
        self.assertIn(
            "Configuration saved at", self.eb("config", "save", "saved-a", "--cfg", "one")
        )
        saved = self.project / ".elasticbeanstalk/saved_configs/one.cfg.yml"
        self.assertIn("COLOUR: blue", saved.read_text())
        self.assertIn("one", self.eb("config", "list"))

        saved.write_text(saved.read_text().replace("COLOUR: blue", "COLOUR: green"))
        self.eb("config", "put", "one")
        saved.unlink()
        self.eb("config", "get", "one")
        self.assertIn("COLOUR: green", saved.read_text())

        self.eb("config", "saved-a", "--cfg", "one")
        self.assertIn("COLOUR = green", self.eb("printenv", "saved-a"))
        self.eb("config", "delete", "one")
        self.assertNotIn("one", self.eb("config", "list"))

    def test_tags(self) -> None:
        self.create("tags-a", "--tags", "team=shop")
        self.eb("tags", "tags-a", "--add", "stage=test", "--update", "team=cart")
        listed = self.eb("tags", "tags-a", "--list")
        for word in ("stage", "test", "team", "cart"):
            self.assertIn(word, listed)
        self.eb("tags", "tags-a", "--delete", "stage")
        self.assertNotIn("stage", self.eb("tags", "tags-a", "--list"))

    def test_platforms(self) -> None:
        self.assertIn("python-3.13", self.eb("platform", "list"))
        self.create("platforms-a")
        said = self.eb("upgrade", "platforms-a", "--force")
        self.assertIn("already on most recent platform version", said)


class Versions(Eb):
    """Application versions and logs."""

    def test_versions(self) -> None:
        self.create("versions-a", "--sample")
        self.eb("appversion", "--create", "--label", "one", "--message", "the first")
        self.assertIn("one", self.full_screen("appversion"))
        self.eb("deploy", "versions-a", "--version", "one")
        said = self.eb("appversion", "--delete", "one", code=FAILURE)
        self.assertIn("as it is deployed to Environments: versions-a", said)
        self.eb("appversion", "--create", "--label", "two")
        self.eb("appversion", "--delete", "two", typed="y\n")
        self.assertIn("one", self.labels())
        self.assertNotIn("two", self.labels())
        lifecycle = self.eb("appversion", "lifecycle", "--print")
        self.assertIn("MaxCountRule", lifecycle)

    def test_logs(self) -> None:
        self.create("logs-a")
        self.assertIn("eb-engine.log", self.eb("logs", "logs-a"))
        self.eb("logs", "logs-a", "--all")
        kept = list((self.project / ".elasticbeanstalk/logs").rglob("*"))
        self.assertTrue(kept, "no logs were saved")

    def full_screen(self, *arguments: str) -> str:
        """The output of a full-screen command until it quits."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        shown = ""
        with subprocess.Popen(
            ["eb", *arguments],
            cwd=self.project,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
        ) as running:
            os.close(theirs)
            while "Commands:" not in shown:
                shown += os.read(ours, 4096).decode(errors="replace")
            os.write(ours, b"q")
            running.wait(timeout=TIMEOUT_SECONDS)
        return shown


if __name__ == "__main__":
    unittest.main()
