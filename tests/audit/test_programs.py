from __future__ import annotations

import sys

import pytest

from evidence.audit.signatures import run
from evidence.model.errors import SigningError


def test_a_program_that_is_not_installed_is_one_clear_line() -> None:
    with pytest.raises(SigningError, match="evidence-no-such-program is not installed"):
        run(["evidence-no-such-program"], b"", 1)


def test_a_program_that_does_not_end_is_given_up() -> None:
    with pytest.raises(SigningError, match="did not finish within 0 seconds"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], b"", 0.2)


def test_nothing_is_read_by_a_shell() -> None:
    ended = run([sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; `id`"], b"", 20)
    assert ended.out.splitlines() == ["$HOME; `id`"]


def test_its_complaint_is_one_harmless_line() -> None:
    ended = run([sys.executable, "-c", "import sys; sys.exit('first\\n\\x1b[31mlast')"], b"", 20)
    assert ended.complaint.endswith("last")
    assert "\x1b" not in ended.complaint
