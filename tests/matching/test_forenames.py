"""Given names as printed and as recorded: which are forms of one, and where a printed list gives others. Invented."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.matching.compare import compare, compare_fields
from evidence.matching.forenames import are_forms, contradict
from evidence.matching.verdict import DifferenceKind, Field, Verdict
from evidence.model.errors import Place
from evidence.model.records import Article, Author
from evidence.model.references import Name, Reference
from factories import WORK, differing_fields

RECORD = replace(
    WORK,
    authors=(
        Author("Gu", "Dongdong", "D"),
        Author("Xu", "Ruiyuan", "R"),
        Author("Müller", "Karl-Heinz", "KH"),
        Author("Stone", "Robert J", "RJ"),
    ),
)
TAIL = f"{WORK.title} The journal of winter medicine. 2013;65(2):529-38."
LAYOUTS = {
    "family first": "; ".join,
    "Chicago": lambda names: f"{names[0]}, {', '.join(map(_turned, names[1:-1]))}, and {_turned(names[-1])}",
    "given first": lambda names: ", ".join(map(_turned, names)),
}
RIGHT = ["Gu, Dongdong", "Xu, Ruiyuan", "Müller, Karl-Heinz", "Stone, Robert J"]


def _turned(name: str) -> str:
    family, _, given = name.partition(", ")
    return f"{given} {family}"


def verdict(layout: str, names: list[str], record: Article = RECORD) -> tuple[Verdict, DifferenceKind, str]:
    judged = compare(f"{LAYOUTS[layout](names)}. {TAIL}", record).of(Field.AUTHORS)
    return judged.verdict, judged.kind, judged.message


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "name",
    [
        "Gu, D",
        "Gu, D.",
        "Gu, Dong-Dong",
        "Gu, Dong Dong",
        "Xu, Rui-Yuan",
        "Xu, Rui-yuan",
        "Xu, Rui Yuan",
        "Müller, Karlheinz",
        "Müller, Karl Heinz",
        "Müller, Karl",
        "Müller, K.-H.",
        "Stone, Bob",
        "Stone, Rob",
        "Stone, Roberto J.",
        "Stone, Robert James",
    ],
)
def test_other_forms_of_a_given_name_are_no_difference(layout: str, name: str) -> None:
    family = name.partition(",")[0]
    names = [name if right.startswith(f"{family},") else right for right in RIGHT]
    assert verdict(layout, names)[0] is Verdict.AGREES


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_invented_given_name_with_the_right_initial_is_a_difference(layout: str) -> None:
    names = [RIGHT[0], RIGHT[1], RIGHT[2], "Stone, Rachel J"]
    printed = "Stone, Rachel J" if layout == "family first" else "Rachel J Stone"
    assert verdict(layout, names) == (
        Verdict.DIFFERS,
        DifferenceKind.GIVEN_NAME,
        f'given name differs: cited "{printed}", record Robert J Stone',
    )


def test_several_invented_names_are_one_sentence() -> None:
    names = ["Gu, Deborah", "Xu, Rachel", "Müller, Keith", "Stone, Rufus"]
    assert verdict("family first", names)[2] == (
        'given names differ: cited "Gu, Deborah", record Dongdong Gu; cited "Xu, Rachel", record Ruiyuan Xu; '
        'cited "Müller, Keith", record Karl-Heinz Müller; and 1 more'
    )


def test_a_given_name_beside_another_difference_is_said_after_it() -> None:
    printed = f"Gu, Deborah; Xu, Ruiyuan; Stone, Robert J. {TAIL}"
    judged = compare(printed, RECORD).of(Field.AUTHORS)
    assert judged.kind is DifferenceKind.MISSING
    assert judged.also == ('given name differs: cited "Gu, Deborah", record Dongdong Gu',)


def test_the_entrys_own_names_are_compared_in_full() -> None:
    people = (Name("Gu", "Deborah"), Name("Xu", "Rui-Yuan"), Name("Müller", "Karl-Heinz"), Name("Stone", "Bob"))
    entry = Reference("entry", Place("references.yaml", 3, 5), title=WORK.title, authors=people)
    comparison = compare_fields(entry, RECORD)
    assert differing_fields(comparison) == ["authors"]
    judged = comparison.of(Field.AUTHORS)
    assert judged.message == 'given name differs: cited "Gu, Deborah", record Dongdong Gu'
    assert judged.printed == "Gu, Deborah; Xu, Rui-Yuan; Müller, Karl-Heinz; Stone, Bob"


def test_the_names_of_neighbours_are_not_taken_for_one_given_name() -> None:
    record = replace(
        RECORD, authors=(Author("Yang", "Zhe", "Z"), Author("He", "Wenshan", "W"), Author("Ren", "J", "J"))
    )
    printed = f"Yang, Z., He, W., & Ren, J. (2013). {WORK.title} The journal of winter medicine, 65(2), 529-538."
    assert differing_fields(compare(printed, record)) == []


def test_a_long_run_of_initials_is_no_given_name() -> None:
    record = replace(RECORD, authors=(Author("de Groot", "Lisette C P G M", "LCPGM"), Author("Nord", "Nils", "N")))
    assert differing_fields(compare(f"de Groot LCPGM, Nord N. {TAIL}", record)) == []
    with_particle = replace(RECORD, authors=(Author("Vale", "Ana Paula de Sá Pinto Abreu", "APSPA"),))
    assert differing_fields(compare(f"Vale APSPA. {TAIL}", with_particle)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bill", "william"),
        ("katie", "kathryn"),
        ("danny", "daniel"),
        ("alex", "alexandra"),
        ("muhammad", "mohamed"),
        ("dmitri", "dmitriy"),
        ("yuri", "iurii"),
        ("jurgen", "juergen"),
        ("oksana", "oxana"),
        ("aleksandr", "alexander"),
        ("hussein", "hossain"),
        ("hyun", "hyeon"),
        ("erik", "eric"),
    ],
)
def test_nicknames_and_transliterations_are_forms_of_one_name(one: str, other: str) -> None:
    assert are_forms(one, other)
    assert are_forms(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("deborah", "dongdong"),
        ("gregory", "guocai"),
        ("mary", "marcel"),
        ("wei", "wen"),
        ("zoe", "zhe"),
        ("qongdong", "dongdong"),
    ],
)
def test_other_names_are_not(one: str, other: str) -> None:
    assert not are_forms(one, other)


@pytest.mark.parametrize(
    ("printed", "recorded"),
    [
        (["J"], ["Farley"]),
        (["Jack", "R"], ["J", "Robert"]),
        (["Yi"], ["Yong", "Li"]),
        (["Li"], ["Lea"]),
        ([], ["Lea"]),
        (["Marie"], ["Anna", "Maria"]),
    ],
)
def test_initials_and_two_letters_contradict_nothing(printed: list[str], recorded: list[str]) -> None:
    assert not contradict(printed, recorded)
    assert not contradict(recorded, printed)
