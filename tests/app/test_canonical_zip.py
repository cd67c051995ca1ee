from __future__ import annotations

import io
import random
import zipfile

import pytest

from evidence.app.bundle import BundleProblem, unzipped, zipped

MEMBERS = {"b/verify.py": b"print()\n" * 20, "about.json": b"{}", "empty": b"", "a": bytes(range(256))}


def test_the_same_members_give_the_same_bytes_in_any_order() -> None:
    turned = dict(reversed(MEMBERS.items()))
    assert zipped(turned) == zipped(MEMBERS)


def test_it_is_an_ordinary_zip_file_sorted_and_undated() -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(MEMBERS))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(MEMBERS)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {(info.extra, info.comment, info.compress_type) for info in archive.infolist()} == {(b"", b"", 0)}


def test_its_members_come_back() -> None:
    assert unzipped(zipped(MEMBERS)) == MEMBERS


def test_every_changed_byte_of_a_small_one_is_found() -> None:
    data = zipped(MEMBERS)
    chance = random.Random(12)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << chance.randrange(8)
        problem = unzipped(bytes(changed))
        assert isinstance(problem, BundleProblem), at
        assert (problem.offset <= at, bool(problem.what)) == (True, True), at


@pytest.mark.parametrize(
    "spoilt", [b"", b"no zip", zipped(MEMBERS) + b"x", zipped(MEMBERS)[:-1], b"x" + zipped(MEMBERS)]
)
def test_what_is_none_or_has_more_or_less_is_reported(spoilt: bytes) -> None:
    assert isinstance(unzipped(spoilt), BundleProblem)


def test_a_member_that_is_damaged_is_named() -> None:
    data = zipped(MEMBERS)
    at = data.index(b"print()")
    problem = unzipped(data[:at] + b"q" + data[at + 1 :])
    assert isinstance(problem, BundleProblem)
    assert "b/verify.py is damaged" in problem.what


def test_another_order_and_a_compressed_member_are_not_canonical() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("z", b"1" * 99)
        archive.writestr("a", b"2" * 99)
    assert isinstance(unzipped(made.getvalue()), BundleProblem)
