"""No regular expression of the package can be kept busy by a text that a stranger wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pumps import expressions, ranges, tree

_GUARD = 600  # seconds for what takes 15 on a free machine: a guard against hanging, no limit of speed
_RUNS = ("09", "AZ", "az", "!/", ":@", "[`", "{~")
_ALL_PRINTABLE = {(first, last) for first in "\x00 !" for last in "~\x7f"}


@pytest.mark.acceptance
def test_no_expression_takes_long_for_a_text_made_to_mislead_it() -> None:
    script = Path(__file__).with_name("pumps.py")
    try:
        done = subprocess.run(
            [sys.executable, script], cwd=script.parent, capture_output=True, text=True, timeout=_GUARD, check=False
        )
    except subprocess.TimeoutExpired as hung:
        reported = (hung.stderr or b"").decode().splitlines()
        pytest.fail(f"not done after {_GUARD} s; at {reported[-1] if reported else 'the start'}")
    assert (done.returncode, len(done.stderr.splitlines()) > 1000) == (0, True), done.stderr[-2000:]


@pytest.mark.acceptance
def test_no_character_class_holds_a_range_by_accident() -> None:
    for name, (pattern, _) in expressions().items():
        for first, last in ranges(tree(pattern)):
            assert _is_meant(first, last), f"{name}: {first!a} to {last!a}"


def _is_meant(first: str, last: str) -> bool:
    """Whether a range stays within digits, letters of one case, or whole runs of signs; or holds all of ASCII."""
    if not first.isascii() or (not first.isprintable() and not last.isprintable()):
        return True
    within = any(run[0] <= first <= last <= run[1] and (run[0].isalnum() or run == first + last) for run in _RUNS)
    return within or (first, last) in _ALL_PRINTABLE or (first, last) == ("\x00", " ")
