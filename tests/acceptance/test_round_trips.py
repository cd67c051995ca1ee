"""A thousand real records, with labels, pages and hostile texts, through every format and every reader of it."""

import re
import sys
from collections import Counter
from itertools import chain

import pytest

from acceptance.citations import bodies
from bibliography.readback import FORMATS, library_faults, lost, said
from evidence.bibliography.formats.csl import write_csl_yaml
from evidence.model.csl import csl_item
from evidence.model.references import FaultKind
from evidence.sources.pubmed_xml import read_article, split_articles
from factories import HOSTILE_TEXTS, LABEL_ITEM, PAGE_ITEM, hostile_item, items_of_all_kinds

pytestmark = pytest.mark.acceptance

RECORDS = 1000
QUOTA = 80  # of each kind of record that is rare and easily lost
SETID = "06ff2d5a-e62b-4fa4-bbdb-{:012x}"
ACCESSED = ([], [[2025]], [[2025, 8]], [[2025, 8, 14]])


def reported(line):
    sys.stdout.write(f"\n{line}\n")


def trait(item):
    """What makes a record a hard one; None for an ordinary one."""
    authors, issued = item.get("author", []), item["issued"]
    if any("suffix" in name for name in authors):
        return "suffix"
    if any("literal" in name for name in authors):
        return "body"
    if "title-html" in item["custom"]:
        return "markup"
    if "season" in issued or len(issued.get("date-parts", [])) > 1:
        return "season or interval"
    if "page" in item and not item["page"].replace("-", "").isdigit():
        return "unusual pages"
    return "translated" if "original-title" in item else None


def article(item, number):
    """A record as the bibliography has it: its title with markup, read by a person on some day."""
    custom = dict(item["custom"])
    marked = custom.pop("title-html", "").removesuffix(".")
    for entity, char in (("<u>", ""), ("</u>", ""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        marked = marked.replace(entity, char)
    made = {**item, "title": marked or item.get("title", ""), "custom": custom}
    if re.fullmatch(r"[a-z][0-9]+|[0-9]{5,}", item.get("page", "")):
        made["number"] = made.pop("page")
    if parts := ACCESSED[number % 4]:
        made |= {"accessed": {"date-parts": parts}, "URL": f"https://pubmed.ncbi.nlm.nih.gov/{item['PMID']}/"}
    if number % 50 == 0:
        made["custom"] = {**custom, "retracted": True, "retraction-notice": f"Lancet. 2010;375:{number}."}
    return made


@pytest.fixture(scope="module")
def real():
    """Evenly drawn records, and as many of each hard kind as the quota allows."""
    chosen, ordinary, taken = [], [], Counter()
    for raw in chain.from_iterable((raw for _, raw in split_articles(body)) for body in bodies()):
        item = csl_item(read_article(raw))
        kind = trait(item)
        if kind is None:
            ordinary.append(item)
        elif taken[kind] < QUOTA:
            taken[kind] += 1
            chosen.append(item)
    missing = RECORDS - len(chosen)
    step = len(ordinary) // missing
    chosen += ordinary[::step][:missing]
    assert len(chosen) == RECORDS
    reported(f"{RECORDS:,} records, hard ones: {dict(taken)}")
    return [article(item, number) for number, item in enumerate(chosen)]


def _label(number):
    setid = SETID.format(number)
    address = f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={setid}"
    return {**LABEL_ITEM, "id": f"label-{number}", "URL": address, "custom": {"setid": setid}}


@pytest.fixture(scope="module")
def made():
    """200 labels and 100 pages at each precision of the date of access, and every type of CSL."""
    labels = [_label(n) for n in range(200)]
    pages = [{**PAGE_ITEM, "id": f"page-{n}", "URL": f"https://example.org/a_{n}?q=%20&x={n}#top"} for n in range(100)]
    for number, item in enumerate([*labels, *pages]):
        item["accessed"] = {"date-parts": ACCESSED[1 + number % 3]}
    return [*labels, *pages, *items_of_all_kinds()]


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_lost_of_a_thousand_real_records(name, real, made):
    items = [*real, *made]
    form = FORMATS[name]
    text = form.write(items)
    for reader in form.readers:
        losses = list(lost(reader, items, text))
        compared = sum(reader.tells(field, item) for item in items for field in said(item))
        reported(f"{name} by {reader.name}: {len(items):,} items, {compared:,} fields, {len(losses)} lost")
        assert losses == []


def test_the_csl_yaml_of_a_thousand_records_is_a_library_without_faults(real, made):
    faults = library_faults(write_csl_yaml([*real, *made]))
    assert [fault for fault in faults if fault.kind is not FaultKind.NONCANONICAL_IDENTIFIER] == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_hostile_text_in_any_variable_damages_no_real_record(name, real):
    items = [item for text in HOSTILE_TEXTS for item in (hostile_item(text), real[len(text) % RECORDS])]
    form = FORMATS[name]
    text = form.write(items)
    for reader in form.readers:
        harmed = [loss for loss in lost(reader, items, text) if loss[0] % 2 == 1]
        assert harmed == []
