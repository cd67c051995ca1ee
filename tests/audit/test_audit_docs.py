"""What the documentation says about verifying by hand is true of a log as it is written."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from audit.damage import store_with_everything
from evidence.audit.events import parse_event

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


@pytest.fixture
def snippet():
    return re.search(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[1]


def run(snippet, folder):
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        exec(compile(snippet, "docs/audit.md", "exec"), {})  # noqa: S102 - our own documentation
    return out.getvalue().strip()


def test_the_lines_of_python_verify_a_log_and_print_its_head(tmp_path, snippet):
    log = store_with_everything(tmp_path).with_suffix(".log.jsonl")
    assert run(snippet, tmp_path) == parse_event(log.read_text().splitlines()[-1]).hash


def test_the_lines_of_python_find_a_changed_event(tmp_path, snippet):
    log = store_with_everything(tmp_path).with_suffix(".log.jsonl")
    log.write_text(log.read_text().replace('"actor":"owner"', '"actor":"other"'))
    with pytest.raises(AssertionError):
        run(snippet, tmp_path)
