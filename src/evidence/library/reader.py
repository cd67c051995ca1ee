"""references.yaml and the files of waivers and of claims beside it, read as a `Library`.

What cannot be read at all stops the reading with a `FileError`, and so does a claim that is wrong; what is wrong within
an entry, a waiver or a setting is noted as a fault, and the rest is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from evidence.library import markdown
from evidence.library.claims import CLAIMS, read_claims, refuse_claim_ids, with_claims
from evidence.library.confinement import beside_objection, objection, repository_of
from evidence.library.fields import (
    DATE_FIELDS,
    IDENTIFIER_FIELDS,
    KNOWN_FIELDS,
    NAME_FIELDS,
    PREVIOUS,
    TEXT_FIELDS,
    TYPES,
    nearest,
)
from evidence.library.files import SourceText, find_libraries, read_source
from evidence.library.policy import read_monograph, read_policy
from evidence.library.scalars import Written
from evidence.library.yaml import (
    MappingNode,
    Node,
    Notes,
    ScalarNode,
    SequenceNode,
    keys,
    printable,
    read_tree,
)
from evidence.model import dates, identifiers
from evidence.model.dates import PartialDate
from evidence.model.errors import FileError, Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.policy import Policy
from evidence.model.references import (
    FINDING,
    Category,
    Companion,
    Confirmation,
    Fault,
    FaultKind,
    IdentifierUse,
    Library,
    Monograph,
    Name,
    PreviousSource,
    Proposal,
    Reference,
    Role,
    Waiver,
)
from evidence.model.regex import regex
from evidence.model.text import shell_command
from evidence.model.urls import Malformed, mask_credentials

__all__ = ["find_libraries", "read_library", "read_text"]

WAIVERS = "waivers"
"""The key of the list of waivers, in a library and in the file beside it."""

TOP_FIELDS = frozenset(["references", "monograph", "policy", WAIVERS, CLAIMS])

WAIVER_FIELDS = (
    "code",
    "reference",
    "category",
    "reason",
    "requested-by",
    "approved-by",
    "since",
    "until",
    "evidence",
    "baseline",
)
"""The fields of a waiver, in their order."""

_WAIVER_RANKS = {key: place for place, key in enumerate(WAIVER_FIELDS)}
_REQUIRED_OF_WAIVER = tuple(name for name in WAIVER_FIELDS if name not in {"reference", "baseline"})
_CATEGORIES = {str(category): category for category in Category}
_TRUTHS = {"true": True, "false": False}
_LIBRARY_NAME = regex(r"(?P<stem>(?:.+\.)?)references\.(?P<ext>ya?ml)")
_SHORTEST = "the smallest valid file is 'references: []'"

_MOST_SUGGESTIONS = 20  # in one entry; beyond that it is not an entry with slips
_KIND_ORDER = list(IdKind)
_SPL_VERSION = regex(r"[1-9][0-9]{0,6}")
_NAME_PARTS = ("family", "given", "suffix", "literal", "dropping-particle", "non-dropping-particle")
_NAME_FLAGS = frozenset(["comma-suffix", "static-ordering", "parse-names"])
_DATE_FLAGS = frozenset(["circa", "season"])
_DATE_NUMBERS = ("year", "month", "day")
_NUMBER = regex(r"[0-9]{1,4}")
_CANDIDATE_IDENTIFIERS = ("PMID", "PMCID", "DOI")
_CANDIDATE_FIELDS = (*_CANDIDATE_IDENTIFIERS, "score", "title")
_SCORE = regex(r"[01](?:\.[0-9]{1,6})?")


_MONOGRAPHS = frozenset(
    {".docx", ".pdf", ".md", ".markdown", ".qmd", ".rmd", ".html", ".htm", ".txt", ".doc", ".odt", ".rtf", ".pages"}
)


def read_library(path: Path, policy: Policy | None = None, top: Path | None = None) -> Library:
    """Read one references file with the waivers and claims beside it.

    What its own `policy:` does not settle is as in `policy`. `top` is the folder below which its monograph has to lie,
    by default the root of its repository.

    Raises:
        FileError: not readable, too large, not UTF-8, not YAML, no `references` list, an entry that
            is not a mapping, nested too deeply or expanding too far, a claim that is wrong; with path, line, column and
            fix. Of a monograph the fix names the commands that make a references file of it.
    """
    try:
        return with_files_around(read_text(read_source(path), policy), top)
    except FileError:
        if path.suffix.lower() not in _MONOGRAPHS or not path.is_file():
            raise
        command = shell_command("import", path.as_posix(), "--write")
        commands = f"create references.yaml with `{command}`, then run `evidence check`"
        raise FileError("this is a document, not a references file", path=path.as_posix(), fix=commands) from None


def read_text(source: SourceText, policy: Policy | None = None) -> Library:
    """Read a library from text already at hand, without the files of waivers and of claims beside it.

    Raises:
        FileError: as `read_library`.
    """
    root = read_tree(source)
    if root is None:
        raise source.error("the file is empty", 0, _SHORTEST)
    if isinstance(root, SequenceNode):
        raise source.error(
            "the file is a list, not a mapping with a references list",
            root.start,
            "start with 'references:' and indent the entries",
        )
    if not isinstance(root, MappingNode):
        raise source.error(
            "the file is not a mapping with a references list", root.start, "put the entries below 'references:'"
        )
    notes = Notes(source)
    top = {pair.key.value: pair.value for pair in notes.known(root, TOP_FIELDS)}
    if "references" not in top:
        misspelt = next((fault for fault in notes.faults if fault.suggestion == "references"), None)
        if misspelt is not None:
            place = misspelt.place
            raise FileError(misspelt.message, path=place.path, line=place.line, column=place.column)
        fix = (
            "name the references file in the same folder; its waivers and claims are read with it"
            if {WAIVERS, CLAIMS} & top.keys()
            else _SHORTEST
        )
        raise source.error("the file has no references list", root.start, fix)
    listed = top["references"]
    if not isinstance(listed, SequenceNode):
        raise source.error("references is not a list", listed.start, f"start every entry with '- id:'; {_SHORTEST}")
    entries: list[MappingNode] = []
    for node in listed.items:
        if not isinstance(node, MappingNode):
            raise source.error("this entry has no fields", node.start, "write '- id: …' and the other fields below it")
        entries.append(node)
    named = zip(entries, _fallback_ids(entries), strict=True)
    references = tuple(_with_duplicates_noted(read_entry(node, fallback_id, source) for node, fallback_id in named))
    refuse_claim_ids(references)
    library = Library(
        path=source.path,
        sha256=source.sha256,
        references=references,
        monograph=read_monograph(top["monograph"], notes) if "monograph" in top else Monograph(),
        policy=read_policy(top["policy"], notes, policy) if "policy" in top else policy or Policy(),
        waivers=read_waivers(top[WAIVERS], notes) if WAIVERS in top else (),
        faults=tuple(notes.faults),
    )
    return with_claims(library, read_claims(top[CLAIMS], source, references)) if CLAIMS in top else library


def _fallback_ids(entries: list[MappingNode]) -> Iterator[str]:
    """A made-up id for each entry, `entry-3` for the third; they step aside for written ones."""
    pairs = (pair for entry in entries for pair in entry.pairs if pair.key.value == "id")
    written = {pair.value.value for pair in pairs if isinstance(pair.value, ScalarNode)}
    for number in range(1, len(entries) + 1):
        made_up = f"entry-{number}"
        while made_up in written:
            made_up += "-unnamed"
        yield made_up


def _with_duplicates_noted(references: Iterable[Reference]) -> Iterator[Reference]:
    """The references, with a fault where an id or an identifier is already taken by an earlier one."""
    first_of_id: dict[str, Reference] = {}
    first_of_identifier: dict[Identifier, Reference] = {}
    for reference in references:
        faults: list[Fault] = []
        first = first_of_id.setdefault(reference.id, reference)
        if first is not reference:
            message = f"id {printable(reference.id)} is already used on line {first.place_of('id').line}"
            faults.append(Fault(FaultKind.DUPLICATE_ID, "id", reference.id, reference.place_of("id"), message))
        shared = [
            (use, first)
            for use in reference.uses
            if (first := first_of_identifier.setdefault(use.identifier, reference)).id != reference.id
        ]
        for use, first in shared[:1]:  # one fault says that it is the same source
            message = (
                f"{printable(str(use.identifier))} is already cited by {printable(first.id)} on line {first.place.line}"
            )
            kind = FaultKind.DUPLICATE_REFERENCE
            faults.append(Fault(kind, use.key, str(use.identifier), use.place, message, first=first))
        yield replace(reference, faults=(*reference.faults, *faults)) if faults else reference


# The entries of `references:`


def read_entry(node: MappingNode, fallback_id: str, source: SourceText) -> Reference:
    """Read one entry of `references:`; `fallback_id` names it where it has no id of its own."""
    notes = Notes(source)
    places: dict[str, Place] = {}
    csl: dict[str, object] = {}
    texts: dict[str, str] = {}
    days: dict[str, PartialDate] = {}
    uses: list[IdentifierUse] = []
    authors: tuple[Name, ...] = ()
    candidates: tuple[Proposal, ...] = ()
    ignore: dict[str, str] = {}
    confirmed: Confirmation | None = None
    previous: tuple[PreviousSource, ...] = ()
    printed: Written | None = None
    unknown = 0
    for pair in notes.distinct(node):
        key, value = pair.key.value, pair.value
        if key == PREVIOUS:
            previous = _previous(value)
        if key.startswith("x-"):
            continue
        if key not in KNOWN_FIELDS:
            unknown += 1
            notes.unknown(key, pair.key, KNOWN_FIELDS if unknown <= _MOST_SUGGESTIONS else (), keys(node))
            continue
        places[key] = notes.place(value)
        if key in IDENTIFIER_FIELDS:
            if (text := notes.text(key, value)) is not None:
                text = markdown.unescape(text)
                use = _identifier(key, value, text, notes)
                uses += [use] if use is not None else []
                csl[key] = text if use is not None else mask_credentials(text)
        elif key in NAME_FIELDS:
            names = read_names(key, value, notes)
            authors = names if key == "author" else authors
            csl[key] = _tree(value)
        elif key in DATE_FIELDS:
            if (day := read_date(key, value, notes)) is not None:
                days[key] = day
                csl[key] = _tree(value, str)
        elif key in {"categories", "custom"} or (key == "keyword" and isinstance(value, SequenceNode)):
            csl[key] = _tree(value)
        elif key == "candidates":
            candidates = read_candidates(key, value, notes)
        elif key == "ignore":
            ignore = _ignore(key, value, notes, places)
        elif key == "confirmed":
            confirmed = _confirmed(key, value, notes)
        elif (text := notes.text(key, value)) is None:
            pass
        elif key in TEXT_FIELDS:
            plain = markdown.is_plain(text)
            csl[key] = text if plain else markdown.to_html(text)
            texts[key] = text if plain else markdown.to_plain(text)
            if key == "ISBN" and (wrong := identifiers.misprinted_isbn(texts[key])):
                message = f"ISBN {printable(wrong)} has a wrong check digit"
                notes.add(FaultKind.MALFORMED_IDENTIFIER, key, value, message)
        elif key == "id":
            if text.strip():
                texts[key] = text
        elif key in {"type", "role"}:
            choices: frozenset[str] = TYPES if key == "type" else frozenset(Role)
            if text in choices:
                texts[key] = text
                csl |= {key: text} if key == "type" else {}
                continue
            meant = nearest(text, choices)
            known = "the CSL types" if key == "type" else ", ".join(sorted(choices))
            question = f"; did you mean {meant}?" if meant else ""
            notes.invalid(key, value, f"unknown {key} {printable(text)}{question}", meant or f"use one of {known}")
        elif key == "spl-version":
            if _SPL_VERSION.fullmatch(text):
                texts[key] = text
            else:
                notes.invalid(key, value, f"spl-version {printable(text)} is not a version number (1 or higher)")
        else:  # `owner`, `limits` and `cited-as`, as they are
            texts[key] = text.rstrip("\n")
            if key == "cited-as" and isinstance(value, ScalarNode):
                printed = Written(source, value, texts[key])
    if "id" not in places:
        notes.add(FaultKind.MISSING_ID, "id", node, "the entry has no id", f"id: {fallback_id}")
    return Reference(
        id=texts.get("id", fallback_id),
        place=notes.place(node),
        type=texts.get("type"),
        places=places,
        uses=tuple(sorted(uses, key=lambda use: _KIND_ORDER.index(use.identifier.kind))),
        title=texts.get("title"),
        authors=authors,
        container_title=texts.get("container-title"),
        issued=days.get("issued"),
        volume=texts.get("volume"),
        issue=texts.get("issue"),
        page=texts.get("page"),
        accessed=days.get("accessed"),
        cited_as=texts.get("cited-as"),
        spl_version=int(texts["spl-version"]) if "spl-version" in texts else None,
        role=Role(texts.get("role", Role.EVIDENCE)),
        owner=texts.get("owner"),
        limits=texts.get("limits"),
        ignore=ignore,
        confirmed=confirmed,
        previous=previous,
        candidates=candidates,
        csl=csl,
        faults=tuple(notes.faults),
        printed=printed,
    )


def _identifier(key: str, node: Node, text: str, notes: Notes) -> IdentifierUse | None:
    kind = IDENTIFIER_FIELDS[key]
    parsed = identifiers.parse(kind, text)
    if isinstance(parsed, Malformed):
        question = f"; did you mean {parsed.suggestion}?" if parsed.suggestion else ""
        message = f"{key} {printable(mask_credentials(text))}: {parsed.message}{question}"
        notes.add(FaultKind.MALFORMED_IDENTIFIER, key, node, message, parsed.suggestion)
        return None
    carried = identifiers.from_url(text) if kind is IdKind.URL else None
    is_as_read = text == parsed.value and kind is not IdKind.URL
    if not is_as_read and not identifiers.is_canonical(kind, text):
        better = identifiers.url_of(carried) if carried else parsed.value
        message = f"{key} should be written as {printable(better)}"
        notes.add(FaultKind.NONCANONICAL_IDENTIFIER, key, node, message, better)
    return IdentifierUse(carried or parsed, key, notes.place(node), derived=carried is not None)


def _ignore(key: str, node: Node, notes: Notes, places: dict[str, Place]) -> dict[str, str]:
    """The reason for each rule's code that is ignored; the place of each code is added to `places`."""
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, "ignore needs a reason for each code, such as 'ACC004: only the month is known'")
        return {}
    reasons: dict[str, str] = {}
    for code, reason in notes.distinct(node, "ignore."):
        name = f"ignore.{code.value}"
        if not notes.is_rule_code(name, code):
            continue
        if not isinstance(reason, ScalarNode) or reason.is_empty:
            notes.invalid(name, code, f"ignore {code.value} has no reason")
        else:
            reasons[code.value] = notes.clean(name, reason)
            places[name] = notes.place(code)
    return reasons


def _confirmed(key: str, node: Node, notes: Notes) -> Confirmation | None:
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, "'confirmed' needs 'by' (a name) and 'date'; 'until' is optional")
        return None
    parts = {pair.key.value: pair for pair in notes.distinct(node, "confirmed.")}
    for name, pair in parts.items():
        if name not in {"by", "date", "until", "of"}:
            notes.unknown(f"confirmed.{name}", pair.key, ("by", "date", "until", "of"), parts)
    missing = next((name for name in ("by", "date") if name not in parts), None)
    if missing:
        notes.invalid(key, node, f"confirmed needs {missing}")
        return None
    by = notes.text("confirmed.by", parts["by"].value)
    on = read_day("confirmed.date", parts["date"].value, notes)
    until = read_day("confirmed.until", parts["until"].value, notes) if "until" in parts else None
    if on is not None and until is not None and until.earliest < on.earliest:
        notes.invalid("confirmed.until", parts["until"].value, f"confirmed.until {until} is before confirmed.date {on}")
        return None
    of = notes.text("confirmed.of", parts["of"].value) if "of" in parts else None
    if by is None or on is None:
        return None
    return Confirmation(by, on.earliest, until.earliest if until else None, of)


def _previous(node: Node) -> tuple[PreviousSource, ...]:
    """What `x-previous` holds, one mapping or several; what is not understood is passed over, as in any `x-` field."""
    found: list[PreviousSource] = []
    for item in node.items if isinstance(node, SequenceNode) else (node,):
        noted = _tree(item, str)
        if not isinstance(noted, dict):
            continue
        identifier, until = noted.pop("identifier", None), dates.parse(str(noted.pop("until", "")))
        if isinstance(identifier, str) and isinstance(until, PartialDate):
            found.append(PreviousSource(identifier, until.earliest, noted))
    return tuple(found)


def _tree(node: Node, read: Callable[[str], str] = markdown.to_html) -> object:
    if isinstance(node, ScalarNode):
        return read(node.value)
    if isinstance(node, SequenceNode):
        return [_tree(item, read) for item in node.items]
    return {pair.key.value: _tree(pair.value, read) for pair in node.pairs}


# Names, dates and candidates, as CSL-JSON, CSL-YAML and pandoc write them


def read_names(key: str, node: Node, notes: Notes) -> tuple[Name, ...]:
    """A list of CSL names; one name alone and plain strings (as bodies) are understood too."""
    if isinstance(node, ScalarNode) and node.is_empty:
        notes.invalid(key, node, f"{key} is empty")
        return ()
    items = node.items if isinstance(node, SequenceNode) else (node,)
    names = (_name(key, item, notes) for item in items)
    return tuple(name for name in names if name is not None)


def _name(key: str, node: Node, notes: Notes) -> Name | None:
    if isinstance(node, ScalarNode):
        literal = notes.text(key, node)
        return Name(literal=markdown.to_plain(literal)) if literal else None
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, f"a name in {key} must be text, or have family and given")
        return None
    parts: dict[str, str] = {}
    for pair in notes.distinct(node, f"{key}."):
        part = pair.key.value
        if part in _NAME_PARTS:
            text = notes.text(f"{key}.{part}", pair.value)
            parts[part] = markdown.to_plain(text) if text else ""
        elif part not in _NAME_FLAGS:
            notes.invalid(
                key, pair.key, f"a name cannot have the field {printable(part)}; use {', '.join(_NAME_PARTS)}"
            )
    if not any(parts.get(part) for part in ("family", "given", "literal")):
        notes.invalid(key, node, f"a name in {key} needs family or literal")
        return None
    particles = (parts.get("dropping-particle"), parts.get("non-dropping-particle"))
    return Name(
        family=parts.get("family", ""),
        given=parts.get("given", ""),
        suffix=parts.get("suffix", ""),
        particle=" ".join(particle for particle in particles if particle),
        literal=parts.get("literal", ""),
    )


def read_date(key: str, node: Node, notes: Notes) -> PartialDate | None:
    """An EDTF text, CSL's `date-parts`, pandoc's `{year, month, day}` or a list of one or two of these."""
    try:
        return _date(node)
    except _DateFieldError as error:
        notes.invalid(key, error.node, f"{key}: {error.message}", error.suggestion)
        return None


def read_day(key: str, node: Node, notes: Notes) -> PartialDate | None:
    """A date that must name its day, such as that of a confirmation; noted where it does not."""
    read = read_date(key, node, notes)
    if read is not None and not read.is_exact:
        notes.invalid(key, node, f"{key} needs a full date (YYYY-MM-DD)")
        return None
    return read


class _DateFieldError(Exception):
    """A date that cannot be read, and the node at which to report it."""

    def __init__(self, node: Node, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.suggestion = suggestion


def _date(node: Node) -> PartialDate:
    if isinstance(node, ScalarNode):
        return _checked(node, lambda: dates.parse(node.value))
    if isinstance(node, SequenceNode):
        return _date_or_interval(node, [_date(item) for item in node.items])
    values = {pair.key.value: pair.value for pair in node.pairs}
    if len(values) < len(node.pairs):
        raise _DateFieldError(node, "the date has a repeated key")
    for name in ("literal", "raw"):
        if name in values:
            free_text = values[name]
            meant = dates.guess(free_text.value) if isinstance(free_text, ScalarNode) else None
            question = f"; did you mean {meant}?" if meant else ""
            message = f"a {name} date cannot be checked: {dates.EXPECTED}{question}"
            raise _DateFieldError(free_text, message, str(meant) if meant else None)
    if "edtf" in values:
        return _date(values["edtf"])
    unknown = next((name for name in values if name not in {*_DATE_NUMBERS, *_DATE_FLAGS, "date-parts"}), None)
    if unknown is not None:
        raise _DateFieldError(node, f"a date cannot have the field {printable(unknown)}")
    season = values.get("season")
    if "date-parts" in values:
        parts = values["date-parts"]
        expected = "date-parts must be a list of lists, such as [[2025, 8, 14]]"
        if not isinstance(parts, SequenceNode):
            raise _DateFieldError(parts, expected)
        read = []
        for part in parts.items:
            if not isinstance(part, SequenceNode) or not 1 <= len(part.items) <= 3:
                raise _DateFieldError(part, expected)
            read.append(_from_numbers(part, list(part.items), season))
        return _date_or_interval(parts, read)
    if "year" not in values or ("day" in values and "month" not in values):
        raise _DateFieldError(node, dates.EXPECTED)
    return _from_numbers(node, [values[name] for name in _DATE_NUMBERS if name in values], season)


def _date_or_interval(node: Node, read: list[PartialDate]) -> PartialDate:
    if len(read) == 1:
        return read[0]
    if len(read) != 2:
        raise _DateFieldError(node, "a date must be one date, or the first and last date of an interval")
    return _checked(node, lambda: dates.parse(f"{read[0]}/{read[1]}"))


def _from_numbers(node: Node, numbers: list[Node], season: Node | None) -> PartialDate:
    read = [_number(number) for number in numbers]
    if season is not None and len(read) == 1:
        read.append(20 + _number(season))
    return _checked(numbers[0] if numbers else node, lambda: dates.from_parts(*read))


def _number(node: Node) -> int:
    if not isinstance(node, ScalarNode) or not _NUMBER.fullmatch(node.value):
        raise _DateFieldError(node, "years, months, days and seasons must be numbers")
    return int(node.value)


def _checked(node: Node, read: Callable[[], PartialDate]) -> PartialDate:
    """What `read` returns, its error reported at the node."""
    try:
        return read()
    except dates.DateError as error:
        raise _DateFieldError(node, str(error), error.suggestion) from None


def read_candidates(key: str, node: Node, notes: Notes) -> tuple[Proposal, ...]:
    """A list of `{PMID, DOI, score, title}`, as an import writes it; what cannot be used is noted."""
    if not isinstance(node, SequenceNode):
        notes.invalid(key, node, 'candidates must be a list, such as [{PMID: "23359310", score: "0.83"}]')
        return ()
    read = (_proposal(key, item, notes) for item in node.items)
    return tuple(proposal for proposal in read if proposal is not None)


def _proposal(key: str, node: Node, notes: Notes) -> Proposal | None:
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, f"a candidate must be a mapping with fields such as {', '.join(_CANDIDATE_FIELDS)}")
        return None
    values = {}
    for pair in notes.distinct(node, f"{key}."):
        name = pair.key.value
        values[name] = pair.value
        if name not in _CANDIDATE_FIELDS and not name.startswith("x-"):
            notes.invalid(
                key,
                pair.key,
                f"a candidate cannot have the field {printable(name)}; use {', '.join(_CANDIDATE_FIELDS)}",
            )
    found: list[Identifier] = []
    for name in _CANDIDATE_IDENTIFIERS:
        text = notes.text(f"{key}.{name}", values[name]) if name in values else None
        read = identifiers.parse(IDENTIFIER_FIELDS[name], markdown.unescape(text)) if text else None
        if isinstance(read, Malformed):
            notes.invalid(key, values[name], f"candidate {name} {printable(text or '')}: {read.message}")
        elif read is not None:
            found.append(read)
    if not found:
        notes.invalid(key, node, f"a candidate needs one of {', '.join(_CANDIDATE_IDENTIFIERS)}")
        return None
    title = notes.text(f"{key}.title", values["title"]) if "title" in values else None
    score = notes.text(f"{key}.score", values["score"]) if "score" in values else None
    if score is not None and not (_SCORE.fullmatch(score) and float(score) <= 1):
        notes.invalid(key, values["score"], f"score {printable(score)} is not a number from 0 to 1")
        score = None
    return Proposal(tuple(found), None if score is None else float(score), title)


# Waivers


def waiver_rank(key: str) -> int:
    """Where a key belongs among the keys of a waiver; keys of one rank stay as they are."""
    return _WAIVER_RANKS.get(key, len(_WAIVER_RANKS))


def waivers_file(library: str) -> Path:
    """The place of a library's further waivers: `waivers.yaml` beside `references.yaml`.

    `a.references.yaml` has `a.waivers.yaml`, a file of any other name `NAME.waivers.yaml`.
    """
    return _file_beside(library, WAIVERS)


def claims_file(library: str) -> Path:
    """The place of a library's further claims, named as `waivers_file` is: `claims.yaml` beside `references.yaml`."""
    return _file_beside(library, CLAIMS)


def _file_beside(library: str, what: str) -> Path:
    path = Path(library)
    named = _LIBRARY_NAME.fullmatch(path.name)
    name = f"{named['stem']}{what}.{named['ext']}" if named else f"{path.stem}.{what}.yaml"
    return path.with_name(name)


def with_files_around(library: Library, top: Path | None = None) -> Library:
    """The library with the waivers and claims of the files beside it after its own.

    Whether it may name its monograph is worked out, too.

    Raises:
        FileError: there is a file beside it that cannot be read, or a link out of the checkout in its place; a claim
            in it is wrong.
    """
    if (file := library.monograph.file) is not None:
        folder = Path(library.path).parent
        refusal = objection(file, folder, top or repository_of(folder), "a references file", directory=True)
        library = replace(library, monograph=replace(library.monograph, refusal=refusal))
    if (read := _read_beside(waivers_file(library.path), WAIVERS)) is not None:
        notes, node = read
        waivers = () if node is None else read_waivers(node, notes)
        library = _with_companion(replace(library, waivers=(*library.waivers, *waivers)), notes)
    if (read := _read_beside(claims_file(library.path), CLAIMS)) is not None:
        notes, node = read
        for fault in notes.faults:
            raise FileError(fault.message, path=fault.place.path, line=fault.place.line, column=fault.place.column)
        claims = () if node is None else read_claims(node, notes.source, library.references)
        library = _with_companion(with_claims(library, claims), notes)
    return library


def _read_beside(path: Path, key: str) -> tuple[Notes, Node | None] | None:
    """The value of the one key that a file beside a library has, with the notes on it; None where there is no file.

    Raises:
        FileError: it cannot be read, or is a link out of the checkout.
    """
    if path.is_symlink() and (wrong := beside_objection(path)):
        raise FileError(wrong, path=path.as_posix(), fix="replace the link with the file")
    if not path.exists():
        return None
    source = read_source(path)
    notes = Notes(source)
    root = read_tree(source)
    if root is not None and not isinstance(root, MappingNode):
        raise source.error(f"the file is not a mapping with a {key} list", root.start, f"start it with '{key}:'")
    pairs = notes.known(root, (key,)) if root is not None else []
    return notes, next((pair.value for pair in pairs), None)


def _with_companion(library: Library, notes: Notes) -> Library:
    return replace(
        library,
        faults=(*library.faults, *notes.faults),
        companions=(*library.companions, Companion(notes.source.path, notes.source.sha256)),
    )


def read_waivers(node: Node, notes: Notes) -> tuple[Waiver, ...]:
    """The waivers of a list; what is wrong with one is noted, and it covers nothing."""
    if not isinstance(node, SequenceNode):
        if not (isinstance(node, ScalarNode) and node.is_empty):
            notes.invalid(WAIVERS, node, "waivers must be a list: start every waiver with '- code:'")
        return ()
    read = (_waiver(index, item, notes) for index, item in enumerate(node.items))
    return tuple(waiver for waiver in read if waiver is not None)


def _waiver(index: int, node: Node, notes: Notes) -> Waiver | None:
    if not isinstance(node, MappingNode):
        notes.invalid(WAIVERS, node, "this waiver has no fields: start it with '- code:'")
        return None
    scalars = {pair.key.value: pair.value.value for pair in node.pairs if isinstance(pair.value, ScalarNode)}
    # Faults name a waiver by what it is for: its place in the list may change.
    name = f"{WAIVERS}.{scalars.get('code', '?')}.{scalars.get('reference', '?')}"
    values = {pair.key.value: pair.value for pair in notes.known(node, WAIVER_FIELDS, f"{name}.")}
    missing = [key for key in _REQUIRED_OF_WAIVER if key not in values]
    if missing:
        message = f"the waiver has no effect, because it lacks {', '.join(missing)}"
        notes.invalid(name, node, message, "write it with `evidence waive`, which adds every required field")
        return None

    def text(key: str) -> str | None:
        return notes.text(f"{name}.{key}", values[key])

    before = len(notes.faults)
    code = text("code")
    category = notes.choice(f"{name}.category", values["category"], _CATEGORIES)
    if code is not None and isinstance(code_node := values["code"], ScalarNode):
        notes.is_rule_code(f"{name}.code", code_node)
    reference = text("reference") if "reference" in values else None
    reason, requested_by, approved_by = text("reason"), text("requested-by"), text("approved-by")
    since = read_day(f"{name}.since", values["since"], notes)
    until = read_day(f"{name}.until", values["until"], notes)
    if since is not None and until is not None and until.earliest < since.earliest:
        message = f"until {until.earliest} is before since {since.earliest}"
        notes.invalid(f"{name}.until", values["until"], message)
    baseline = notes.choice(f"{name}.baseline", values["baseline"], _TRUTHS) if "baseline" in values else "false"
    evidence = _waiver_evidence(f"{name}.evidence", values["evidence"], notes)
    if len(notes.faults) > before or since is None or until is None:
        return None
    if not (code and category and reason and requested_by and approved_by and baseline):
        return None
    return Waiver(
        code=code,
        reference=reference,
        category=_CATEGORIES[category],
        reason=reason,
        requested_by=requested_by,
        approved_by=approved_by,
        since=since.earliest,
        until=until.earliest,
        evidence=evidence,
        place=notes.place(node),
        index=index,
        baseline=_TRUTHS[baseline],
        places={key: notes.place(value) for key, value in values.items()},
    )


def _waiver_evidence(key: str, node: Node, notes: Notes) -> dict[str, str]:
    """What the waiver rests on, by name; noted where it does not even name its finding."""
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, "evidence must name the finding and what it is based on; `evidence waive` writes it")
        return {}
    pairs = notes.distinct(node, f"{key}.")
    read = {pair.key.value: notes.text(f"{key}.{pair.key.value}", pair.value) for pair in pairs}
    if FINDING not in read:
        notes.invalid(key, node, "evidence does not name the finding; `evidence waive` writes it")
    return {name: text for name, text in read.items() if text is not None}
