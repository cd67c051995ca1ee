"""Finds the sentences of the program, the strings in the code that a user may read, for docs/messages.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import evidence

SOURCE = Path(evidence.__file__).parent
_NOT_PRINTED = frozenset({"demo"})
"""Packages whose strings are the data of made-up services."""

_INTERNAL_ERRORS = frozenset({"AssertionError", "KeyError", "LookupError", "RuntimeError", "TypeError", "ValueError"})
_PATTERN_CALLS = frozenset({"compile", "search", "match", "fullmatch", "sub", "findall", "finditer", "split"})
_SHORTEST_LIST = 8
_FUNCTION_WORDS = frozenset("a all and are by can for in is it not of on or the to was with".split())  # noqa: SIM905 - a list
"""Without these, or on several lines, so many words are a list for the program and no sentence."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(
    r"^\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|BEGIN|ATTACH|VACUUM|WITH|WHERE|ORDER BY|REPLACE)\b"
    r"|^\s*</?[a-zA-Z!]|\(\?[:=!<P]|\\[bwWdsS]|\[\^|^[a-z-]+/[a-z-]+;|^\S+\.\S+\s*=|^%"
)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence or a part of one: the module, the line, the text; what the program fills in is `{name}`."""

    module: str
    line: int
    text: str


def messages() -> Iterator[Message]:
    """The messages of all modules, in the order of the code.

    Left out are docstrings (the printed ones are in docs/commands.md and docs/rules.md), facts of findings, regular
    expressions, SQL, markup, lists of words and errors of the program itself.
    """
    for path in sorted(SOURCE.rglob("*.py")):
        module = path.relative_to(SOURCE).with_suffix("").as_posix()
        if module.split("/")[0] not in _NOT_PRINTED:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found = (Message(module, node.lineno, text) for node in _strings(tree) if (text := _text(node)))
            yield from sorted(found, key=lambda message: message.line)


def _strings(tree: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """The string expressions of a module that are neither parts of another one nor for the program alone."""
    passed_over: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                passed_over.add(node.value)
            case ast.JoinedStr():
                passed_over.update(below for below in ast.walk(node) if below is not node and _is_string(below))
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name)) as error) if name in _INTERNAL_ERRORS:
                passed_over.update(ast.walk(error))
            case ast.Call(func=ast.Attribute(value=subject, attr=method)) if method in _PATTERN_CALLS:
                passed_over.update([subject, *(below for each in node.args[:1] for below in ast.walk(each))])
            case ast.Call(func=ast.Name(id="Violation"), args=[_, fact, *_]):
                passed_over.update(ast.walk(fact))
            case ast.Subscript() | ast.Compare():
                passed_over.update(below for below in ast.iter_child_nodes(node) if _is_string(below))
    return (node for node in ast.walk(tree) if _is_string(node) and node not in passed_over)  # type: ignore[misc]


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    """The text of a string expression on one line; empty where it is no sentence."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "".join(str(part.value) if isinstance(part, ast.Constant) else _placeholder(part) for part in parts)
    words = _WORD.findall(re.sub(r"\{[^}]*\}", "", text))
    is_sentence = len(words) > 1 and " " in text.strip() and any(word.islower() for word in words)
    is_list = len(words) >= _SHORTEST_LIST and ("\n" in text.strip() or _FUNCTION_WORDS.isdisjoint(words))
    return "" if not is_sentence or is_list or _CODE.search(text) else " ".join(text.split())


def _placeholder(part: ast.expr) -> str:
    """`{accessed}` for `{case.reference.accessed}`: the last name of what is filled in."""
    names = re.findall(r"[A-Za-z_]\w*", ast.unparse(part.value if isinstance(part, ast.FormattedValue) else part))
    return "{" + (names[-1].strip("_") if names else "") + "}"


def messages_page() -> str:
    """The page: the messages of each module in the order of its code, each once."""
    lines = ["# Messages", "", "Every sentence of the program, generated from the code by `make docs`.", ""]
    lines += ["`{name}` is what the program fills in. Help texts are in [commands.md](commands.md), the pages of the"]
    lines += ["rules in [rules.md](rules.md)."]
    for module, found in groupby(messages(), key=lambda message: message.module):
        lines += ["", f"## {module}", ""]
        lines += (f"- `` {text} ``" if "`" in text else f"- `{text}`" for text in dict.fromkeys(m.text for m in found))
    return "\n".join(lines) + "\n"
