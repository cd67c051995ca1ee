"""The engine is a program: fakes of it are programs, too."""

import sys
from dataclasses import replace

import pytest

from bibliography.readback import engine
from evidence.bibliography.render import PandocRequest, find_pandoc, render
from evidence.model.errors import RenderError


@pytest.fixture
def program(tmp_path):
    if sys.platform == "win32":
        pytest.skip("the made-up programs are scripts of a shell")

    def make(script: str):
        path = tmp_path / "pandoc"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


def nothing():
    return None


def asked():
    return PandocRequest(b"[]", b"<style/>", "plain", 0)


def test_an_older_pandoc_on_the_path_is_refused_with_the_reason(program, tmp_path):
    program("echo 'pandoc 3.1.11'")
    with pytest.raises(RenderError, match=r"pandoc 3\.1 at .* is too old: before 3\.9 it .*pip install"):
        find_pandoc(str(tmp_path), bundled=nothing)


def test_a_pandoc_of_the_system_that_is_new_enough_is_taken(program, tmp_path):
    place = program("echo 'pandoc 4.0'")
    assert find_pandoc(str(tmp_path), bundled=nothing) == place


def test_without_any_pandoc_the_error_says_what_to_install(tmp_path):
    with pytest.raises(
        RenderError,
        match=r'which was not found \(install it from a clone of this project: pip install "\.\[render\]"\)',
    ):
        find_pandoc(str(tmp_path), bundled=nothing)


def test_a_failure_of_pandoc_is_reported_in_one_line(program):
    with pytest.raises(RenderError, match=r"^pandoc failed: no such style at all$"):
        render(asked(), program("echo 'no such' >&2; echo 'style at all' >&2; exit 25"))


def test_a_pandoc_without_enough_memory_is_distinguished(program):
    with pytest.raises(RenderError, match=r"needs more than 3000 MB"):
        render(asked(), program("exit 251"))


def test_a_pandoc_that_never_ends_is_ended(program):
    with pytest.raises(RenderError, match="did not finish"):
        render(replace(asked(), seconds=0.2), program("exec sleep 30"))


def test_pandoc_gets_no_environment_of_the_users_but_a_place_of_its_own(program):
    reported = render(asked(), program('echo "$HOME|$NCBI_API_KEY|$(pwd)|$*"')).decode()
    home, key, folder, arguments = reported.strip().split("|")
    assert home == folder
    assert key == ""
    assert "--sandbox" in arguments


def test_the_real_one_reads_no_file_that_a_style_or_item_names(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret", encoding="utf-8")
    items = f'[{{"id":"a","type":"book","title":"\\\\input{{{secret}}} <img src=\\"{secret}\\">"}}]'
    style = (
        b'<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0"><info><title>t</title><id>i</id>'
        b"<updated>2020-01-01T00:00:00+00:00</updated></info>"
        b'<citation><layout><text variable="title"/></layout></citation>'
        b'<bibliography><layout><text variable="title"/></layout></bibliography></style>'
    )
    written = render(PandocRequest(items.encode(), style, "html", 1), engine())
    assert b"the secret" not in written
    assert b"input{" in written
