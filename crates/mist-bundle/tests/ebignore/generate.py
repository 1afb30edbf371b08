"""Makes cases.json: which files of a project `eb` leaves out of a bundle, and which git ignores, by the rules of
`.ebignore`. The rules are written ones and random ones; the same script makes the same file.

    python3 -m venv /tmp/eb && /tmp/eb/bin/pip install -r tests/conformance/requirements.txt
    /tmp/eb/bin/python crates/mist-bundle/tests/ebignore/generate.py

Each case is a line: the rules, and for each path `1` if `eb` leaves the file out; "invalid" if `eb` refuses the rules.
`git` is there where git differs. What `eb` never packs, whatever the rules say, does not count as a difference.
"""

import json
import os
import random
import subprocess
import tempfile
import zipfile
from pathlib import Path

from ebcli.core import fileoperations, io

PATHS = """
#hash.txt
!bang.txt
.ebextensions/01-app.config
.ebextensions/nginx/site.config
.elasticbeanstalk/config.yml
.gitignore
.platform/hooks/predeploy/01-build.sh
.platform/nginx/conf.d/proxy.conf
Procfile
README.md
[ab].txt
a b.txt
a.txt
b.txt
backup.txt~
build/app.jar
build/classes/App.class
docs/README.md
docs/img/logo.png
foo/bar/baz.txt
foo/bar/build/x.log
foo/baz.txt
node_modules/left-pad/.bin/run
node_modules/left-pad/index.js
package.json
src/app/main.js
src/app/main.test.js
src/build/step.js
src/docs/guide.md
src/foo/bar/baz.txt
src/index.js
sub/.elasticbeanstalk/saved.yml
sub/.gitignore
target/app.war
target/app/WEB-INF/web.xml
x/a/y/b.txt
x/y/b.txt
x/y/z/a.txt
ünï/cödé.txt
""".split("\n")[1:-1]

WRITTEN = [
    # Allow lists: a folder that is included again brings its files.
    "*\n!.platform/\n!Procfile\n!build/\n",
    "*\n!.ebextensions\n!target/*.war\n",
    "*\n!*/\n!*.js\n",
    "*\n!/src/\n!/package.json\n",
    "/*\n!/src\n!/Procfile\n",
    "**\n!src/**\n",
    "*\n!src/app/\nmain.test.js\n",
    "*\n!src/**/*.js\n",
    "*.*\n!*.js\n",
    "node_modules/\n!node_modules/left-pad/\n",
    "node_modules\n!node_modules/left-pad/index.js\n",
    "docs/\n!docs/img/\n*.png\n",
    # Comments, spaces, escapes.
    "# Not for users.\n\n*.md\n!docs/README.md\n",
    "\\#hash.txt\n\\!bang.txt\n",
    "a b.txt\n",
    "a\\ b.txt\n",
    "a.txt   \n",
    "  a.txt\n",
    "\ta.txt\n",
    "a.txt\\ \n",
    "\\[ab].txt\n",
    "[ab].txt\n",
    "[!ab].txt\n",
    "[^ab].txt\n",
    "[a-b].txt\n",
    "[ab.txt\n",
    "[]ab].txt\n",
    "[[:alpha:]].txt\n",
    "[\\]a].txt\n",
    "?.txt\n",
    "a?b.txt\n",
    "*.tx?\n",
    "foo*baz.txt\n",
    "foo?bar\n",
    "x[/]y\n",
    "*\\\n",
    "[z-a]\n",
    # Slashes and double asterisks.
    "/\n",
    "//\n",
    "!\n",
    "!/\n",
    "./a.txt\n",
    "/a.txt\n",
    "/foo/bar\n",
    "foo/bar/\n",
    "foo/bar\n",
    "bar/baz.txt\n",
    "**/foo/bar\n",
    "**/bar/\n",
    "foo/**\n",
    "foo/**/\n",
    "foo/**/baz.txt\n",
    "x/**/b.txt\n",
    "x/**/**/b.txt\n",
    "**/b.txt\n",
    "**\n",
    "**/\n",
    "/**\n",
    "***\n",
    "a**.txt\n",
    "src/**.js\n",
    "src/*\n",
    "src/*/\n",
    "*/build\n",
    "*/*/build/\n",
    "build\n!src/build\n",
    "build/\n!build/\n",
    "foo//bar\n",
    "foo/bar//\n",
    "a.txt/\n",
    "!a.txt\na.txt\n",
    "a.txt\n!a.txt\n",
    "A.TXT\n",
    "ünï\n",
    "c?dé.txt\n",
    "*.gitignore\n!/.gitignore\n",
    "!.ebignore\n",
    "!backup.txt~\n!.elasticbeanstalk/\n",
    "Procfile\r\n*.md\r\n",
    "",
]


def names():
    """The names of the project and of its folders."""
    parts = {part for path in PATHS for part in path.split("/")}
    return sorted(part for part in parts if part[0] not in "#![")


def rule(rng, parts):
    """A random rule, made from the names of the project."""

    def segment():
        name = rng.choice(parts)
        kind = rng.randrange(10)
        if kind < 5:
            return name
        if kind == 5:
            return "*"
        if kind == 6:
            return "**"
        if kind == 7:
            cut = rng.randrange(len(name) + 1)
            return name[:cut] + "*"
        if kind == 8:
            cut = rng.randrange(len(name) + 1)
            return "*" + name[cut:]
        cut = rng.randrange(len(name))
        one = rng.choice(["?", "[a-m]", "[!a-m]", f"[{name[cut]}]" if name[cut] not in "[]^!\\" else "?"])
        return name[:cut] + one + name[cut + 1 :]

    text = "/".join(segment() for _ in range(rng.choice([1, 1, 1, 2, 2, 3])))
    if rng.random() < 0.25:
        text = "/" + text
    if rng.random() < 0.3:
        text += "/"
    return text


def random_rules(seed):
    rng = random.Random(seed)
    parts = names()
    rules = []
    for _ in range(rng.randrange(1, 6)):
        negated = bool(rules) and rng.random() < 0.4
        rules.append(("!" if negated else "") + rule(rng, parts))
    if rng.random() < 0.3:
        rules.insert(0, rng.choice(["*", "/*", "**"]))
        rules.append("!" + rule(rng, parts))
    return "\n".join(rules) + "\n"


def by_eb(rules, bundle):
    """The paths that `eb` leaves out."""
    Path(".ebignore").write_bytes(rules.encode())
    try:
        ignored = fileoperations.get_ebignore_list()
    except Exception:
        return None
    fileoperations.zip_up_project(bundle, ignore_list=ignored)
    with zipfile.ZipFile(bundle) as zipped:
        kept = {name.removeprefix("./") for name in zipped.namelist()}
    assert ".ebignore" not in kept
    return "".join("0" if path in kept else "1" for path in PATHS)


def by_git(rules, root):
    """The paths that git ignores."""
    Path(root, "rules").write_bytes(rules.encode())
    command = ["git", "-c", "core.quotePath=false", "ls-files", "-z", "--others", "--exclude-from", f"{root}/rules"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    kept = set(listed.split("\0"))
    return "".join("0" if path in kept and not never_packed(path) else "1" for path in PATHS)


def never_packed(path):
    """Whether `eb` leaves the file out whatever the rules say."""
    return path.endswith("~") or ".elasticbeanstalk" in path.rpartition("/")[0]


def main():
    here = Path(__file__).resolve().parent
    io.log_info = lambda message: None
    cases = []
    with tempfile.TemporaryDirectory() as root:
        project = Path(root, "project")
        for path in PATHS:
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_text("")
        os.chdir(project)
        subprocess.run(["git", "init", "-q"], check=True)
        # The folder of git itself is in no bundle of the other side.
        os.rename(".git", Path(root, "git"))
        os.environ.update(GIT_DIR=str(Path(root, "git")), GIT_WORK_TREE=str(project))
        for rules in WRITTEN + [random_rules(seed) for seed in range(400)]:
            eb, git = by_eb(rules, str(Path(root, "bundle.zip"))), by_git(rules, root)
            case = {"rules": rules, "eb": "invalid" if eb is None else eb}
            if eb != git:
                case["git"] = git
            cases.append(case)
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    paths = ",\n".join(json.dumps(path, ensure_ascii=False) for path in PATHS)
    text = f'{{"paths": [\n{paths}\n],\n"cases": [\n{lines}\n]}}\n'
    (here / "cases.json").write_text(text)
    print(len(cases), "cases,", sum("git" in case for case in cases), "in which git differs")


main()
