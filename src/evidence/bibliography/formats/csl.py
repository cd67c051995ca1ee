"""The items as they are, retractions marked: as CSL-JSON (csl-data.json of CSL 1.0.2), and as CSL-YAML.

CSL-YAML is a `references:` file, the form that our own libraries have and that pandoc reads.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from evidence.bibliography import variables
from evidence.bibliography.variables import clean, with_own_ids, with_retraction
from evidence.library import fields, markdown
from evidence.model.dates import PartialDate
from evidence.model.regex import regex

_PLAIN = regex(r"[A-Za-z][A-Za-z0-9]+(?:[ -][A-Za-z0-9]+)*")
_ONE_DATE = regex(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_YAML_WORDS = frozenset(["yes", "no", "on", "off", "true", "false", "null", "nan", "inf"])
_ESCAPED_WITHIN_WORD = regex(r"(?<=[0-9A-Za-z])\\_(?=[0-9A-Za-z])")
_NAME_PARTS = ("family", "given", "dropping-particle", "non-dropping-particle", "suffix", "literal")
_FLAGS = ("comma-suffix", "static-ordering", "parse-names")


def write_csl_json(items: Sequence[Mapping[str, object]]) -> str:
    """The items as a JSON array in UTF-8, cleaned of control characters, equal ids made distinct, and nothing else.

    Zotero, pandoc and every CSL processor read it. What CSL has no variable for (`setid`,
    `retracted`) is under `custom`, which the CSL schema leaves open; that a paper is retracted is said before its
    title and in its note too, since no processor prints `custom`.
    """
    written = [_cleaned(with_retraction(item)) for item in with_own_ids(items)]
    return json.dumps(written, ensure_ascii=False, indent=2) + "\n"


def _cleaned(value: object) -> object:
    match value:
        case str():
            return clean(value)
        case Mapping():
            return {clean(str(key)): _cleaned(part) for key, part in value.items()}
        case Sequence():
            return [_cleaned(part) for part in value]
        case _:
            return value


def write_csl_yaml(items: Sequence[Mapping[str, object]]) -> str:
    """The items as a library file.

    Only fields that a library knows are written (`evidence.library.fields`); `custom: setid` and `nct` become fields of
    their own, what else is custom stays there; a retraction is marked as in CSL-JSON. A date that only has words is
    written as `literal`, which pandoc prints and a check reports.
    """
    if not items:
        return "references: []\n"
    lines = ["references:"]
    for item in with_own_ids(items):
        entry = list(_entry(with_retraction(item)))
        lines.append(f"  - {entry[0]}")
        lines.extend(f"    {line}" for line in entry[1:])
    return "\n".join(lines) + "\n"


def _entry(item: Mapping[str, object]) -> Iterator[str]:
    yield f"id: {_scalar(variables.text(item, 'id') or 'item')}"
    for key, value in item.items():
        if key in fields.NAME_FIELDS:
            yield from _names(key, value)
        elif key in fields.DATE_FIELDS:
            yield from _date(key, item)
        elif key == "custom":
            yield from _custom(item)
        elif key in {"keyword", "categories"} and isinstance(value, (list, tuple)):
            yield f"{key}: {_flow(value)}"
        elif key in fields.KNOWN_FIELDS and key != "id" and (text := variables.text(item, key)):
            if key in fields.IDENTIFIER_FIELDS:
                text = _markdown_address(text)
            elif key != "type":
                text = _markdown(text)
            yield f"{key}: {_scalar(text)}"


def _markdown(rich: str) -> str:
    """Rich text as Markdown, which knows no emphasis that is empty, within itself or begins with a space."""
    out: list[str] = []
    waiting: list[str] = []
    depth: Counter[str] = Counter()
    space = ""
    for piece in variables.rich_pieces(rich):
        if isinstance(piece, str):
            bare = piece.strip(" ")
            space = " " if piece.startswith(" ") else space
            if bare:
                out += [space, *waiting, bare]
                waiting.clear()
                space = " " if piece.endswith(" ") else ""
            continue
        depth[piece.name] += -1 if piece.closes else 1
        if depth[piece.name] != (0 if piece.closes else 1):
            continue
        if not piece.closes:
            waiting.append(f"<{piece.name}>")
        elif waiting:
            waiting.pop()
        else:
            out.append(f"</{piece.name}>")
    return markdown.from_html("".join(out))


def _markdown_address(text: str) -> str:
    """An identifier or address as Markdown; underscores within words are not markup and stay readable."""
    return _ESCAPED_WITHIN_WORD.sub("_", markdown.escape(text))


def _names(key: str, value: object) -> Iterator[str]:
    each = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    written = [parts for name in each if isinstance(name, Mapping) and (parts := _name(name))]
    if written:
        yield f"{key}:"
        yield from (f"  - {{{', '.join(parts)}}}" for parts in written)


def _name(name: Mapping[str, object]) -> list[str]:
    texts = ((part, variables.text(name, part)) for part in _NAME_PARTS)
    parts = [f"{part}: {_scalar(markdown.escape(text))}" for part, text in texts if text]
    return [*parts, *(f"{flag}: true" for flag in _FLAGS if parts and name.get(flag) is True)]


def _date(key: str, item: Mapping[str, object]) -> Iterator[str]:
    when = variables.date(item, key)
    value = item[key]
    if isinstance(when, PartialDate):
        circa = isinstance(value, Mapping) and value.get("circa") not in (None, False, 0, "")
        text = f"{when}~" if circa and when.until is None else str(when)
        yield f"{key}: {text if _ONE_DATE.fullmatch(text) else _quoted(text)}"
    elif when:
        yield f"{key}: {{literal: {_scalar(markdown.escape(when))}}}"


def _custom(item: Mapping[str, object]) -> Iterator[str]:
    numbers = {"setid": variables.set_id(item), "NCT": variables.trial(item)}
    yield from (f"{key}: {_scalar(_markdown_address(number))}" for key, number in numbers.items() if number)
    within = item["custom"]
    if isinstance(within, Mapping):
        rest = {str(key): value for key, value in within.items() if key not in ("setid", "nct")}
        if rest:
            yield f"custom: {_flow(rest)}"


def _flow(value: object) -> str:
    """A structure in one line of JSON, which is YAML too; its texts are Markdown like all others."""
    match value:
        case str():
            return _quoted(_markdown(variables.clean(value)))
        case Mapping():
            return "{" + ", ".join(f"{_quoted(str(key))}: {_flow(part)}" for key, part in value.items()) + "}"
        case Sequence():
            return "[" + ", ".join(_flow(part) for part in value) + "]"
        case _:
            return json.dumps(value)


def _scalar(text: str) -> str:
    """A text without quotes where every YAML reader takes it for that text, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(variables.clean(text), ensure_ascii=False)
