"""Frozen dataclasses with shared methods: nobody can see a difference to those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
from dataclasses import field, fields, replace

import pytest

import evidence
from evidence.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A value."""

    x: int
    y: int = 0
    note: str = field(default="", compare=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Place(Point):
    """A value with one field more."""

    name: str = ""


@dataclass(frozen=True)
class Alone:
    """A value with one field, without slots."""

    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """A value without fields."""


@dataclass(frozen=True, slots=True)
class Caseless:
    """A value that says itself when it is equal."""

    word: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Caseless) and other.word.lower() == self.word.lower()

    def __hash__(self) -> int:
        return hash(self.word.lower())

    def __repr__(self) -> str:
        return f"<{self.word}>"


@dataclass(frozen=True, slots=True, order=True)
class Ordered:
    """A value that can be sorted."""

    number: int


@dataclass(slots=True)
class Open:
    """No value: it changes."""

    number: int


def test_values_are_equal_by_the_fields_that_are_compared_and_by_their_class() -> None:
    assert Point(1, note="a") == Point(1, note="b")
    assert Point(1) != Point(2)
    assert Point(1, secret="a") != Point(1, secret="b")  # noqa: S106  # no password
    assert Point(1) != Place(1)
    assert Place(1, name="a") != Place(1, name="b")
    assert Alone((1,)) == Alone((1,))
    assert Alone((1,)) != (1,)
    assert Empty() == Empty()


def test_equal_values_have_one_hash() -> None:
    assert len({Point(1, note="a"), Point(1, note="b"), Place(1), Empty(), Empty()}) == 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(Point([]))  # type: ignore[arg-type]


def test_they_are_shown_as_the_standard_library_shows_them() -> None:
    assert repr(Point(1, note="a", secret="b")) == "Point(x=1, y=0, note='a')"  # noqa: S106  # no password
    assert repr(Alone(())) == "Alone(values=())"
    assert repr(Empty()) == "Empty()"


def test_nobody_can_assign_to_them() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del Point(1).x


def test_what_a_class_defines_itself_stays() -> None:
    assert Caseless("A") == Caseless("a")
    assert len({Caseless("A"), Caseless("a")}) == 1
    assert repr(Caseless("A")) == "<A>"


def test_those_that_can_be_sorted_or_changed_are_the_standard_librarys() -> None:
    assert sorted([Ordered(2), Ordered(1)]) == [Ordered(1), Ordered(2)]
    changed = Open(1)
    changed.number = 2
    assert changed == Open(2)


def test_they_are_replaced_copied_and_pickled() -> None:
    place = Place(1, name="a")
    assert replace(place, y=2) == Place(1, 2, name="a")
    assert [each.name for each in fields(place)] == ["x", "y", "note", "secret", "name"]
    assert copy.deepcopy(place) == pickle.loads(pickle.dumps(place)) == place  # noqa: S301  # our own bytes


def test_every_frozen_class_of_the_package_is_frozen_and_knows_what_it_compares() -> None:
    seen = 0
    for found in pkgutil.walk_packages(evidence.__path__, "evidence."):
        if found.name.endswith("__main__") or "bundle_files" in found.name:
            continue
        for value in vars(importlib.import_module(found.name)).values():
            if isinstance(value, type) and dataclasses.is_dataclass(value) and "_compared" in vars(value):
                seen += 1
                assert value.__dataclass_params__.frozen, value  # type: ignore[attr-defined]
                assert value.__hash__ is not None, value
    assert seen > 200
