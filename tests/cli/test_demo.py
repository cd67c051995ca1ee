import json

import pytest

from processes import PROJECT

MONOGRAPH = {
    ("brown-2009", "MET007"),
    ("brown-2009", "STY001"),
    ("brown-2009", "STY002"),
    ("brown-2009", "STY003"),
    ("dailymed-naltrexone", "ACC001"),
    ("dailymed-naltrexone", "ACC004"),
    ("dailymed-naltrexone", "SPL002"),
    ("dailymed-naltrexone", "STY005"),
    ("ldn-research-trust", "ACC001"),
    ("ldn-research-trust", "ACC004"),
    ("ldn-research-trust", "LNK009"),
    ("ldn-research-trust", "STY005"),
    ("smith-2007", "MET007"),
    ("smith-2007", "STY001"),
    ("smith-2007", "STY002"),
    ("smith-2007", "STY003"),
    ("smith-2007", "STY004"),
    ("younger-2013", "MET001"),
    ("younger-2013", "MET007"),
    ("younger-2013", "STY003"),
}


def test_the_first_monograph_has_exactly_its_known_defects(process):
    done = process("demo", "--as-of", "2026-11-23", "--format", "json", PROJECT / "references.yaml")
    report = json.loads(done.stdout)
    found = [(finding["reference"], finding["code"]) for finding in report["findings"]]
    assert sorted(found) == sorted(MONOGRAPH)
    assert report["unchecked"] == []
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stricter_threshold_fails_the_same_run(evidence):
    done = evidence("demo", "--as-of", "2026-11-23", "--fail-on", "warning", PROJECT / "references.yaml")
    assert done.returncode == 1


@pytest.mark.parametrize(("form", "name"), [("text", "demo server"), ("json", '"mode": "stand-in"')])
def test_the_demo_says_plainly_that_it_asked_the_demo_server(evidence, form, name):
    done = evidence("demo", "--format", form, PROJECT / "references.yaml")
    assert name in done.stdout


def test_the_demo_leaves_no_store(evidence):
    evidence("demo", PROJECT / "references.yaml")
    assert list(evidence.folder.iterdir()) == []
