"""Drug labels: whether an entry prints the name of the drug whose label DailyMed has under its Set ID.

A label's title is `BRAND (INGREDIENT AND INGREDIENT) FORM`, of several products one after the other, and of many one
name alone. A name is recognised by its brand and its ingredients; many drugs share forms, routes, strengths and salts.
Where an ingredient is nothing but salts (potassium chloride), these are its name.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from evidence.matching.text import CleanText, american, clean, without_identifiers
from evidence.model.records import Label
from evidence.model.regex import regex


def _words(text: str) -> frozenset[str]:
    return frozenset(map(american, text.split()))


_FORMS = _words(
    """
    aerosol ampul ampule ampules applicator augmented autoinjector balm bar bead beads bottle bottles cap caplet
    caplets caps capsule capsules cartridge cement chewable chewing cloth cloths coated concentrate cone cr cream
    creme crystal crystals culture delayed dentifrice device disc disintegrating disk douche dpi dr dressing drop
    drops effervescent elixir emulsion enema er extended extract filled film foam gargle gas gel gelatin gelcap
    gelcaps globule globules granule granules gum hfa immediate implant infusion inhalant inhalation inhaler inj
    injectable injection insert intrauterine ir irrigant irrigation jelly kit lavage linctus liniment lipid
    liposomal lipstick liquid liquigel lotion lozenge lozenges lyophilized metered modified mouthwash multilayer
    nebulizer odt oil oint ointment orally pack package packet packets pad pads paste pastille pastilles patch
    patches pellet pellets pen pens pill pills plaster powder prefilled release rinse salve shampoo soap softgel
    softgels soln soluble solution sponge spray sr stick strip strips suppositories suppository susp suspension
    sustained swab swabs syringe syringes syrup system tab tablet tablets tabs tampon tape tincture toothpaste
    towelette towelettes troche troches vial vials wafer wipe wipes xl xr
    """
)
_ROUTES = _words(
    """
    buccal dental epidural external im intradermal intramuscular intranasal intrathecal intravenous iv nasal
    ophthalmic oral otic parenteral rectal sc subcutaneous sublingual subq topical topically transdermal
    transmucosal vaginal
    """
)
_SALTS = _words(
    """
    acetate acetonide acid adipate alafenamide ammonium anhydrous arginine ascorbate aspartate axetil base
    benzathine benzoate besilate besylate bicarbonate bisulfate bitartrate borate bromide butyrate calcium camsylate
    caproate carbonate chloride cilexetil citrate decanoate diacetate dibasic dihydrate dihydrochloride dimeglumine
    dinitrate dioxide dipotassium dipropionate disodium disoproxil edisylate embonate enanthate erbumine esylate
    etabonate etexilate ethylsuccinate fluoride formate fumarate furoate glucoheptonate gluconate glycolate hbr hcl
    hemihydrate hemisuccinate hippurate hyclate hydrate hydrobromide hydrochloride hydroiodide hydrous hydroxide
    iodide isethionate kamedoxomil lactate lactobionate lysine magnesium malate maleate mandelate medoxomil
    meglumine mesilate mesylate methanesulfonate methylsulfate mofetil monobasic monohydrate mononitrate monosodium
    mucate napadisylate napsylate nitrate oleate orotate oxalate oxide palmitate pamoate pentahydrate peroxide
    phosphate pivalate pivoxil polacrilex polistirex potassium propionate proxetil saccharate salt salts
    sesquihydrate sodium stearate succinate sulfate sulfide sulfite tannate tartrate teoclate tetrahydrate
    thiocyanate tosilate tosylate tribasic trifenatate trihydrate trisodium trometamol tromethamine undecanoate
    valerate xinafoate zinc
    """
)
_WEAK = _words(
    """
    acting adult adults advanced aid care child children childrens complete complex concentrated control daily day
    daytime dual effective extra family fast formula fragrance free gentle health high homeopathic human immune
    infant infants junior kids lasting long low max maximum men mens mild mini minis multi natural new night
    nighttime non original plus premium pro pure recombinant regular relief reliever remedy sensitive severe sterile
    strength sugar super support therapy treatment triple ultra virus women womens
    """
)
_CLASSES = _words("globulin immunoglobulin insulin interferon vaccine vitamin vitamins")
_UNITS = _words("mg mcg ug g kg ml l iu unit units meq mmol mol ppm spf hour hours hr hrs day days percent w v")
_JOINTS = _words("for with and or of in to the a an by from as on per plus use used only not without und et de la")
_PRINTED_ABOUT = _words(
    """
    access accessed administration america american anda approval approved apr april archives aug august available
    bethesda boxed brand branded characteristics cited comparator compound consulted consumer current dailymed
    database dec december department document drug drugs fda feb february federal food full generic gov guide
    handbook highlights home html http https id info information initial innovator inserts instructions internet jan
    january jul july jun june label labeled labeling labelled labelling labels leaflet library listed listing mar
    march maryland may md medical medication medications medicine medicines monograph months name named national nda
    nih nlm nov november oct october official online originator otc page parent patient patients pdf prescribing
    prescription product products professional publication published reference registered retrieved revised revision
    rockville rx section sep sept september services set setid sheet silver site source spl spring states structured
    summary trademark united updated us usa usp version viewed warning warnings web website www
    """
)
_COMPANY = _words(
    """
    ag biopharma biopharmaceuticals biosciences biotech co company corp corporation distributor gmbh healthcare
    holdings inc incorporated industries international labeler laboratories laboratory labs limited llc lp ltd
    manufacturer pharma pharmaceutical pharmaceuticals pharms plc private pvt repackager therapeutics
    """
)
_NOISE = _FORMS | _ROUTES | _UNITS | _JOINTS | _PRINTED_ABOUT

_OTHER_NAMES = {
    "paracetamol": "acetaminophen",
    "apap": "acetaminophen",
    "salbutamol": "albuterol",
    "levosalbutamol": "levalbuterol",
    "adrenaline": "epinephrine",
    "noradrenaline": "norepinephrine",
    "isoprenaline": "isoproterenol",
    "orciprenaline": "metaproterenol",
    "frusemide": "furosemide",
    "lignocaine": "lidocaine",
    "amethocaine": "tetracaine",
    "rifampicin": "rifampin",
    "pethidine": "meperidine",
    "glibenclamide": "glyburide",
    "trinitrate": "nitroglycerin",
    "gtn": "nitroglycerin",
    "ciclosporin": "cyclosporine",
    "cefalexin": "cephalexin",
    "cephradine": "cefradine",
    "phytomenadione": "phytonadione",
    "thyroxine": "levothyroxine",
    "dexamfetamine": "dextroamphetamine",
    "dexamphetamine": "dextroamphetamine",
    "mesalazine": "mesalamine",
    "dicycloverine": "dicyclomine",
    "chlorphenamine": "chlorpheniramine",
    "suxamethonium": "succinylcholine",
    "hydroxycarbamide": "hydroxyurea",
    "mercaptamine": "cysteamine",
    "acetylsalicylic": "aspirin",
    "asa": "aspirin",
    "hctz": "hydrochlorothiazide",
    "trimoxazole": "trimethoprim",
    "cotrimoxazole": "trimethoprim",
    "tmp": "trimethoprim",
    "smx": "sulfamethoxazole",
    "amoxiclav": "amoxicillin",
    "torasemide": "torsemide",
    "colecalciferol": "cholecalciferol",
    "d3": "cholecalciferol",
    "d2": "ergocalciferol",
    "b12": "cyanocobalamin",
    "b6": "pyridoxine",
    "b1": "thiamine",
    "sennosides": "senna",
    "sennoside": "senna",
    "divalproex": "valpro",
    "valproate": "valpro",
    "valproic": "valpro",
    "kcl": "potassium",
    "somatotropin": "somatropin",
    "ferrous": "iron",
    "ferric": "iron",
    "petroleum": "petrolatum",
}
"""British and international names, and short ones, with the name that DailyMed's titles have (USAN)."""

_AMERICAN_NAMES = {american(other): american(name) for other, name in _OTHER_NAMES.items()}
_BOUNDARY = regex(r"[,+/&()\[\]:;|]|\s-\s|[.!?](?=\s|$)")
_SENTENCE = regex(r"[.!?](?=\s|$)|[\[\]]")
_YEAR_FOLLOWS = regex(r";\s*(?:19|20)\d\d\b.*")
_STATE = regex(r"\s*[A-Z]{2}\s*")
_MEASURE = regex(r"(?:a?nda|bla|ndc)?\d+(?:mg|mcg|ug|g|kg|ml|l|iu|meq|mmol|hr?|ct)?")
_DAILY_MED = regex(r"\bdaily\s+med\b", re.IGNORECASE)
_UUID = regex(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_ACID_OR_SALT = regex(r"(?<=\w{4})(?:ic|ate|hcl)$")
_SHORTEST_JOINED = 5
_SHORTEST_MISSPELT = 8


@dataclass(frozen=True, slots=True)
class DrugNames:
    """The names of drugs in a text.

    `strong` are words that name one drug, `classes` those that name a kind (insulin), `weak` those that many brands
    share; each in one form for all spellings of a name. `joined` are the names without spaces and hyphens, those that
    consist of salts alone (potassium chloride) among them.
    """

    text: CleanText
    strong: frozenset[str]
    classes: frozenset[str]
    weak: frozenset[str]
    joined: frozenset[str]

    def agrees_with(self, other: DrugNames) -> bool:
        """Whether one of the names is one of the other's."""
        if self.strong & other.strong or any(_is_near(a, b) for a in self.strong for b in other.strong):
            return True
        if any(any(a.text.joined.find_all(name)) for a, b in ((self, other), (other, self)) for name in b.joined):
            return True
        return not (self.strong and other.strong) and not self.words.isdisjoint(other.words)

    @property
    def words(self) -> frozenset[str]:
        """All of them."""
        return self.strong | self.classes | self.weak


def _is_near(one: str, other: str) -> bool:
    """Whether a long name is misspelt by one letter; two letters are often another drug (prednisone, prednisolone)."""
    if min(len(one), len(other)) < _SHORTEST_MISSPELT:
        return False
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - only where something differs

    return OSA.distance(one, other, score_cutoff=1) <= 1


@lru_cache(1024)
def names_in(text: str) -> DrugNames:
    """The names of drugs in a label's title, or in what an entry prints of it."""
    words = CleanText(_DAILY_MED.sub(" ", _UUID.sub(" ", without_identifiers(clean(html.unescape(text))))))
    strong: list[str] = []
    others: list[str] = []
    joined: list[str] = []
    for name in _named_in(words):
        telling = [key for key in name if key not in _SALTS | _CLASSES | _WEAK]
        salts = [key for key in name if key in _SALTS]
        if not telling:
            telling = salts
        joined += ["".join(telling)] if telling is not salts or len(salts) > 1 else []
        strong += telling
        others += (key for key in name if key not in _SALTS)
    return DrugNames(
        words,
        strong=frozenset(map(_form_of, strong)),
        classes=frozenset(_form_of(key) for key in others if key in _CLASSES),
        weak=frozenset(_form_of(key) for key in others if key in _WEAK),
        joined=frozenset(name for name in joined if len(name) >= _SHORTEST_JOINED),
    )


def _named_in(words: CleanText) -> Iterator[list[str]]:
    """The runs of words that may be names: forms, measures, joints and punctuation are between them."""
    name: list[str] = []
    for number, key in enumerate(map(american, words.keys)):
        if name and (_BOUNDARY.search(words.before(number)) or _is_noise(key)):
            yield name
            name = []
        if not _is_noise(key):
            name.append(key)
    if name:
        yield name


def _is_noise(key: str) -> bool:
    return len(key) < 2 or key in _NOISE or _MEASURE.fullmatch(key) is not None


def _form_of(key: str) -> str:
    """A word in one form for all spellings of a name: singular, American, the acid as its salts."""
    single = key[:-1] if key.endswith("s") and not key.endswith("ss") else key
    return _ACID_OR_SALT.sub("", _AMERICAN_NAMES.get(key) or _AMERICAN_NAMES.get(single) or single)


def judge_label(title: str, cited_as: str, label: Label) -> str | None:
    """What an entry prints, if it names a drug and none that its label is of.

    Args:
        title: The entry's own title, empty without one.
        cited_as: The citation as printed, empty without one.
        label: The label that the entry's Set ID is of.

    Returns:
        What is printed; None where a name agrees, where none is printed, and where the label's title has none.
    """
    recorded, labeler = names_in(label.title), names_in(label.labeler).words
    naming: list[str] = []
    for text in filter(str.strip, (title, cited_as)):
        names = names_in(_without_publisher(text))
        if names.agrees_with(recorded) or names_in(text).agrees_with(recorded):
            return None
        if (names.strong | names.classes) - labeler:
            naming.append(text)
    return "; ".join(naming) if naming and recorded.words else None


def may_name_one_drug(printed: str, other: str) -> bool:
    """Whether two prints of labels share a drug's name, or one of them has none."""
    names, others = names_in(_without_publisher(printed)), names_in(_without_publisher(other))
    is_named = (names.strong | names.classes) and (others.strong | others.classes)
    return not is_named or names.agrees_with(others)


def _without_publisher(text: str) -> str:
    """A citation without what names its publisher: parts with the words of companies, and what a year follows."""
    return ". ".join(part for sentence in _SENTENCE.split(text) for part in _unpublished(sentence))


def _unpublished(sentence: str) -> Iterator[str]:
    before_year = _YEAR_FOLLOWS.sub("", sentence)
    parts = before_year.split(",")
    if before_year != sentence and not _is_of_product(parts[-1]):
        place_named = ":" in before_year
        parts = [] if place_named else parts[: -2 if _STATE.fullmatch(parts[-1]) else -1]
    for part in parts:
        if _is_of_product(part) or not _keys(part) & _COMPANY:
            yield part


def _is_of_product(part: str) -> bool:
    """Whether a part of a citation has a form or a salt in it, as a drug's name has."""
    return bool(_keys(part) & (_FORMS | _SALTS))


def _keys(part: str) -> frozenset[str]:
    return frozenset(map(american, CleanText(clean(part)).keys))
