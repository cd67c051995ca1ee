r"""Text for BibTeX and biblatex: UTF-8, with LaTeX's special characters escaped.

Nothing in a value can be a command: `\input{x}` is written as `\textbackslash{}input\{x\}`. BibTeX
itself counts braces without regard to backslashes, so braces that are not balanced are written as
`\textbraceleft{}`. Signs that TeX would join (`--`, `''`, `<<`, `,,`) are kept apart by `{}`.
"""

from __future__ import annotations

import re

from evidence.bibliography.variables import ItemName, Tag, pieces

_COMMAND_OF_TAG = {"i": r"\textit{", "b": r"\textbf{", "sub": r"\textsubscript{", "sup": r"\textsuperscript{"}
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "`": r"\textasciigrave{}",
    **{char: "\\" + char for char in "{}$&#%_"},
}
_UNBALANCED = {**_ESCAPES, "{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
_SPECIAL = re.compile(r"[\\^~`{}$&#%_]|(?<=-)-|(?<=')'|(?<=<)<|(?<=>)>|(?<=,),")
_WORD = re.compile(r"[^ ]+")
_RANGE = re.compile(r"(?<=[^\W_])[ ]*[-\u2010-\u2015\u2212]+[ ]*(?=[^\W_])")
_AND = re.compile(r"(?:^|\s)and(?:\s|$)", re.IGNORECASE)
_NOT_IN_ADDRESS = str.maketrans({char: f"%{ord(char):02X}" for char in '{}\\ "'})


def literal(text: str) -> str:
    """Plain text that LaTeX prints as it stands."""
    return _escaped(text, _escapes_for(text))


def latex_list_item(text: str) -> str:
    """Plain text for a field that is a list joined by `and` (publishers, places): never cut at its own "and"."""
    return f"{{{literal(text)}}}" if _AND.search(text) else literal(text)


def address(text: str) -> str:
    """A URL or DOI as it is: these fields are verbatim. What no URL may hold is percent-encoded."""
    return text.translate(_NOT_IN_ADDRESS)


def page_range(text: str) -> str:
    """Pages, with TeX's `--` between first and last."""
    return "--".join(literal(part) for part in _RANGE.split(text))


def rich(text: str) -> str:
    r"""CSL-JSON's rich text with `\textit`, `\textbf`, `\textsubscript` and `\textsuperscript`."""
    return _rich(text, keep_case=False)


def title(text: str) -> str:
    """Rich text whose capitals no bibliography style makes small.

    A style in sentence case keeps the first letter of a title and makes all others small; every
    word that has another capital (DNA, McCue, Crohn's) stands in braces.
    """
    return _rich(text, keep_case=True)


def person(name: ItemName) -> str:
    """A name in the form `von Last, Jr, First`, which alone is not ambiguous; a body in braces."""
    if name.literal:
        return f"{{{literal(name.literal)}}}"
    last = _last_name(name)
    if not (name.given or name.suffix):
        return last if last.startswith("{") else f"{{{last}}}"
    parts = [_name_part(name.suffix)] if name.suffix else []
    return ", ".join([last, *parts, _name_part(name.given) or "{}"])


def _last_name(name: ItemName) -> str:
    particle_is_von = name.particle == name.particle.lower()
    family = name.family if particle_is_von else name.last
    said = literal(family)
    if "," in family or _AND.search(family) or any(word[0].islower() for word in family.split()):
        said = f"{{{said}}}"
    return f"{literal(name.particle)} {said}" if name.particle and particle_is_von else said


def _name_part(text: str) -> str:
    return f"{{{literal(text)}}}" if "," in text or _AND.search(text) else literal(text)


def _rich(text: str, *, keep_case: bool) -> str:
    parts = list(pieces(text))
    escapes = _escapes_for("".join(part for part in parts if isinstance(part, str)))
    out: list[str] = []
    starts = True
    for part in parts:
        if isinstance(part, Tag):
            # {} tells pandoc that \textit{{DNA}} is a braced word in italics, no italics in two braces
            closing = "{}}" if keep_case and out and out[-1].startswith("{") else "}"
            out.append(closing if part.closes else _COMMAND_OF_TAG[part.name])
        elif keep_case:
            out.append(_with_capitals_kept(part, escapes, starts=starts))
            starts = False
        else:
            out.append(_escaped(part, escapes))
    return "".join(out)


def _with_capitals_kept(text: str, escapes: dict[str, str], *, starts: bool) -> str:
    def kept(match: re.Match[str]) -> str:
        word = match[0]
        said = _escaped(word, escapes)
        judged = word[1:] if starts and match.start() == 0 else word
        if not any(char.isupper() for char in judged):
            return said
        # {\x…} at the outermost level is what BibTeX calls a special character: not protected
        return f"{{{{{said}}}}}" if said.startswith("\\") else f"{{{said}}}"

    return _WORD.sub(kept, text)


def _escapes_for(text: str) -> dict[str, str]:
    depth = 0
    for brace in re.findall(r"[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return _UNBALANCED
    return _UNBALANCED if depth else _ESCAPES


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return _SPECIAL.sub(lambda match: escapes.get(match[0], "{}" + match[0]), text)
