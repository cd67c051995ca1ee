"""CSL-JSON and CSL-YAML: what Zotero, Better BibTeX, Mendeley, pandoc and this tool's own libraries hold."""

from __future__ import annotations

import json
from collections.abc import Iterator

from evidence.errors import FileError
from evidence.library.files import SourceText, printable
from evidence.library.reading import read_text

CslItem = dict[str, object]

_DEEPEST = 60


def json_items(source: SourceText) -> list[CslItem]:
    """The items of a CSL-JSON file: a list, or Zotero's `{"items": […]}`.

    Raises:
        FileError: it is no JSON, nested too deeply, or no list of items.
    """
    try:
        told = json.loads(source.text)
    except json.JSONDecodeError as error:
        raise source.error(f"this is no JSON: {error.msg}", error.pos) from None
    except RecursionError:
        raise FileError("the JSON is nested too deeply", path=source.path) from None
    except ValueError as error:  # a number of thousands of digits
        raise FileError(f"this is no JSON of references: {error}", path=source.path) from None
    if isinstance(told, dict):
        told = next((told[key] for key in ("items", "references") if isinstance(told.get(key), list)), told)
    if not isinstance(told, list) or not all(isinstance(item, dict) for item in told):
        raise FileError("this is no list of CSL-JSON items", path=source.path)
    if any(_deep(item, _DEEPEST) for item in told):
        raise FileError("the JSON is nested too deeply", path=source.path)
    return told


def yaml_items(source: SourceText) -> Iterator[CslItem]:
    """The entries of a CSL-YAML file, read as every library is; its Markdown has become CSL-JSON's rich text.

    Raises:
        FileError: it cannot be read as a library.
    """
    text = source.text
    if text.startswith("---"):  # pandoc wants a metadata block, of which a library has no need
        text = text.rstrip()
        text = text.removesuffix("...").removesuffix("---") + "\n"
    for reference in read_text(printable(SourceText(source.path, text, source.sha256))).references:
        dated = {key: value for key, value in (("issued", reference.issued), ("accessed", reference.accessed)) if value}
        own: CslItem = {"cited-as": reference.cited_as} if reference.cited_as else {}
        yield {**reference.csl, "id": reference.id, **own, **{key: {"edtf": str(day)} for key, day in dated.items()}}


def _deep(value: object, left: int) -> bool:
    if not left:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_deep(one, left - 1) for one in inner)
