"""At a terminal: tables as wide as it is, the time that remains, what the Tab key proposes; and network trouble."""

import contextlib
import io
import os
import subprocess
import sys
from unittest import mock

import pytest
from click.shell_completion import BashComplete

from evidence.cli.main import cli
from evidence.cli.output import ProgressBar, remaining
from evidence.reports.layout import columns, table
from processes import PROJECT, at_terminal

ENTRIES = """\
references:
- {id: younger-2013, PMID: "23359310"}
- {id: smith-2007, PMID: "17222320"}
"""


# Tables


@pytest.mark.parametrize("command", [("runs",), ("log",), ("rule",), ("doctor",), ("show", "younger-2013"), ("due",)])
@pytest.mark.parametrize("width", [60, 100])
def test_what_is_printed_fits_the_terminal(evidence, command, width):
    evidence.write(ENTRIES)
    evidence.check()
    lines = at_terminal(evidence, *command, width=width)
    assert lines
    assert [line for line in lines if len(line) > width and " " in line.strip()] == []


def test_in_a_pipe_every_run_is_one_line(evidence):
    evidence.write(ENTRIES)
    evidence.check()
    evidence.check()
    assert len(evidence("runs", COLUMNS="60").stdout.splitlines()) == 3


ROWS = [
    ("event", "by", "why"),
    ("1", "regulatory", "the label was read again by the responsible editor"),
    ("22", "", ""),
]


def test_a_table_that_fits_is_a_line_for_each_row():
    assert table(ROWS, width=120) == [[line] for line in columns(ROWS)]


def test_the_last_column_of_a_wide_table_is_wrapped():
    assert table(ROWS, width=45) == [
        ["event  by          why"],
        ["1      regulatory  the label was read again", "                   by the responsible editor"],
        ["22"],
    ]


def test_a_very_wide_table_is_a_few_lines_for_each_row():
    assert table(ROWS, width=40) == [
        [],
        ["1", "    by regulatory; why the label was", "    read again by the responsible editor"],
        ["22"],
    ]


# Progress


class _Terminal(io.TextIOWrapper):
    def isatty(self):
        return True


def drawn(*moments, columns=80):
    """What the bar has drawn when the look-ups came at these seconds: (seconds, answered, total)."""
    times = iter([0.0, *(second for second, _, _ in moments)])
    stream = _Terminal(io.BytesIO(), encoding="utf-8", write_through=True)
    with (
        mock.patch.object(sys, "stderr", stream),
        mock.patch.dict(os.environ, {"COLUMNS": str(columns)}),
    ):
        bar = ProgressBar(lambda: next(times), visible=True)
        for _, answered, total in moments:
            bar(answered, total)
    return stream.buffer.getvalue().decode().split("\r")[1:]


def test_the_bar_has_the_time_that_remains():
    first, soon, later = drawn((1.5, 10, 100), (2.5, 11, 100), (11.5, 20, 100))
    assert "10/100 " in first
    assert "left" not in first + soon  # too early to say
    assert "20/100, about 1 min left " in later  # 80 look-ups at one a second


def test_the_bar_fits_a_narrow_terminal():
    lines = drawn((1.5, 10, 100), (11.5, 20, 100), columns=44)
    assert max(len(line.removesuffix("\x1b[K")) for line in lines) <= 44


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "about 5 s left"), (33, "about 35 s left"), (90, "about 2 min left"), (5400, "about 1.5 h left")],
)
def test_the_time_that_remains_is_rounded(seconds, words):
    assert remaining(seconds) == words


# The demo, and a network that does not work


def test_the_demo_says_that_it_knows_its_own_references_only(evidence):
    evidence.write('references:\n- {id: ours, PMID: "31452104"}\n- {id: theirs, PMID: "23359310"}\n', "own.yaml")
    done = evidence("demo", "own.yaml")
    note = "evidence: the demo knows only its own references, not ours; check yours with `evidence check`\n"
    assert done.stderr == note
    assert evidence("demo", PROJECT / "references.yaml").stderr == ""


def test_an_address_that_cannot_be_reached_is_named_with_the_way_to_examine_it(evidence):
    evidence.write('references:\n- {id: younger-2013, PMID: "23359310"}\n')
    done = evidence.check(EVIDENCE_EUTILS_URL="http://127.0.0.1:9")
    assert done.returncode == 3
    assert "(127.0.0.1:9)" in done.stdout
    assert "`evidence doctor` tests the network" in done.stdout


@pytest.mark.parametrize(
    "command", [("add", "pmid:17222320"), ("import", "monograph.md"), ("fix", "--match")], ids=lambda words: words[0]
)
def test_editing_commands_name_the_address_too(evidence, command):
    printed = "Smith JP, Stock H. Low-dose naltrexone. Am J Gastroenterol. 2007."
    evidence.write(f"references:\n- id: ours\n  cited-as: {printed}\n")
    evidence.write(f"## References\n\n1. {printed}\n", "monograph.md")
    done = evidence(*command, EVIDENCE_EUTILS_URL="http://127.0.0.1:9")
    assert "(127.0.0.1:9)" in done.stdout + done.stderr
    assert "evidence: some look-ups failed (`evidence doctor` tests the network)" in done.stderr


# What the Tab key proposes


def proposed(evidence, *words, **env):
    """The completions of the last word."""
    complete = BashComplete(cli, {}, "evidence", "_EVIDENCE_COMPLETE")
    with mock.patch.dict(os.environ, {**evidence.env, **env}, clear=True), contextlib.chdir(evidence.folder):
        return [item.value for item in complete.get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize(
    "words", [("show",), ("confirm",), ("history",), ("waive", "SPL002"), ("export", "--only")], ids=" ".join
)
def test_ids_of_references_are_completed(evidence, words):
    evidence.write(ENTRIES)
    assert proposed(evidence, *words, "") == ["younger-2013", "smith-2007"]
    assert proposed(evidence, *words, "you") == ["younger-2013"]


def test_an_id_of_several_files_is_completed_with_its_file_too(evidence):
    for name in ("a.references.yaml", "b.references.yaml"):
        evidence.write(ENTRIES, name)
    assert proposed(evidence, "show", "you") == ["younger-2013"]
    assert proposed(evidence, "show", "b.ref") == [
        "b.references.yaml::younger-2013",
        "b.references.yaml::smith-2007",
    ]


def test_a_broken_file_completes_nothing_and_hides_no_other(evidence):
    evidence.write("references: [")
    assert proposed(evidence, "show", "") == []
    for folder in ("first", "second"):
        (evidence.folder / folder).mkdir()
    evidence.write("references: [", "first/references.yaml")
    evidence.write(ENTRIES, "second/references.yaml")
    evidence.write('files = ["*/references.yaml"]\n', "evidence.toml")
    assert proposed(evidence, "show", "sm") == ["smith-2007"]
    evidence.write("files = 3\n", "evidence.toml")
    assert proposed(evidence, "show", "") == []


@pytest.mark.parametrize("words", [("report",), ("bundle",), ("diff",), ("diff", "last-1")], ids=" ".join)
def test_runs_are_completed(evidence, words):
    evidence.write(ENTRIES)
    assert proposed(evidence, *words, "") == []  # no store, and none is made
    assert not (evidence.folder / "evidence.db").exists()
    evidence.check()
    evidence.check()
    newest, oldest = (line.split()[0] for line in evidence("runs").stdout.splitlines()[1:])
    assert proposed(evidence, *words, "") == ["last", "last-1", newest, oldest]
    assert proposed(evidence, *words, "la") == ["last", "last-1"]


def test_a_broken_store_completes_nothing(evidence):
    evidence.write("no database, and long enough to be looked at" * 99, "evidence.db")
    assert proposed(evidence, "report", "") == []


def test_styles_are_completed(evidence):
    assert proposed(evidence, "export", "--style", "")[:5] == ["ama", "nlm", "vancouver", "apa", "chicago"]
    assert "bmj" in proposed(evidence, "export", "--style", "bm")


def test_commands_do_not_load_what_completion_needs():
    code = "import sys, evidence.cli.completion; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlite3", "evidence.library.reader", "evidence.storage.store", "evidence.bibliography.styles"} & set(
        loaded
    )
