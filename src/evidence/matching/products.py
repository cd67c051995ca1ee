"""A monograph's product beside those of a label: strengths and dosage forms, and the items of the label's lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from evidence.matching.labels import may_name_one_drug
from evidence.matching.tokens import tokenize
from evidence.model.claims import Product
from evidence.model.records import LabelProduct, Strength
from evidence.model.regex import regex

_UNITS = {
    "kg": ("g", Decimal(1000)),
    "g": ("g", Decimal(1)),
    "mg": ("g", Decimal("0.001")),
    "mcg": ("g", Decimal("0.000001")),
    "ug": ("g", Decimal("0.000001")),
    "\u03bcg": ("g", Decimal("0.000001")),
    "ng": ("g", Decimal("0.000000001")),
    "l": ("l", Decimal(1)),
    "ml": ("l", Decimal("0.001")),
}
_STRENGTH = regex(
    r"([0-9]+(?:\.[0-9]+)?) ([^\W\d_]+|%|\[[^\]]*\])(?: (?:/|per) (?:([0-9]+(?:\.[0-9]+)?) )?([^\W\d_]+))?"
)

# Words of a label's list that a monograph need not repeat
_COMMON = frozenset(
    """
    about after also and any anyone are been before being but cannot could does during each either for from had
    has have having including individual individuals into its known may might must not other others otherwise
    patient patients people persons product section see should such than that the their them then there these they
    this those through under until upon use used using was were when whether which while who whose will with
    within without would
    """.split()  # noqa: SIM905 - as a list it is a page long
)
_SHORTEST_WORD = 3
_PREFIX = 5  # letters that two forms of a word share at least
_SHARED = 0.6  # and what share of the longer one


@dataclass(frozen=True, slots=True)
class _Amount:
    """A strength in grams or litres, or in a unit of its own; per one of `per`."""

    value: Decimal
    unit: str
    per: str = ""


def differing_products(product: Product, labelled: Sequence[LabelProduct]) -> tuple[LabelProduct, ...]:
    """The label's products of the monograph's drug, if they leave out its form or one of its strengths; else none.

    What the monograph does not declare, or the label does not say in numbers, is not compared; nor are declared
    strengths that are `unread_strengths`.
    """
    of_drug = [made for made in labelled if _is_of_drug(product.drug, made)]
    alike = [made for made in of_drug if product.form is None or not made.form or _same_form(product.form, made.form)]
    given = {amount for made in alike for strength in made.strengths if (amount := _labelled(strength)) is not None}
    wanted = [amount for strength in product.strengths if (amount := _declared(strength)) is not None]
    is_covered = bool(alike) and (not given or all(amount in given for amount in wanted))
    return () if is_covered else tuple(of_drug)


def unread_strengths(product: Product) -> tuple[str, ...]:
    """The declared strengths that are not one number with one unit (`1.5-4.5 mg`), and so cannot be compared."""
    return tuple(strength for strength in product.strengths if _declared(strength) is None)


def product_text(product: LabelProduct) -> str:
    """A label's product in words: `TABLET, FILM COATED 50 mg`."""
    strengths = [_strength_text(strength) for strength in product.strengths if strength.amount]
    return " ".join(filter(None, [product.form, " and ".join(strengths)])) or product.name


def declared_text(product: Product) -> str:
    """A monograph's product in words: `capsule 1.5 mg, 3 mg, 4.5 mg`."""
    return " ".join(filter(None, [product.form, ", ".join(product.strengths)])) or product.drug


def is_label_of(product: Product, labelled: Iterable[LabelProduct]) -> bool:
    """Whether a label has a product of the monograph's drug."""
    return any(_is_of_drug(product.drug, made) for made in labelled)


def unsaid_items(items: Iterable[str], sentences: Iterable[str]) -> tuple[str, ...]:
    """The items of a label's list fewer than half of whose words are in these sentences, in any form."""
    said = {word for sentence in sentences for word in _words(sentence)}
    by_prefix: dict[str, list[str]] = {}
    for word in said:
        by_prefix.setdefault(word[:_PREFIX], []).append(word)

    def is_said(word: str) -> bool:
        return word in said or any(_is_form_of(word, other) for other in by_prefix.get(word[:_PREFIX], ()))

    def is_unsaid(item: str) -> bool:
        words = list(dict.fromkeys(_words(item)))
        return bool(words) and 2 * sum(map(is_said, words)) < len(words)

    return tuple(dict.fromkeys(item for item in items if is_unsaid(item)))


def _is_form_of(word: str, other: str) -> bool:
    shared = next((n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    return shared >= _PREFIX and shared >= _SHARED * max(len(word), len(other))


def _words(text: str) -> Iterator[str]:
    for token in tokenize(text).tokens:
        if len(token) >= _SHORTEST_WORD and token.isalpha() and token not in _COMMON:
            yield token


def _is_of_drug(drug: str, product: LabelProduct) -> bool:
    names = [strength.ingredient for strength in product.strengths if strength.ingredient] or [product.name]
    return any(may_name_one_drug(drug, name) for name in names)


def _same_form(declared: str, labelled: str) -> bool:
    """Whether two dosage forms share a word, such as `capsule`, in the singular or the plural."""
    one, other = (
        {token.rstrip("s") for token in tokenize(form).tokens if token.isalpha()} for form in (declared, labelled)
    )
    return bool(one & other)


def _declared(text: str) -> _Amount | None:
    found = _STRENGTH.fullmatch(" ".join(tokenize(text).tokens))
    return None if found is None else _amount(found[1], found[2], found[3] or "1", found[4] or "")


def _labelled(strength: Strength) -> _Amount | None:
    return _amount(strength.amount, strength.unit.casefold(), strength.per, strength.per_unit.casefold())


def _amount(value: str, unit: str, per: str, per_unit: str) -> _Amount | None:
    try:
        amount, divisor = Decimal(value), Decimal(per)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not divisor.is_finite() or divisor <= 0:
        return None
    base, factor = _UNITS.get(unit, (unit, Decimal(1)))
    below, per_factor = _UNITS.get(per_unit, (per_unit, Decimal(1)))
    return _Amount((amount * factor / (divisor * per_factor)).normalize(), base, below)


def _strength_text(strength: Strength) -> str:
    per = " ".join(filter(None, [strength.per if strength.per != "1" else "", strength.per_unit]))
    return f"{strength.amount} {strength.unit}".strip() + (f"/{per}" if per else "")
