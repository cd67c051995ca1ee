"""Files fetched into a folder from a server on loopback that answers by script, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.model.errors import FileError, UsageError
from evidence.sources.http import download
from evidence.sources.http.download import Downloads, name_in
from evidence.sources.http.network import Network
from evidence.sources.http.request import Reply
from fakes import LeapingClock
from servers import Part, ScriptedWeb, hang_up, page_answer, redirect, scripted_web, then_close

BODY = bytes(range(256)) * 40
PATH = "/pubmed/pubmed26n0001.xml.gz"
NAME = "pubmed26n0001.xml.gz"
OF_VERSION = ('ETag: "one"', "Last-Modified: Sun, 29 Nov 2026 08:00:00 GMT", "Content-Type: application/gzip")


@pytest.fixture
def web() -> Iterator[ScriptedWeb]:
    with scripted_web() as played:
        yield played


def downloads(folder: Path, largest: int = 1_000_000) -> Downloads:
    return Downloads(Network("test/1"), LeapingClock(), folder, largest=largest)


def cut(size: int, *headers: str) -> Part:
    """The whole is promised, and the connection lost after so many bytes."""
    return then_close(page_answer(200, BODY[:size], *headers, length=len(BODY)))


def rest(start: int, *headers: str) -> bytes:
    return page_answer(206, BODY[start:], f"Content-Range: bytes {start}-{len(BODY) - 1}/{len(BODY)}", *headers)


def test_a_file_is_fetched_with_the_day_that_the_server_gives_it(web: ScriptedWeb, tmp_path: Path) -> None:
    web.plays(PATH, page_answer(200, BODY, *OF_VERSION))
    place = downloads(tmp_path / "new" / "folder").fetch(f"{web.base}{PATH}")
    assert place == tmp_path / "new" / "folder" / NAME
    assert place.read_bytes() == BODY
    assert datetime.fromtimestamp(place.stat().st_mtime, UTC) == datetime(2026, 11, 29, 8, tzinfo=UTC)
    assert [path.name for path in place.parent.iterdir()] == [NAME]
    assert web.asked[0].headers["accept-encoding"] == "identity"


def test_a_fetch_that_was_cut_goes_on_where_it_was(web: ScriptedWeb, tmp_path: Path) -> None:
    web.plays(PATH, cut(3000, *OF_VERSION), rest(3000, *OF_VERSION))
    assert downloads(tmp_path).fetch(f"{web.base}{PATH}").read_bytes() == BODY
    first, second = (asked.headers for asked in web.asked)
    assert "range" not in first
    assert (second["range"], second["if-range"]) == ("bytes=3000-", '"one"')


def test_what_an_earlier_process_left_is_continued_by_the_date_where_there_is_no_tag(
    web: ScriptedWeb, tmp_path: Path
) -> None:
    web.plays(PATH, *[cut(2000, *OF_VERSION[1:])] + [hang_up] * 9)
    with pytest.raises(FileError, match="cannot be fetched: the connection was lost") as caught:
        downloads(tmp_path).fetch(f"{web.base}{PATH}")
    assert caught.value.fix == "run the command again: it continues the download"
    web.plays(PATH, rest(2000, *OF_VERSION[1:]))
    assert downloads(tmp_path).fetch(f"{web.base}{PATH}").read_bytes() == BODY
    assert web.asked[-1].headers["if-range"] == "Sun, 29 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    "second",
    [
        pytest.param([page_answer(200, BODY, *OF_VERSION)], id="it ignores the range"),
        pytest.param([rest(2999, *OF_VERSION), page_answer(200, BODY, *OF_VERSION)], id="it begins elsewhere"),
        pytest.param([page_answer(416), page_answer(200, BODY, *OF_VERSION)], id="it has no such range"),
        pytest.param([page_answer(206, b"x" * 9), page_answer(200, BODY, *OF_VERSION)], id="it does not say which"),
    ],
)
def test_bytes_are_joined_only_where_the_server_says_that_they_belong_together(
    web: ScriptedWeb, tmp_path: Path, second: list[Part]
) -> None:
    changed = b"an older version" * 200
    web.plays(PATH, then_close(page_answer(200, changed[:3000], *OF_VERSION, length=len(BODY))), *second)
    assert downloads(tmp_path).fetch(f"{web.base}{PATH}").read_bytes() == BODY


def test_without_tag_and_date_it_begins_anew(web: ScriptedWeb, tmp_path: Path) -> None:
    web.plays(PATH, cut(3000), page_answer(200, BODY))
    assert downloads(tmp_path).fetch(f"{web.base}{PATH}").read_bytes() == BODY
    assert "range" not in web.asked[1].headers


def test_the_part_of_another_address_or_a_link_is_not_continued(web: ScriptedWeb, tmp_path: Path) -> None:
    own, part = tmp_path / "own.txt", tmp_path / f"{NAME}.part"
    own.write_bytes(b"mine")
    part.symlink_to(own)
    beside = tmp_path / f"{NAME}.part.json"
    beside.write_text(json.dumps({"url": f"{web.base}{PATH}", "validator": '"one"'}), encoding="utf-8")
    web.plays(PATH, page_answer(200, BODY, *OF_VERSION))
    assert downloads(tmp_path).fetch(f"{web.base}{PATH}").read_bytes() == BODY
    part.write_bytes(b"of another")
    beside.write_text(json.dumps({"url": "https://elsewhere.example/", "validator": '"one"'}), encoding="utf-8")
    assert downloads(tmp_path).fetch(f"{web.base}{PATH}").read_bytes() == BODY
    assert all("range" not in asked.headers for asked in web.asked)
    assert own.read_bytes() == b"mine"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page_answer(200, BODY), id="as promised"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2800\r\n" + BODY + b"\r\n0\r\n\r\n",
            id="without a word",
        ),
    ],
)
def test_a_file_larger_than_the_limit_is_refused(web: ScriptedWeb, tmp_path: Path, answer: Part) -> None:
    web.plays(PATH, answer)
    with pytest.raises(FileError, match="the file is larger than 5,000 bytes"):
        downloads(tmp_path, largest=5000).fetch(f"{web.base}{PATH}")
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", "the server does not say how long the file is", id="no length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2801\r\n", "cannot be fetched", id="a cut chunk"
        ),
    ],
)
def test_a_file_whose_end_cannot_be_told_from_a_lost_connection_is_none(
    web: ScriptedWeb, tmp_path: Path, start: bytes, reason: str
) -> None:
    web.plays(PATH, then_close(start + BODY))
    with pytest.raises(FileError, match=reason):
        downloads(tmp_path).fetch(f"{web.base}{PATH}")
    assert not (tmp_path / NAME).exists()


def test_chunks_that_end_are_a_whole_file(web: ScriptedWeb, tmp_path: Path) -> None:
    chunks = b"2800\r\n" + BODY + b"\r\n0\r\n\r\n"
    web.plays(PATH, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert downloads(tmp_path).fetch(f"{web.base}{PATH}").read_bytes() == BODY


@pytest.mark.parametrize(
    ("answer", "reason", "tries"),
    [
        (page_answer(404), "HTTP 404", 1),
        (page_answer(403), "HTTP 403", 1),
        (page_answer(503), "HTTP 503", 5),
        (hang_up, "the connection was lost", 5),
        (redirect("/elsewhere.gz"), "too many redirects", 6),
    ],
)
def test_what_cannot_be_fetched_says_why(
    web: ScriptedWeb, tmp_path: Path, answer: Part, reason: str, tries: int
) -> None:
    web.plays(PATH, answer)
    web.plays("/elsewhere.gz", redirect(PATH))
    with pytest.raises(FileError, match=f"cannot be fetched: {reason}"):
        downloads(tmp_path).fetch(f"{web.base}{PATH}")
    assert len(web.asked) == tries
    assert not (tmp_path / NAME).exists()


def test_a_redirect_is_followed_under_the_name_of_the_address_that_was_given(web: ScriptedWeb, tmp_path: Path) -> None:
    web.plays("/latest/retraction_watch.csv", redirect("/files/83a1", 302))
    web.plays("/files/83a1", page_answer(200, BODY, *OF_VERSION))
    assert downloads(tmp_path).fetch(f"{web.base}/latest/retraction_watch.csv").name == "retraction_watch.csv"


def test_https_is_not_left_by_a_redirect() -> None:
    moved = Reply(301, {"location": "http://files.example/a.csv"}, b"")
    with pytest.raises(FileError, match="redirected from https to something else"):
        download._target("https://files.example/a.csv", moved)
    assert download._target("http://files.example/a.csv", moved) == "http://files.example/a.csv"


def test_a_checksum_is_text_or_not_there(web: ScriptedWeb, tmp_path: Path) -> None:
    web.plays("/a.md5", page_answer(200, b"MD5(a)= 0123", "Content-Type: text/plain"))
    web.plays("/none.md5", page_answer(404))
    assert downloads(tmp_path).text(f"{web.base}/a.md5") == "MD5(a)= 0123"
    assert downloads(tmp_path).text(f"{web.base}/none.md5") is None


@pytest.mark.parametrize(
    "address",
    [
        "https://ftp.ncbi.nlm.nih.gov/pubmed/updatefiles/",
        "https://files.example",
        "https://files.example/..%2f..%2fevil",
        "https://files.example/.hidden",
        "https://files.example/a%00b.csv",
        "ftp://ftp.ncbi.nlm.nih.gov/pubmed/baseline/pubmed26n0001.xml.gz",
        "https:///a.csv",
    ],
)
def test_an_address_that_names_no_file_is_refused_before_anything_is_asked(address: str) -> None:
    with pytest.raises(UsageError):
        name_in(address)


def test_a_folder_that_is_a_link_is_refused(web: ScriptedWeb, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileError, match="this is a link, not a folder"):
        downloads(tmp_path / "link").fetch(f"{web.base}{PATH}")
    assert web.asked == []
