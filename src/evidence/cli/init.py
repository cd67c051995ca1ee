"""`evidence init`: the monographs of a folder, and the evidence.toml by which they are reviewed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from evidence.app.import_files import kind_by_name, kind_of
from evidence.app.import_listing import largest, read_listing
from evidence.cli.guard import guarded
from evidence.cli.output import echo, echo_lines, replace_all
from evidence.cli.overwriting import OutputFile, OutputKind
from evidence.cli.settings import actor_from
from evidence.library.config import NAME, read_configuration
from evidence.library.files import bytes_of, default_libraries, is_marked_copy, monograph_path, read_source
from evidence.library.policy import STYLES
from evidence.library.reader import read_text
from evidence.model.errors import EvidenceError, UsageError
from evidence.model.text import one_line, quantity, shell_command

_SUFFIXES = frozenset({".docx", ".md", ".markdown", ".html", ".htm", ".txt", ".pdf"})
_LONGEST = 200  # characters of an answer
_CONFIGURATION = OutputKind("configuration")


@click.command(name="init")
@click.option("--name", metavar="NAME", help="Name of the person responsible for the reviews; printed on the reports.")
@click.option("--email", metavar="EMAIL", help="Sent to NCBI, so that they can contact you before they block a client.")
@click.option(
    "--style", type=click.Choice(list(STYLES), case_sensitive=False), help="The style of the printed references."
)
@click.option("--owner", metavar="NAME", help="Owner of references that have none.")
def command(**options: str | None) -> None:
    """Find the monographs in this folder and write evidence.toml, which `evidence review` uses.

    On a terminal, asks for the settings that no option gives: name, email address, style and owner; an empty answer
    leaves the setting out. Without a terminal, only the options are used. Monographs are files with a reference list:
    Word, Markdown, HTML, text and PDF. Copies named *.marked.docx are left out. Nothing else is written, and no
    requests are sent.
    """
    place = Path(NAME)
    if place.exists() or place.is_symlink():
        raise UsageError(f"{NAME} exists", fix="edit it with a text editor")
    known = _known_monographs()
    new = []
    for path, entries in _monographs().items():
        if path.resolve() in known:
            echo(f"{one_line(path.name)}: already imported into {known[path.resolve()]}")
        else:
            new.append(path.name)
            echo(f"{one_line(path.name)}: {quantity(entries, 'reference')}")
    if not new and not known:
        echo("no monograph found: no file in this folder has a reference list")
    answers = {key: _line(key, text) for key, text in _answered(options).items() if text}
    _write(place, configuration_text(answers))
    echo_lines([f"{NAME}: written"])
    if new:
        echo_lines([f"next: {shell_command('import', *new, '--write')}"])
    if new or known:
        echo_lines([f"{'then' if new else 'next'}: {shell_command('review', '--to', 'FOLDER')}"])


def _monographs() -> dict[Path, int]:
    """The files here that have a reference list, with the number of its entries."""
    found = {}
    for path in sorted(Path().iterdir()):
        if path.suffix.lower() not in _SUFFIXES or path.name.startswith((".", "~$")) or not path.is_file():
            continue
        if is_marked_copy(path.name):
            continue
        try:
            data = bytes_of(path, largest(kind_by_name(path.name)))
            listing = read_listing(path.name, data, kind_of(path.name, data))
        except EvidenceError:  # no list, or no document at all
            continue
        if listing.is_printed and listing.entries:
            found[path] = len(listing.entries)
    return found


def _known_monographs() -> dict[Path, str]:
    """The references file of each monograph here that was imported."""
    known = {}
    for name in default_libraries():
        if Path(name).is_file() and (file := monograph_path(read_text(read_source(Path(name))))) is not None:
            known[file.resolve()] = name
    return known


def _answered(options: Mapping[str, str | None]) -> dict[str, str]:
    """The answers to the four questions: from the options, else asked for on a terminal."""
    asked = sys.stdin.isatty()
    name = options["name"]
    if name is None and asked:
        name = _asked("Name of the person responsible for the reviews", actor_from(os.environ, None))
    email = options["email"]
    if email is None and asked:
        email = _asked("Email address (NCBI asks for one)", os.environ.get("NCBI_EMAIL", ""))
    style = options["style"]
    if style is None and asked:
        style = click.prompt(
            "Style of the references", type=click.Choice(list(STYLES), case_sensitive=False), default="ama", err=True
        )
    owner = options["owner"]
    if owner is None and asked:
        owner = _asked("Owner of references that name none", name or "")
    return {"name": name or "", "email": email or "", "owner": owner or "", "style": style or ""}


def _asked(question: str, default: str) -> str:
    return str(click.prompt(question, default=default, show_default=bool(default), err=True))


def _line(key: str, given: str) -> str:
    text = given.strip()
    if not text or not text.isprintable() or len(text) > _LONGEST:
        raise UsageError(f"--{key} must be one line of 1 to {_LONGEST} characters")
    if key == "email" and not (text.isascii() and "@" in text):
        raise UsageError(f"--email {text} is not an email address")
    return text


def configuration_text(answers: Mapping[str, str]) -> str:
    """The evidence.toml with these answers; texts are strings of TOML 1.0, which JSON's are too."""
    lines = [
        f"{key} = {json.dumps(answers[key], ensure_ascii=False)}"
        for key in ("name", "email", "owner")
        if key in answers
    ]
    if "style" in answers:
        lines += ["", "[policy]", f"style = {json.dumps(answers['style'])}"]
    return "".join(f"{line}\n" for line in lines or ["# settings of evidence; see docs/configuration.md"])


def _write(place: Path, text: str) -> None:
    """Write it, and read it as every later command will.

    Raises:
        EvidenceError: it cannot be written.
    """
    (file,) = guarded([OutputFile(place, _CONFIGURATION)], ())
    replace_all([(file, text.encode())])
    read_configuration(place.absolute(), Path.cwd())
