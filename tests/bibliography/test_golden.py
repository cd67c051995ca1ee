"""Every kind of reference in three styles, against files that were compared by eye with the styles' manuals."""

import pytest

from bibliography.readback import is_golden, printed
from evidence.bibliography.csl import item_of
from factories import SPECIMENS


@pytest.mark.parametrize("style", ["ama", "nlm", "apa"])
def test_every_kind_of_reference_is_printed_as_its_manual_wants_it(style):
    items = [item_of(one) for one in SPECIMENS]
    assert is_golden(f"specimens-{style}.txt", printed(items, style, keep_order=False))


@pytest.mark.parametrize("form", ["markdown", "html", "rtf"])
def test_the_other_forms_hold_italics_numbers_links_and_scripts(form):
    wanted = {"one-author", "label", "retracted", "markup", "cjk"}
    items = [item_of(one) for one in SPECIMENS if one.reference.id in wanted]
    assert is_golden(f"forms.{form}", printed(items, "ama", form))
