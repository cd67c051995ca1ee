import json
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import resources
from itertools import pairwise

import jsonschema
import pytest
from hypothesis import given

from evidence.model.dates import PartialDate
from evidence.model.errors import LockError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Found, NotFound
from evidence.model.records import Article, Author, Trial
from evidence.model.text import canonical_sha256
from evidence.storage.lock import Lock, LockEntry, Moment
from evidence.storage.lockfile import built, entry_digest, lock_text, plain, read_text
from strategies import locks, records

PATH = "references.lock.json"
NOON = Moment(datetime(2026, 11, 23, 12, tzinfo=UTC), date(2026, 11, 23))
PMID = Identifier(IdKind.PMID, "23359310")
ARTICLE = Article(PMID, "A trial", authors=(Author("Younger", "Jarred", "J"), Author("Noor", "N", "N")), years=(2013,))
LOCK = Lock(
    NOON,
    {
        PMID: LockEntry(PMID, "pubmed", "https://example.org", NOON, Found(ARTICLE), "0" * 64),
        Identifier(IdKind.DOI, "10.5555/x"): LockEntry(
            Identifier(IdKind.DOI, "10.5555/x"), "doi", "https://doi.org", NOON, NotFound("no agency")
        ),
    },
)
TEXT = lock_text(LOCK)
NCT = Identifier(IdKind.NCT, "NCT01234567")
TRIAL = Trial(NCT, "A trial", "TERMINATED", "Lack of efficacy", results_posted=PartialDate(2026, 2))
TRIAL_ENTRY = LockEntry(NCT, "clinicaltrials", "https://clinicaltrials.gov", NOON, Found(TRIAL), "1" * 64)
WITH_TRIAL = lock_text(replace(LOCK, entries={**LOCK.entries, NCT: TRIAL_ENTRY}))


@given(records)
def test_a_record_written_as_json_reads_back_as_it_was(record):
    written = json.loads(json.dumps(plain(record)))
    assert built(type(record), written) == record


@given(locks)
def test_a_lock_reads_back_as_it_was_and_its_text_is_that_of_what_was_read(lock):
    text = lock_text(lock)
    again = read_text(text, PATH)
    assert again == lock
    assert lock_text(again) == text
    assert all(char.isprintable() or char == "\n" for char in text)


def test_a_lock_is_sorted_json_with_one_fact_per_line_in_whatever_order_it_was_made():
    lines = TEXT.splitlines()
    assert '          {"family": "Younger", "given": "Jarred", "initials": "J"},' in lines
    assert '        "title": "A trial",' in lines
    other = Lock(LOCK.complete, dict(reversed(LOCK.entries.items())))
    assert lock_text(other) == TEXT
    keys = list(json.loads(TEXT)["identifiers"])
    assert keys == sorted(keys)
    assert TEXT.endswith("}\n")
    assert max(map(len, lines)) < 120


def test_a_lock_is_of_version_1_until_something_in_it_needs_version_2():
    unknown = LockEntry(NCT, "clinicaltrials", "https://clinicaltrials.gov", NOON, NotFound("no study"))
    assert '\n  "version": 1\n' in lock_text(replace(LOCK, entries={**LOCK.entries, NCT: unknown}))
    assert '\n  "version": 2\n' in WITH_TRIAL
    read = read_text(WITH_TRIAL, PATH)
    assert read.entries[NCT] == TRIAL_ENTRY
    del read.entries[NCT]
    assert lock_text(read) == TEXT


def test_a_trial_in_a_lock_of_version_1_is_no_such_lock():
    document = json.loads(WITH_TRIAL)
    document["version"] = 1
    head = {key: document[key] for key in ("version", "last-complete-run")}
    text = json.dumps(document | {"digest": canonical_sha256(head)})
    assert "nct:NCT01234567: not allowed in a lock of version 1" in error_of(text).what


def test_only_what_differs_from_a_records_default_is_written():
    written = json.loads(TEXT)["identifiers"]["pmid:23359310"]["article"]
    assert written.keys() == {"identifier", "title", "authors", "years"}


def test_a_lock_is_valid_by_the_schema_that_is_shipped():
    schema = json.loads((resources.files("evidence.storage") / "lock.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(TEXT), schema)
    jsonschema.validate(json.loads(WITH_TRIAL), schema)
    wrong = json.loads(TEXT)
    wrong["identifiers"]["pmid:23359310"]["retracted"] = False
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


def error_of(text):
    with pytest.raises(LockError) as caught:
        read_text(text, PATH)
    return caught.value


def test_a_merge_conflict_is_reported_with_its_line():
    lines = TEXT.splitlines(keepends=True)
    lines[7:7] = ["<<<<<<< HEAD\n", *lines[7:9], "=======\n"]
    error = error_of("".join(lines))
    assert (error.path, error.line, error.what) == (PATH, 8, "merge conflict")
    assert "--update-lock" in str(error)


def test_an_edit_that_breaks_the_json_is_reported_with_line_and_column():
    lines = TEXT.splitlines(keepends=True)
    lines[3] = lines[3].replace('"', "", 1)
    error = error_of("".join(lines))
    assert (error.line, error.column) == (4, 5)


def test_an_identifier_that_a_merge_left_twice_is_reported_at_its_second_line():
    start = TEXT.index('    "pmid:23359310"')
    block = TEXT[start : TEXT.index("\n    }\n", start)]
    error = error_of(TEXT.replace(block, f"{block}\n    }},\n{block}"))
    assert "twice" in error.what
    assert (
        TEXT.replace(block, f"{block}\n    }},\n{block}").splitlines()[error.line - 1].startswith('    "pmid:23359310"')
    )


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        (
            '"version": 1',
            '"version": 3',
            "lock file version 3; this version of evidence-tracker reads versions 1 and 2 (upgrade evidence-tracker)",
        ),
        ('"version": 1', '"version": true', "version True"),
        ('"version": 1', '"version": 1, "more": 1', "unknown key 'more'"),
        ('"last-complete-run": "2026-11-23', '"last-complete-run": "2026-12-23', "does not match its digest"),
        ('"identifiers": {', '"identifiers": 1.5, "x": {', "not a valid number in a lock"),
    ],
)
def test_what_is_wrong_with_the_entire_lock_is_reported(old, new, reported):
    assert old in TEXT
    assert reported in str(error_of(TEXT.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"title": "A trial"', '"title": "Another trial"'),
        ('"title": "A trial"', '"title": "A trial",\n        "retracted": false'),
        ('"state": "not-found"', '"state": "blocked"'),
        ('"answer-sha256": "0', '"answer-sha256": "1'),
        ('"source": "pubmed"', '"source": "crossref"'),
    ],
)
def test_an_entry_that_does_not_match_its_digest_is_named_with_its_line_and_not_believed(old, new):
    assert TEXT.count(old) == 1
    lock = read_text(TEXT.replace(old, new), PATH)
    ((identifier, line),) = lock.corrupt.items()
    assert identifier not in lock.entries
    assert TEXT.splitlines()[line - 1] == f'    "{identifier}": {{'
    assert len(lock.entries) == 1


def redigested(name, **values):
    """The lock with other values in one entry, and a digest that matches them."""
    reported = json.loads(TEXT)
    entry = reported["identifiers"][name]
    for key, value in values.items():
        entry[key.replace("_", "-")] = value
    facts = {key: value for key, value in entry.items() if key not in ("digest", "verified")}
    entry["digest"] = entry_digest(name, facts)
    return json.dumps(reported)


@pytest.mark.parametrize(
    ("values", "reported"),
    [
        ({"retracted": False}, "unknown field 'retracted'"),
        ({"article": {"title": "x"}}, "article: field 'identifier' is missing"),
        (
            {"article": {"identifier": "pmid:1", "title": "x", "years": ["2013"]}},
            "article.years: '2013' is not a whole number",
        ),
        ({"article": {"identifier": "isbn:1", "title": "x"}}, "'isbn:1' is not a valid identifier"),
        ({"article": {"identifier": {}, "title": "x"}}, "article.identifier: '{}' is not text"),
        ({"article": {"identifier": "pmid:1", "title": None}}, "article.title: 'None' is not text"),
        (
            {"label": {"identifier": "setid:1", "title": "x", "versions": []}},
            "expected one of article, label, contents, trial, page",
        ),
        ({"state": "not-found", "reason": "x"}, "'article' is not allowed with the state 'not-found'"),
        ({"state": "fine"}, "'article' is not allowed with the state 'fine'"),
        ({"verified": "yesterday"}, "'yesterday' is not a time"),
        ({"verified": "2026-13-23T12:00:00Z"}, "month must be in 1..12"),
        ({"failures": {}}, "failures: expected a list"),
        ({"failures": [{"on": "2026-11-23T12:00:00Z"}]}, "failures: each item must have on, state and no unknown keys"),
        ({"texts": [1]}, "texts: each item must have first, last, text and no unknown keys"),
        ({"answer_sha256": "0"}, "answer-sha256: '0' is not a valid SHA-256"),
        (
            {"remembered": {"article": {}, "page": {}}},
            "remembered: expected one of article, label, contents, trial, page",
        ),
    ],
)
def test_values_that_no_lock_holds_are_reported_with_the_identifiers_line(values, reported):
    error = error_of(redigested("pmid:23359310", **values))
    assert reported in error.what
    assert error.what.startswith("pmid:23359310: ")
    assert error.line == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "[" * 100_000,
        '{"version": ' + "1" * 5000 + "}",
        '{"version": 1, "last-complete-run": null, "digest": "x", "identifiers": []}',
        '{"version": NaN}',
        "\ud800",
        '{"a":' * 900 + "1" + "}" * 900,
    ],
)
def test_text_that_is_no_lock_is_refused_in_one_line(text):
    error = error_of(text)
    assert "\n" not in str(error)
    assert len(str(error)) < 300


def test_a_deeply_nested_entry_is_refused_or_named():
    nested = TEXT.replace('"A trial"', "[" * 900 + "]" * 900)
    try:
        lock = read_text(nested, PATH)
    except LockError:
        return  # Python's own limit, which differs from version to version, came first
    assert PMID in lock.corrupt


@given(locks.filter(lambda lock: lock.entries))
def test_no_single_character_can_be_changed_in_a_fact_unnoticed(lock):
    """Cut at every twentieth character: what is read is refused, named, or the very same."""
    text = lock_text(lock)
    for at, _ in pairwise(range(0, len(text), 1 + len(text) // 20)):
        spoilt = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
        try:
            read = read_text(spoilt, PATH)
        except LockError:
            continue
        for identifier, entry in read.entries.items():
            known = lock.entries.get(identifier)
            assert known is not None
            assert entry == replace(known, verified=entry.verified)


def test_a_huge_hostile_lock_is_reported():
    """Ten thousand entries without a digest, and as many keys twice."""
    many = {f"pmid:{number}": {} for number in range(10_000)}
    head = json.loads(TEXT)
    assert len(read_text(json.dumps({**head, "identifiers": many}), PATH).corrupt) == 10_000
    pairs = ",".join(f'"pmid:{number}": 1' for number in range(10_000))
    assert "'pmid:0' appears twice" in str(error_of(f'{{"identifiers": {{{pairs}, {pairs}}}}}'))
