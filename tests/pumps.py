"""Throws long texts at every regular expression of the package; run as a script that a test gives a limited time.

The texts are made from the expressions themselves: of each part that may repeat, what it matches, many times, behind
what the parts before it match; what one of its character classes holds, alone and in pairs. All end in a character that
fits nothing, so that an expression which can match such a text in many ways has to try all of them.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import evidence

_parser: Any = importlib.import_module("re._parser")  # the standard library's own reader of expressions
_codes: Any = importlib.import_module("re._constants")

SHORT, MIDDLING, LONG = 64, 1_000, 20_000
EXPONENTIAL = (30, 45, 60)  # characters, of which an expression that tries all ways would take years
MOST_SECONDS = 0.05  # of CPU for each of these
_SLOWEST = 6  # texts of each expression that are tried at full length
_BEGINNINGS = 12  # behind which digits, letters and spaces are tried
_VARIANTS = 4  # texts in which the alternatives and classes of an expression give something else
_SCANNING = frozenset({"search", "finditer", "findall", "sub", "subn", "split"})
_METHODS = _SCANNING | {"match", "fullmatch"}
_NOTHING_FITS = "\x00"

Pump = tuple[str, str]
"""What precedes, and what is repeated."""


def modules() -> Iterator[ModuleType]:
    """All modules of the package."""
    for found in pkgutil.walk_packages(evidence.__path__, "evidence."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def expressions() -> dict[str, tuple[re.Pattern[Any], frozenset[str]]]:
    """The expressions of all modules, by name, and by which methods they are used.

    They are what modules hold compiled, or compile when it is used first, and what functions give to `re` as it is.
    """
    found: dict[str, tuple[re.Pattern[Any], frozenset[str]]] = {}
    known: set[tuple[object, int]] = set()
    called = {module: set(_called(module)) for module in modules()}
    for module, calls in called.items():
        looped = {method for name, method in calls if name.islower() and name != "re"}
        for name, value in vars(module).items():
            shared = itertools.chain.from_iterable(called.values()) if not name.startswith("_") else ()
            ways = {method for of, method in (*calls, *shared) if of == name} or looped
            for pattern in _held(value):
                if (pattern.pattern, pattern.flags) not in known:
                    known.add((pattern.pattern, pattern.flags))
                    found[f"{module.__name__}.{name}:{len(found)}"] = pattern, frozenset(ways)
        for written, method in _written_in_place(module):
            found[f"{module.__name__}, in a call:{len(found)}"] = re.compile(written), frozenset({method})
    return found


def _written_in_place(module: ModuleType) -> Iterator[tuple[str | bytes, str]]:
    """The expressions that a module gives to functions of `re`, and to which."""
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                args=[ast.Constant(value=str() | bytes() as written), *_],
            ) if method in _METHODS:
                yield written, method


def _called(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Which name's methods a module calls; a name that a loop gives to the members of a table counts as the table's."""
    read = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    yield from _methods(read)
    for node in ast.walk(read):
        loops = [node] if isinstance(node, ast.For) else getattr(node, "generators", [])
        for loop in loops:
            members = {name.id for name in ast.walk(loop.target) if isinstance(name, ast.Name)}
            tables = [name.id for name in ast.walk(loop.iter) if isinstance(name, ast.Name)]
            used = {method for name, method in _methods(node) if name in members}
            yield from itertools.product(tables, used)


def _methods(read: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(read):
        if not isinstance(node, ast.Attribute) or node.attr not in _METHODS:
            continue
        of = node.value.func if isinstance(node.value, ast.Call) else node.value
        if isinstance(of, ast.Name):
            yield of.id, node.attr


def _held(value: Any) -> Iterator[re.Pattern[Any]]:
    if hasattr(value, "cache_info") and value.__annotations__.get("return") == "re.Pattern[str]":
        value = value()  # compiled when it is needed first
    if hasattr(value, "cache_info") and not inspect.signature(value).parameters:  # compiled when first used
        value = value()
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | frozenset):
        yield from itertools.chain.from_iterable(map(_held, value))
    elif isinstance(value, dict):
        yield from itertools.chain.from_iterable(map(_held, value.values()))
    elif is_dataclass(value):
        held = (
            vars(value).values() if isinstance(value, type) else (getattr(value, f.name, None) for f in fields(value))
        )
        yield from itertools.chain.from_iterable(_held(one) for one in held if not is_dataclass(one))


def tree(pattern: re.Pattern[Any]) -> Any:
    """The expression as the standard library reads it."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    return _parser.parse(text, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)


def _class(items: list[tuple[Any, Any]]) -> list[str]:
    """Some characters of a character class."""
    categories = {_codes.CATEGORY_DIGIT: "1", _codes.CATEGORY_SPACE: " ", _codes.CATEGORY_WORD: "a"}
    chars: list[str] = []
    for code, value in items:
        if code is _codes.LITERAL:
            chars.append(chr(value))
        elif code is _codes.RANGE:
            chars += [chr(value[0]), chr(value[1])]
            chars += ["1"] if value[0] < ord("1") < value[1] else []
        elif code is _codes.CATEGORY:
            chars.append(categories.get(value, "a" if value is _codes.CATEGORY_NOT_SPACE else "-"))
    if items[0][0] is _codes.NEGATE:
        return [char for char in "a1 .,(<\n" if char not in chars] or ["\u00e9"]
    return chars


def _parts(code: Any, value: Any) -> list[Any]:
    """The expressions inside a part of one."""
    if code in {_codes.MAX_REPEAT, _codes.MIN_REPEAT, _codes.POSSESSIVE_REPEAT}:
        return [value[2]]
    if code is _codes.SUBPATTERN:
        return [value[3]]
    if code is _codes.BRANCH:
        return list(value[1])
    if code in {_codes.ASSERT, _codes.ASSERT_NOT}:
        return [value[1]]
    return [value] if code is _codes.ATOMIC_GROUP else []


def ranges(parts: Any) -> Iterator[tuple[str, str]]:
    """The ranges of the character classes of an expression."""
    for code, value in parts:
        if code is _codes.IN:
            yield from ((chr(one[0]), chr(one[1])) for inner, one in value if inner is _codes.RANGE)
        for inner in _parts(code, value):
            yield from ranges(inner)


def sample(parts: Any, variant: int) -> str:
    """A text that the expression may match."""
    text = ""
    for code, value in parts:
        inner = _parts(code, value)
        if code is _codes.LITERAL:
            text += chr(value)
        elif code is _codes.IN:
            chars = _class(value)
            text += chars[variant % len(chars)]
        elif code in {_codes.ANY, _codes.NOT_LITERAL}:
            text += "a"
        elif code is _codes.BRANCH:
            text += sample(inner[variant % len(inner)], variant)
        elif code is _codes.ASSERT and value[0] < 0:
            text += sample(value[1], variant)  # what stands before, if it begins the expression
        elif code in {_codes.MAX_REPEAT, _codes.MIN_REPEAT, _codes.POSSESSIVE_REPEAT}:
            text += sample(inner[0], variant) * max(value[0], 1 - variant % 2)
        elif code in {_codes.SUBPATTERN, _codes.ATOMIC_GROUP}:
            text += sample(inner[0], variant)
    return text


def _pumps(parts: Any, before: str, variant: int) -> Iterator[Pump]:
    for code, value in parts:
        inner = _parts(code, value)
        if code in {_codes.MAX_REPEAT, _codes.MIN_REPEAT, _codes.POSSESSIVE_REPEAT} and value[1] > SHORT // 4:
            yield before, sample(inner[0], variant)
            if len(inner[0]) == 1 and inner[0][0][0] is _codes.IN:
                yield from ((before, char) for char in _class(inner[0][0][1])[:4])
        for one in inner:
            yield from _pumps(one, before, variant)
        before += sample([(code, value)], variant)


def pumps(pattern: re.Pattern[Any]) -> list[Pump]:
    """What to repeat, after what, to make this expression work hard."""
    read, made = tree(pattern), set[Pump]()
    for variant in range(_VARIANTS):
        made.update(_pumps(read, "", variant))
        made.add(("", sample(read, variant)))
        made.add((sample(read, variant), " "))
    made |= set(itertools.product(sorted({before for before, _ in made})[:_BEGINNINGS], "1a "))
    made |= {("", (before if len(before) < SHORT else "") + repeated) for before, repeated in made}
    single = sorted({repeated for _, repeated in made if len(repeated) == 1} | {"1", "a", " "})[:10]
    made |= {("", one) for one in single} | {("", "".join(pair)) for pair in itertools.permutations(single[:6], 2)}
    return sorted((before, repeated) for before, repeated in made if repeated)


def text_of(pump: Pump, length: int) -> str:
    """A text of about this length."""
    before, repeated = pump
    return before + (repeated * (length // len(repeated) + 1))[:length] + _NOTHING_FITS


def _work(pattern: re.Pattern[Any], text: str, ways: frozenset[str]) -> float:
    given = text if isinstance(pattern.pattern, str) else text.encode("utf-8", "replace")
    start = time.process_time()
    if ways & _SCANNING or not ways:
        for _ in pattern.finditer(given):
            pass
    if "match" in ways:
        pattern.match(given)
    if "fullmatch" in ways:
        pattern.fullmatch(given)
    return time.process_time() - start


def sweep(tell: Callable[[str], object]) -> list[str]:
    """Try all expressions: short texts of all kinds, and the kinds that took longest at full length.

    Returns:
        What took too long for a few characters.
    """
    slow: list[str] = []
    for name, (pattern, ways) in expressions().items():
        took: list[tuple[float, Pump]] = []
        for pump in pumps(pattern):
            tell(f"{name} {pump!r}")
            for length in EXPONENTIAL:
                text = text_of(pump, length)
                if (seconds := min(_work(pattern, text, ways), _work(pattern, text, ways))) > MOST_SECONDS:
                    slow.append(f"{name}: {seconds:.3f} s for {text!r}")
            took.append((_work(pattern, text_of(pump, MIDDLING), ways), pump))
        for _, pump in sorted(took, reverse=True)[:_SLOWEST]:
            tell(f"{name} {pump!r} at full length")
            _work(pattern, text_of(pump, LONG), ways)
    return slow


if __name__ == "__main__":
    sys.exit("\n".join(sweep(lambda doing: sys.stderr.write(f"{doing}\n"))) or None)
