"""Whether an entry prints the name of the drug whose label it cites; titles in the form of DailyMed's."""

import json
import random
import re
import sys

import pytest

from evidence.matching.labels import judge_label
from evidence.model.records import Label
from evidence.sources.dailymed import split_title
from factories import SETID
from processes import PROJECT

TITLES = PROJECT / "../shared/data/dailymed/services/spls_page1_2023.json"


def label_of(title: str) -> Label:
    bare, labeler = split_title(title)
    return Label(SETID, bare, (), labeler)


def is_other(title: str, printed: str) -> bool:
    """Whether the label with this title is another drug's than the one that is printed, in either field."""
    [verdict] = {judge_label(printed, "", label_of(title)), judge_label("", printed, label_of(title))}
    return verdict is not None


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("NALTREXONE HYDROCHLORIDE TABLET, FILM COATED [X]", "Naltrexone HCl tablets 50 mg, prescribing information"),
        ("NALTREXONE HYDROCHLORIDE TABLET, FILM COATED [X]", "NaltrexoneHCl tabs"),
        ("NALTREXONE HYDROCHLORIDE TABLET, FILM COATED [X]", "Naltrexon Tabletten"),
        (
            "VIVITROL (NALTREXONE) KIT [ALKERMES]",
            "VIVITROL® (naltrexone) [package insert]. Waltham, MA: Alkermes; 2022.",
        ),
        ("VIVITROL (NALTREXONE) KIT [ALKERMES]", "Alkermes, Inc. (2022). *Vivitrol* [Package insert]."),
        ("ACETAMINOPHEN TABLET [X]", "Paracetamol 500 mg tablets"),
        ("EPINEPHRINE INJECTION [X]", "Adrenaline auto-injector"),
        ("CEPHALEXIN CAPSULE [X]", "Cefalexin capsules"),
        ("AMOXICILLIN CAPSULE [X]", "Amoxycillin"),
        ("ESTRADIOL TABLET [X]", "Oestradiol tablets"),
        ("SULFAMETHOXAZOLE AND TRIMETHOPRIM TABLET [X]", "Co-trimoxazole tablets"),
        ("HYDROCHLOROTHIAZIDE TABLET [X]", "HCTZ 25 mg"),
        ("DIVALPROEX SODIUM TABLET, DELAYED RELEASE [X]", "Valproate"),
        ("ZOLEDRONIC ACID INJECTION, SOLUTION [X]", "Zoledronate"),
        ("POTASSIUM CHLORIDE TABLET, EXTENDED RELEASE [X]", "Klor-Con (potassium chloride) extended-release tablets"),
        ("SODIUM CHLORIDE INJECTION, SOLUTION [X]", "0.9% sodium chloride injection, USP"),
        ("POTASSIUM CHLORIDE IN DEXTROSE AND SODIUM CHLORIDE INJECTION [X]", "Sodium chloride"),
        ("ROSUVASTATIN CALCIUM TABLET, FILM COATED [X]", "Rosuvastatin"),
        ("OLMESARTAN MEDOXOMIL-HYDROCHLOROTHIAZIDE TABLET [X]", "Olmesartan"),
        ("SENSI-CARE (PETROLATUM, DIMETHICONE) CREAM [X]", "SensiCare"),
        ("NASAL SPRAY (OXYMETAZOLINE HYDROCHLORIDE) SPRAY [X]", "Nasal spray"),
        ("VITAMIN D (ERGOCALCIFEROL) CAPSULE [X]", "Vitamin D. Package insert. Example Labeler; 2023."),
        ("GAMUNEX-C (IMMUNE GLOBULIN (HUMAN)) INJECTION [X]", "Immune globulin (human)"),
        ("CALCAREA CARBONICA (OYSTER SHELL CALCIUM CARBONATE, CRUDE) PELLET [X]", "Calcium carbonate"),
        ("SENNOSIDES TABLET [MAJOR&REG; PHARMACEUTICALS]", "Senna tablets"),
    ],
)
def test_a_label_is_known_by_brand_ingredient_and_their_other_names(title, printed):
    assert not is_other(title, printed)


@pytest.mark.parametrize(
    "printed",
    [
        "Prescribing information. DailyMed. Accessed November 1, 2026.",
        "Package insert. Teva Pharmaceuticals USA; 2023.",
        "Mallinckrodt, Inc. Prescribing information. Hazelwood, MO; 2013.",
        "US Food and Drug Administration. Prescribing information. Silver Spring, MD: FDA; 2023.",
        "DailyMed [Internet]. Bethesda (MD): National Library of Medicine (US); 2006 Jan- [cited 2026 Nov 1].",
        "DailyMed - human prescription drug label, version 12",
        "Parent drug label",
        "",
    ],
)
def test_an_entry_that_prints_no_name_is_not_judged(printed):
    assert not is_other("NALTREXONE HYDROCHLORIDE TABLET, FILM COATED [MALLINCKRODT, INC.]", printed)


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("METFORMIN HYDROCHLORIDE TABLET [X]", "Naltrexone hydrochloride tablets. Example Labeler; 2023."),
        ("METFORMIN HYDROCHLORIDE TABLET [TEVA]", "Naltrexone. Teva Pharmaceuticals; 2023."),
        ("PREDNISONE TABLET [X]", "Prednisolone tablets"),
        ("OMEPRAZOLE CAPSULE [X]", "Esomeprazole magnesium capsules"),
        ("HYDROXYZINE HYDROCHLORIDE TABLET [X]", "Hydralazine hydrochloride tablets"),
        ("QUININE SULFATE CAPSULE [X]", "Quinidine sulfate"),
        ("SODIUM FLUORIDE GEL [X]", "Naproxen sodium tablets"),
        ("CALCIUM CARBONATE TABLET [X]", "Rosuvastatin calcium tablets"),
        ("HUMALOG (INSULIN LISPRO) INJECTION [X]", "Insulin glargine"),
        ("INFLUENZA VACCINE INJECTION [X]", "Hepatitis B vaccine"),
    ],
)
def test_another_drug_is_told_also_where_form_salt_class_or_labeler_agree(title, printed):
    assert is_other(title, printed)


def test_one_field_that_names_the_drug_is_enough():
    label = label_of("NALTREXONE HYDROCHLORIDE TABLET [X]")
    assert judge_label("Naltrexone", "ReVia. Package insert. Example Labeler; 2023.", label) is None
    both = judge_label("Metformin", "Metformin. Package insert.", label)
    assert both == "Metformin; Metformin. Package insert."


_FORM = re.compile(
    r"(?=\b(?:tablet|capsule|injection|cream|solution|suspension|gel|lotion|ointment|kit|liquid)s?\b)", re.IGNORECASE
)
_CITATIONS = (
    "{}",
    "{} [package insert]. Example Labeler; 2023.",
    "{}. Prescribing information. Hazelwood, MO: Example Labeler; 2023. Accessed November 1, 2026.",
    "{}. DailyMed. Updated March 2023. https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=" + SETID.value,
)


def _names_of(title):
    """A title as it may be cited: whole, by its brand alone, by each of its ingredients alone."""
    brand = _FORM.split(title.partition(" (")[0])[0] or title
    within = re.search(r"\(((?:[^()]|\([^()]*\))*)\)", title)
    listed = re.split(r",\s+and\s+|,\s*|\s+and\s+", within[1], flags=re.IGNORECASE) if within else []
    return [title, title.capitalize(), brand, brand.title(), *([within[1], *listed] if within else [])]


def _telling(title):
    return {word for word in re.findall(r"[a-z]+", title.lower()) if len(word) > 2}


@pytest.mark.acceptance
@pytest.mark.skipif(not TITLES.exists(), reason="needs DailyMed's recorded titles in ../shared")
def test_recorded_titles_agree_with_their_own_names_and_not_with_another_label():
    titles = [entry["title"] for entry in json.loads(TITLES.read_bytes())["data"]]
    own = [
        (title, form.format(name))
        for title in titles
        for name in _names_of(split_title(title)[0])
        for form in _CITATIONS
    ]
    false = [pair for pair in own if is_other(*pair)]
    chance = random.Random(13)
    pairs = [(a, b) for a in titles for b in titles if not _telling(a) & _telling(b)]
    swapped = [(a, form.format(split_title(b)[0])) for a, b in chance.sample(pairs, 1000) for form in _CITATIONS[:2]]
    found = sum(is_other(*pair) for pair in swapped)
    sys.stdout.write(f"\nlabels: {len(false)} of {len(own)} own names false, {found} of {len(swapped)} others found\n")
    assert false == []
    assert found >= 0.97 * len(swapped)
