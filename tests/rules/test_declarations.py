"""Every rule states all facts about itself where it is declared, and no other module holds a table of codes."""

import ast
import inspect
import re
from collections import Counter
from pathlib import Path

import pytest

import evidence
from evidence.app.fix import FIXERS
from evidence.app.registry import RULES
from evidence.model.rule import FAMILIES, VOIDING, Exceptions, FixKind, Rule, Subject
from evidence.rules.rule import CaseRule, ClaimRule, library_rule, rule, rule_of_claims
from evidence.rules.style import StyleRule, style_rule

SOURCE = Path(evidence.__file__).parent
CODE = re.compile(r"(?:REF|IDN|LNK|RET|SPL|TRL|ACC|MET|STY|CIT|CLM|EVD|LCK|WVR|SGN)(?:\d{1,3})?")
OF_MODEL = SOURCE / "model" / "rule.py"
"""It names the families, and the three codes that have a meaning to reports."""


@pytest.mark.parametrize("declare", [rule, library_rule, rule_of_claims, style_rule])
def test_no_fact_of_a_rule_has_a_default(declare):
    facts = [fact for name, fact in inspect.signature(declare).parameters.items()]
    assert all(fact.default is inspect.Parameter.empty for fact in facts)
    assert [fact.name for fact in facts if fact.kind is not inspect.Parameter.KEYWORD_ONLY] == [
        "code",
        "name",
        "severity",
    ]


@pytest.mark.parametrize("kind", [Rule, CaseRule, ClaimRule, StyleRule])
def test_nor_has_a_field_of_a_rule(kind):
    parameters = inspect.signature(kind).parameters.values()
    assert all(fact.default is inspect.Parameter.empty for fact in parameters)


def test_codes_and_names_are_given_once():
    for facts in ([each.code for each in RULES], [each.name for each in RULES]):
        assert [fact for fact, times in Counter(facts).items() if times > 1] == []


def test_a_rule_is_superseded_by_rules_that_exist():
    codes = {each.code for each in RULES}
    assert [each.code for each in RULES if not codes.issuperset(each.superseded_by)] == []


def test_what_allows_no_exception_is_what_the_model_calls_voiding():
    assert {each.code for each in RULES if each.exceptions is Exceptions.NONE} == VOIDING


def test_what_is_about_decisions_cannot_itself_be_waived():
    decisions = [each for each in RULES if each.is_of_decisions]
    assert decisions
    assert all(each.exceptions is Exceptions.NOT_WAIVED for each in decisions)


def test_sign_offs_are_about_everything_but_a_bad_day_and_other_sign_offs():
    assert [each.code for each in RULES if not each.is_signed] == ["LNK002", "SGN001", "SGN002", "SGN003", "SGN004"]


def test_every_kind_of_fix_has_a_function_and_every_function_a_rule():
    of_entries = {FixKind.IDENTIFIERS, FixKind.RESPELLED}
    assert {each.fix for each in RULES if each.fix is not None} == {*FIXERS, *of_entries} == set(FixKind)


def test_what_a_rule_compares_is_what_it_is_fixed_by():
    assert [each.code for each in RULES if bool(each.compares) != (each.fix is FixKind.RECORD)] == []


def test_only_rules_of_entries_and_citations_judge_a_case():
    of_cases = (Subject.ENTRY, Subject.CITATION, Subject.LIST)
    assert [each.code for each in RULES if isinstance(each, CaseRule) != (each.subject in of_cases)] == []


def literals(path):
    """The codes and families that a module holds as literals, outside what it prints."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }


def test_no_module_but_the_rules_own_holds_codes():
    strangers = {
        str(path.relative_to(SOURCE)): found
        for path in SOURCE.rglob("*.py")
        if path != OF_MODEL and "rules" not in path.relative_to(SOURCE).parts and (found := literals(path))
    }
    assert strangers == {}


def test_a_module_of_rules_holds_codes_of_its_own_family_alone():
    for path in SOURCE.glob("rules/**/*.py"):
        families = {code[:3] for code in literals(path)}
        assert len(families) <= 1, f"{path.name}: {families}"
        assert families <= FAMILIES.keys()
