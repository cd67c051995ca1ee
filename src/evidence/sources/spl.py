"""The contents of labels at DailyMed: one version's document, by Set ID and version.

The current version is asked of the web services (`/services/v2/spls/{SETID}.xml`), any other as the ZIP archive that
DailyMed's pages offer (`getFile.cfm?type=zip&setid=…&version=…`), which is not documented as a service. A document is
believed only when its own Set ID and version are those asked for. An archive without a document, a document of another
label or version, and a redirect to DailyMed's home page, which is what it shows for what it does not have, mean that it
gives no contents of that version: an answer, not a failure. Whatever else comes is no answer.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote, urlsplit

from evidence.model.identifiers import Identifier, IdKind, label_version_of
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.ports import Clock
from evidence.model.records import Label, LabelContents
from evidence.sources.dailymed import GAP
from evidence.sources.dailymed import NAME as DAILYMED
from evidence.sources.http.request import Exchanger, Reply, Request
from evidence.sources.spec import Opener
from evidence.sources.spl_xml import LARGEST, document_of, document_version, read_contents

NAME = "spl"
LARGEST_ARCHIVE = 32_000_000  # bytes, with its images
HOME_PAGES = frozenset({"", "/", "/index.cfm"})
"""The paths of DailyMed's home page, below its address."""

_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError)


class SplContents:
    """Contents of labels as a source. `base` is DailyMed's address, `label_of` the label as it was last answered."""

    def __init__(
        self, *, services: Exchanger, clock: Clock, base: str, label_of: Callable[[Identifier], Label | None]
    ) -> None:
        self._services = services
        self._clock = clock
        self._base = base.rstrip("/")
        self._label_of = label_of

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer each version of a label once, one request each as a rule."""
        for identifier in dict.fromkeys(identifiers):
            at = self._clock.now()
            outcome, raw = self._looked_up(identifier)
            yield Answer(identifier=identifier, outcome=outcome, source=NAME, address=self._base, at=at, raw=raw)

    def _looked_up(self, identifier: Identifier) -> tuple[Outcome, bytes | None]:
        if identifier.kind is not IdKind.CONTENTS:
            return Unavailable("only contents of labels can be looked up here", Cause.NO_SOURCE), None
        setid, version = label_version_of(identifier)
        label = self._label_of(Identifier(IdKind.SETID, setid))
        document: bytes | Blocked | Unavailable | None = None
        if label is not None and label.current.version == version:
            document = self._current(setid)
            if isinstance(document, bytes) and not _is_of(document, setid, version):
                document = None  # published since, or not yet: its archive may be there
        if document is None:
            document = self._archived(setid, version)
        if isinstance(document, Blocked | Unavailable):
            return replace(document, reason=f"{document.reason} (contents of version {version})"), None
        if document is None or not _is_of(document, setid, version):
            return NotFound(no_contents(version)), json.dumps({"setid": setid, "no-contents-of": version}).encode()
        try:
            return Found(read_contents(identifier, document)), document
        except ValueError as error:
            reason = f"DailyMed's answer is not a label document ({error}) (contents of version {version})"
            return Unavailable(reason, Cause.CONTENT), None

    def _current(self, setid: str) -> bytes | Blocked | Unavailable:
        """The current document."""
        reply = self._ask(f"services/v2/spls/{quote(setid, safe='')}.xml", "application/xml", _document_problem)
        return reply.body if isinstance(reply, Reply) else reply

    def _archived(self, setid: str, version: int) -> bytes | Blocked | Unavailable | None:
        """The document in a version's archive; None where DailyMed has none to give."""

        def problem(reply: Reply) -> str | None:
            try:
                if not self._is_home_page(reply):
                    document_in(reply.body)
            except ValueError as error:
                return str(error)
            return None

        address = f"getFile.cfm?type=zip&setid={quote(setid, safe='')}&version={version}"
        reply = self._ask(address, "application/zip", problem)
        if not isinstance(reply, Reply):
            return reply
        return None if self._is_home_page(reply) else document_in(reply.body)

    def _is_home_page(self, reply: Reply) -> bool:
        """Whether a redirect ended on DailyMed's home page."""
        path, base = urlsplit(reply.url).path, urlsplit(self._base).path
        return path == "/" or (path.startswith(base) and path.removeprefix(base).lower() in HOME_PAGES)

    def _ask(self, path: str, accepted: str, problem: Callable[[Reply], str | None]) -> Reply | Blocked | Unavailable:
        request = Request(f"{self._base}/{path}", DAILYMED, GAP, headers={"Accept": accepted})
        reply = self._services.exchange(request, lambda reply: problem(reply) if reply.status == 200 else None)
        if isinstance(reply, Reply) and reply.status != 200:
            return Unavailable(f"DailyMed returned HTTP {reply.status}", Cause.HTTP, reply.status)
        return reply


def no_contents(version: int) -> str:
    """What is said of a version whose contents DailyMed does not have."""
    return f"DailyMed has no contents of version {version}"


def document_in(archive: bytes) -> bytes | None:
    """The one XML document in an archive, None where there is none.

    Raises:
        ValueError: it is no complete archive, too large, or has several documents or one that is not SPL.
    """
    if not archive.startswith(b"PK"):
        page = archive.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        raise ValueError(f"DailyMed answered with {'a web page' if page else 'something else'} instead of an archive")
    if len(archive) > LARGEST_ARCHIVE:
        raise ValueError("DailyMed's archive is too large")
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            members = [member for member in opened.infolist() if member.filename.lower().endswith(".xml")]
            if not members:
                return None
            with opened.open(members[0]) as member:
                document = member.read(LARGEST + 1)
    except _UNREADABLE:
        raise ValueError("DailyMed's archive cannot be read to its end") from None
    if len(members) > 1:
        raise ValueError("DailyMed's archive has several documents")
    document_of(document)
    return document


def _document_problem(reply: Reply) -> str | None:
    try:
        document_of(reply.body)
    except ValueError as error:
        return f"DailyMed's answer is not a label document ({error})"
    return None


def _is_of(document: bytes, setid: str, version: int) -> bool:
    return document_version(document_of(document)) == (setid, version)


def stored_contents(identifier: Identifier, raw: bytes) -> LabelContents | NotFound:
    """The contents in a stored answer, or that DailyMed had none; raises ValueError where it is neither."""
    if not raw.startswith(b"{"):
        return read_contents(identifier, raw)
    setid, version = label_version_of(identifier)
    if json.loads(raw) != {"setid": setid, "no-contents-of": version}:
        raise ValueError("the stored answer is of another label or version")
    return NotFound(no_contents(version))


OPENER = Opener(
    connect=lambda access: SplContents(
        services=access.services, clock=access.clock, base=access.addresses[NAME], label_of=access.label_of
    ),
    read=stored_contents,
)
