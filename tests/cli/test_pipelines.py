"""What people paste into their pipelines, as far as it runs without the command itself."""

import configparser
import json
import os
import plistlib
import re
import shutil
import socketserver
import subprocess
import sys
import threading

import pytest
import yaml

from evidence.cli.formats import FORMS
from evidence.library.config import read_configuration
from processes import PROJECT, doc_snippets

ACTION = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
CHECK = next(step for step in ACTION["runs"]["steps"] if step.get("id") == "check")


class Runner:
    """Runs the action's own shell lines as a runner does; the command is a stub that notes how it was called."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "evidence" / "bin").mkdir(parents=True)
        (folder / "evidence" / "bin" / "python").symlink_to(sys.executable)
        self._stub = folder / "evidence" / "bin" / "evidence"

    def __call__(self, status=0, summary=None, more=None, **inputs):
        document = json.dumps({"summary": summary, **(more or {})})
        report = f"cat > {self.folder}/evidence.json <<'END'\n{document}\nEND" if summary else ""
        self._stub.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {self.folder}/called\n{report}\nexit {status}\n')
        self._stub.chmod(0o755)
        (self.folder / "output").write_text("")
        given = {name: ACTION["inputs"][_input_of(value)]["default"] for name, value in CHECK["env"].items()}
        env = {
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / "output"),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", CHECK["run"]],
            env={**env, **given, **inputs},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        called = (self.folder / "called").read_text().splitlines()
        said = dict(line.split("=", 1) for line in (self.folder / "output").read_text().splitlines())
        return done, called, said


def _input_of(expression):
    return re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", expression)[1]


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


def test_the_action_warns_of_outages_and_asks_for_text_and_json(runner):
    done, called, said = runner(summary={"references": 1, "unchecked": 0})
    assert (done.returncode, done.stderr) == (0, "")
    report = f"{runner.folder}/evidence.json"
    assert called == ["check", "--on-incomplete", "warn", "--format", "text", "--format", f"json={report}", "--"]
    assert said == {"exit-code": "0", "complete": "true", "report": report}


def test_the_action_passes_its_inputs_word_by_word_and_none_of_them_is_run(runner):
    hostile = "$(touch owned) `touch owned`; touch owned"
    done, called, _ = runner(
        FILES=f"a b.yaml\n\n{hostile}\n--help\n",
        FORMATS="sarif=x y.sarif\n",
        ARGUMENTS="--select\nACC\n",
        FAIL_ON="warning",
        ON_INCOMPLETE="fail",
    )
    assert done.returncode == 0
    assert called[1:3] == ["--on-incomplete", "fail"]
    assert called[7:] == [
        *("--fail-on", "warning", "--format", "sarif=x y.sarif", "--select", "ACC"),
        *("--", "a b.yaml", hostile, "--help"),
    ]
    assert not (runner.folder / "owned").exists()


@pytest.mark.parametrize(
    ("status", "summary", "complete"),
    [
        (1, {"references": 5, "unchecked": 0}, "true"),
        (0, {"references": 5, "unchecked": 2}, "false"),
        (3, {"references": 0, "unchecked": 0}, "false"),
        (2, None, "false"),
    ],
)
def test_the_action_leaves_with_the_exit_status_and_says_whether_all_was_checked(runner, status, summary, complete):
    done, _, said = runner(status, summary)
    assert (done.returncode, said["exit-code"], said["complete"]) == (status, str(status), complete)


def test_the_action_names_the_files_that_were_checked_and_what_is_weaker_than_the_default(runner):
    inputs = [
        {"path": "a/references.yaml"},
        {"path": "a/waivers.yaml", "of": "a/references.yaml"},
        {"path": "a.md", "role": "monograph"},
        {"path": "100%\n::error::b.yaml"},
    ]
    weaker = ["evidence.toml:1: on-incomplete is warn (default: fail)"]
    more = {"run": {"inputs": inputs}, "policy_weaker": weaker}
    done, _, said = runner(summary={"references": 1, "unchecked": 0}, more=more)
    assert said["complete"] == "true"
    assert done.stdout == (
        "::notice title=evidence::checked: a/references.yaml, 100%25%0A::error::b.yaml"
        "%0Aweaker than the default: evidence.toml:1: on-incomplete is warn (default: fail)\n"
    )


def test_no_input_of_the_action_is_pasted_into_a_shell_line():
    assert ACTION["runs"]["using"] == "composite"
    assert not any("${{" in step["run"] for step in ACTION["runs"]["steps"])
    asked = {_input_of(value) for step in ACTION["runs"]["steps"] for value in step["env"].values()}
    assert asked | {"working-directory"} == set(ACTION["inputs"])


def test_the_action_takes_no_module_from_the_checkout(runner):
    (runner.folder / "json.py").write_text("open('owned', 'w')\n")
    _, _, said = runner(summary={"references": 1, "unchecked": 0})
    assert said["complete"] == "true"
    assert not (runner.folder / "owned").exists()
    interpreters = re.findall(r'(?:"\$PYTHON"|/python") +(\S+)', "".join(s["run"] for s in ACTION["runs"]["steps"]))
    assert interpreters == ["-I"] * 3


def test_hooks_take_the_files_that_the_command_would_find():
    for hook in HOOKS:
        wanted = re.compile(hook["files"])
        assert all(map(wanted.search, ["references.yaml", "a/references.yml", "a/b.references.yaml", "waivers.yaml"]))
        assert not any(map(wanted.search, ["myreferences.yaml", "references.yaml.bak", "a/references.json"]))


def test_hooks_show_what_was_not_checked_although_they_pass():
    assert [hook["verbose"] for hook in HOOKS] == [True] * 3


def test_the_yaml_snippets_use_what_there_is():
    (workflow,) = map(yaml.safe_load, doc_snippets("yaml", "GitHub Actions"))
    steps = workflow["jobs"]["references"]["steps"]
    (used,) = (step for step in steps if step.get("id") == "evidence")
    assert set(used["with"]) <= set(ACTION["inputs"])
    assert set(re.findall(r"outputs\.([\w-]+)", str(steps))) <= set(ACTION["outputs"])
    (commit,) = map(yaml.safe_load, doc_snippets("yaml", "pre-commit"))
    assert {hook["id"] for hook in commit["repos"][0]["hooks"]} <= {hook["id"] for hook in HOOKS}
    (gitlab,) = map(yaml.safe_load, doc_snippets("yaml", "GitLab"))
    reports = gitlab["references"]["artifacts"]["reports"]
    assert f"gitlab={reports['codequality']} --format junit={reports['junit']}" in gitlab["references"]["script"][-1]


def test_the_toml_snippet_is_a_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (snippet,) = doc_snippets("toml", "Many monographs")
    (tmp_path / "evidence.toml").write_text(snippet)
    found = read_configuration(tmp_path / "evidence.toml", tmp_path)
    assert (found.files, found.on_incomplete) == (("monographs/*/references.yaml",), "warn")


def test_every_format_is_described():
    listed = re.findall(r"^\| `(\w+)` \|", (PROJECT / "docs" / "pipelines.md").read_text(), re.MULTILINE)
    assert sorted(FORMS) == sorted(listed)


def test_the_units_are_well_formed():
    service, timer = doc_snippets("ini", "A periodic job")
    for unit, section in ((service, "Service"), (timer, "Timer")):
        parser = configparser.ConfigParser(interpolation=None)
        parser.optionxform = str
        parser.read_string(unit)
        assert section in parser


def test_the_crontab_has_five_times_a_user_and_the_script():
    (crontab,) = doc_snippets("crontab", "A periodic job")
    *times, user, script, _folder, address = crontab.splitlines()[1].split()
    assert (len(times), user, script) == (5, "evidence", "/usr/local/bin/evidence-periodic")
    assert "@" in address


def test_launchd_starts_the_same_script_on_working_days():
    (text,) = doc_snippets("xml", "A periodic job")
    job = plistlib.loads(text.encode())
    assert job["ProgramArguments"][0] == "/usr/local/bin/evidence-periodic"
    assert [day["Weekday"] for day in job["StartCalendarInterval"]] == [1, 2, 3, 4, 5]
    assert {(day["Hour"], day["Minute"]) for day in job["StartCalendarInterval"]} == {(6, 15)}


def test_the_task_of_windows_mails_on_the_same_outcomes_as_the_shell_script():
    (script,), (job, task) = doc_snippets("sh", "A periodic job"), doc_snippets("powershell", "A periodic job")
    silent = re.search(r'^ +((?:"\d \w+" ?\|? ?)+)\) exit 0', script, re.MULTILINE)[1]
    assert re.findall(r'"(\d \w+)"', silent) == re.findall(r'"(\d \w+)"', re.search(r"-in (.*)\)", job)[1])
    assert all(job.count(opening) == job.count(closing) for opening, closing in ("{}", "()", "[]"))
    assert set(re.findall(r" -(Folder|Address) ", task)) <= set(re.findall(r"\[string\] \$(\w+)", job))


class OneMail(socketserver.StreamRequestHandler):
    """A mail server that takes one message."""

    def handle(self):
        self.wfile.write(b"220 x\r\n")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.message = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_hands_the_mail_to_a_server(tmp_path):
    (lines,) = doc_snippets("shell", "A periodic job")
    (tmp_path / "text").write_text("Prüfung\n", encoding="utf-8")
    with socketserver.TCPServer(("127.0.0.1", 0), OneMail) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        done = subprocess.run(
            ["sh", "-c", f"kept={tmp_path} status=1 news=2\n{lines}", "periodic", str(tmp_path), "me@example.org"],
            env={"PATH": os.environ["PATH"], "SMTP_SERVER": f"127.0.0.1:{server.server_address[1]}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        thread.join()
    assert (done.returncode, done.stderr) == (0, "")
    head, _, body = server.message.replace("\r\n", "\n").partition("\n\n")
    assert "Subject: Evidence: exit 1, news: 2" in head.splitlines()
    assert "To: me@example.org" in head.splitlines()
    assert body.strip() == "Prüfung"


@pytest.mark.parametrize(
    ("status", "changes", "mailed"),
    [
        (0, None, None),
        (0, {"news": []}, None),
        (1, {"news": []}, None),
        (1, None, "Evidence: exit 1, news: unknown"),
        (1, {"news": [{}, {}]}, "Evidence: exit 1, news: 2"),
        (0, {"news": [{}]}, "Evidence: exit 0, news: 1"),
        (3, {"news": []}, "Evidence: exit 3, news: 0"),
        (2, "no report", "Evidence: exit 2, news: unknown"),
    ],
)
def test_the_periodic_job_mails_on_news_and_when_it_could_not_check(tmp_path, status, changes, mailed):
    (script,) = doc_snippets("sh", "A periodic job")
    written = "" if changes == "no report" else f"echo '{json.dumps({'changes': changes})}' > \"${{5#json=}}\""
    stubs = {
        "evidence": f'echo told >&2\necho report > "${{3#text=}}"\n{written}\nexit {status}\n',
        "mail": 'printf "%s\\n" "$@" > mailed\ncat > body\n',
        "periodic": script.partition("\n")[2],
    }
    (tmp_path / "json.py").write_text("open('owned', 'w')\n")
    for name, body in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}")
        (tmp_path / name).chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [tmp_path / "periodic", tmp_path, "me@x"], env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    sent = (tmp_path / "mailed").read_text().splitlines() if (tmp_path / "mailed").exists() else None
    assert sent == (["-s", mailed, "me@x"] if mailed else None)
    assert not mailed or (tmp_path / "body").read_text() == "told\nreport\n"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == []
    assert not (tmp_path / "owned").exists()
