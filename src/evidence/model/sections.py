"""The sections of a drug label, by the LOINC codes that FDA's Structured Product Labeling uses, and their names."""

from __future__ import annotations

import re

from evidence.model.regex import regex

SECTIONS = {
    "34066-1": "boxed warning",
    "34067-9": "indications",
    "34068-7": "dosage",
    "34069-5": "how supplied",
    "34070-3": "contraindications",
    "34071-1": "warnings",
    "34072-9": "general precautions",
    "34073-7": "drug interactions",
    "34074-5": "drug and laboratory test interactions",
    "34075-2": "laboratory tests",
    "34076-0": "information for patients",
    "34077-8": "teratogenic effects",
    "34078-6": "nonteratogenic effects",
    "34079-4": "labor and delivery",
    "34080-2": "nursing mothers",
    "34081-0": "pediatric use",
    "34082-8": "geriatric use",
    "34083-6": "carcinogenesis",
    "34084-4": "adverse reactions",
    "34085-1": "controlled substance",
    "34086-9": "abuse",
    "34087-7": "dependence",
    "34088-5": "overdosage",
    "34089-3": "description",
    "34090-1": "clinical pharmacology",
    "34091-9": "animal pharmacology",
    "34092-7": "clinical studies",
    "34093-5": "references",
    "42227-9": "drug abuse and dependence",
    "42228-7": "pregnancy",
    "42229-5": "unclassified section",
    "42230-3": "patient package insert",
    "42231-1": "medication guide",
    "42232-9": "precautions",
    "43678-2": "dosage forms and strengths",
    "43679-0": "mechanism of action",
    "43680-8": "nonclinical toxicology",
    "43681-6": "pharmacodynamics",
    "43682-4": "pharmacokinetics",
    "43683-2": "recent major changes",
    "43684-0": "specific populations",
    "43685-7": "warnings and precautions",
    "44425-7": "storage and handling",
    "48779-3": "indexing data",
    "48780-1": "product data",
    "49489-8": "microbiology",
    "50565-1": "keep out of reach of children",
    "50566-9": "stop use",
    "50567-7": "when using",
    "50568-5": "ask a doctor or pharmacist",
    "50569-3": "ask a doctor",
    "50570-1": "do not use",
    "51727-6": "inactive ingredient",
    "51945-4": "package label",
    "53413-1": "questions",
    "53414-9": "pregnancy or breast feeding",
    "55105-1": "purpose",
    "55106-9": "active ingredient",
    "59845-8": "instructions for use",
    "60561-8": "other safety information",
    "68498-5": "patient medication information",
    "77290-5": "lactation",
    "77291-3": "females and males of reproductive potential",
    "88436-1": "patient counseling information",
    "88828-9": "renal impairment",
    "88829-7": "hepatic impairment",
    "88830-5": "immunogenicity",
    "90374-0": "clinical trials experience",
    "90375-7": "postmarketing experience",
}
"""The name of each section by its code, as messages say it and `in:` of a claim's evidence may."""

_ALSO = {
    "indications and usage": "34067-9",
    "dosage and administration": "34068-7",
    "package label principal display panel": "51945-4",
    "principal display panel": "51945-4",
    "medguide": "42231-1",
    "use in specific populations": "43684-0",
    "how supplied storage and handling": "34069-5",
    "storage": "44425-7",
    "labour and delivery": "34079-4",
    "paediatric use": "34081-0",
    "carcinogenesis and mutagenesis and impairment of fertility": "34083-6",
    "carcinogenesis mutagenesis impairment of fertility": "34083-6",
    "patient counselling information": "88436-1",
    "post marketing experience": "90375-7",
    "product data elements": "48780-1",
    "overdose": "34088-5",
}
"""Further names, mostly the headings that labels print."""

SECTION_CODE = regex(r"[0-9]{1,7}-[0-9]")

_CODES = {name: code for code, name in SECTIONS.items()} | _ALSO

SECTION_NAMES = tuple(_CODES)
"""Every name that a section goes by, as `section_code` compares it."""


def section_name(code: str, title: str = "") -> str:
    """What messages call a section: the name of its code, else its own title, else the code."""
    return SECTIONS.get(code) or title or code


def section_code(name: str) -> str | None:
    """The code of a section that is named by its code or by one of its names, in any case; None for another name."""
    if name in SECTIONS:
        return name
    if SECTION_CODE.fullmatch(name):
        return name if _is_check_digit_right(name) else None
    return _CODES.get(folded_name(name))


def folded_name(name: str) -> str:
    """A section's name as it is compared: lower case, no number, no punctuation, without the word `section`."""
    plain = re.sub(r"^\s*[0-9]+(\.[0-9]+)*\.?\s", "", name.casefold()).replace("&", " and ")
    words = re.sub(r"[^\w]+|_", " ", plain).split()
    return " ".join(words[:-1] if len(words) > 1 and words[-1] == "section" else words)


def _is_check_digit_right(code: str) -> bool:
    """Whether the last digit is that of LOINC's modulus 10 (Users' Guide, appendix C), which is Luhn's."""
    number, digit = code.split("-")
    total = 0
    for place, char in enumerate(reversed(number)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return (10 - total % 10) % 10 == int(digit)
