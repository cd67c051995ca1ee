"""Expressions that are compiled when first used: as `re.compile`, none before it is needed, and all of them sound."""

from __future__ import annotations

import copy
import gc
import importlib
import pickle
import pkgutil
import re

import evidence
from evidence.model import regex as module
from evidence.model.regex import regex


def test_it_finds_what_the_compiled_expression_finds() -> None:
    written = regex(r"(?P<year>\d{4})", re.IGNORECASE)
    found = written.search("in 2025")
    assert found is not None
    assert found["year"] == "2025"
    assert written.sub("then", "in 2025") == "in then"
    assert (written.pattern, written.groupindex["year"]) == (r"(?P<year>\d{4})", 1)


def test_it_is_compiled_once_and_when_it_is_first_used() -> None:
    written = regex(r"(")  # no expression: defining it raises nothing
    compiled = regex(r"a")
    assert compiled.search is compiled.search
    try:
        written.search("")
    except re.error:
        return
    raise AssertionError("the expression was not compiled")


def test_it_can_be_copied_and_pickled() -> None:
    written = regex(r"\d")
    assert copy.deepcopy(written).search("1")
    assert pickle.loads(pickle.dumps(written)).search("1")  # noqa: S301  # our own bytes


def test_every_expression_of_the_package_is_sound() -> None:
    for found in pkgutil.walk_packages(evidence.__path__, "evidence."):
        if not found.name.endswith("__main__") and "bundle_files" not in found.name:
            importlib.import_module(found.name)
    written = [each for each in gc.get_objects() if isinstance(each, module._Uncompiled) and each._pattern != "("]
    assert len(written) > 500
    for each in written:
        re.compile(each._pattern, each._flags)
