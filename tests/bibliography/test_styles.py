from xml.etree.ElementTree import fromstring

import pytest

from bibliography.readback import engine
from evidence.bibliography.styles import CSL, NOTICE, Family, find_style, patched
from evidence.model.errors import RenderError

MINIMAL = """<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
  <info><title>Own</title><id>http://example.org/own-style</id></info>
  <citation><layout><text variable="citation-number"/></layout></citation>
  <bibliography><layout suffix="."><text variable="title"/></layout></bibliography>
</style>"""


@pytest.fixture(autouse=True)
def _installed():
    engine()


@pytest.mark.parametrize(
    ("word", "name", "family"),
    [
        ("ama", "american-medical-association", Family.AMA),
        ("nlm", "nlm-citation-sequence", Family.NLM),
        ("vancouver", "nlm-citation-sequence", Family.NLM),
        ("AMA", "american-medical-association", Family.AMA),
        ("apa", "apa", Family.APA),
        ("chicago", "chicago-author-date", Family.CHICAGO),
        ("annals-of-internal-medicine", "nlm-citation-sequence", Family.NLM),
        ("bmj", "bmj", Family.OTHER),
    ],
)
def test_a_style_is_found_by_its_short_old_or_journals_name(word, name, family):
    style = find_style(word)
    assert (style.name, style.family) == (name, family)


@pytest.mark.parametrize(("word", "near"), [("vancuver", "vancouver"), ("the-lancett", "the-lancet"), ("aam", "ama")])
def test_a_misspelt_style_is_answered_with_a_near_one(word, near):
    with pytest.raises(RenderError, match=f"did you mean.*{near}|ama, nlm"):
        find_style(word)


@pytest.mark.parametrize("word", ["../renamed-styles", "dependent/x", "..", "", "a b", "nül"])
def test_a_name_is_never_a_way_out_of_the_folder_of_styles(word):
    with pytest.raises(RenderError):
        find_style(word)


def test_a_style_of_ones_own_is_read_from_its_file(tmp_path):
    path = tmp_path / "own.csl"
    path.write_text(MINIMAL, encoding="utf-8")
    assert find_style(str(path)).name == "own-style"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<!DOCTYPE style [<!ENTITY a "b">]>' + MINIMAL, "document type"),
        ('<!DOCTYPE style SYSTEM "http://example.org/x.dtd">' + MINIMAL, "document type"),
        (MINIMAL.replace("</style>", ""), "not well-formed"),
        ("<html/>", "not a CSL style"),
        (MINIMAL.replace("bibliography>", "citation>"), "no bibliography"),
        ("", "not well-formed"),
    ],
)
def test_a_file_that_is_no_usable_style_is_refused_with_the_reason(tmp_path, text, why):
    path = tmp_path / "bad.csl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RenderError, match=why):
        find_style(str(path))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_document_type_is_refused_in_any_encoding(tmp_path, encoding):
    path = tmp_path / "bad.csl"
    path.write_bytes(('<!DOCTYPE style [<!ENTITY a "b">]>' + MINIMAL).encode(encoding))
    with pytest.raises(RenderError, match="document type"):
        find_style(str(path))


def test_a_file_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(RenderError, match=r"cannot be read: No such file"):
        find_style(str(tmp_path / "none.csl"))


@pytest.mark.parametrize("word", ["ama", "nlm", "apa", "chicago", "bmj"])
def test_a_patched_style_has_a_name_before_every_label_and_prints_notices_last(word):
    root = fromstring(patched(find_style(word), keep_order=True))  # noqa: S314 - our own output
    for names in root.iter(f"{CSL}names"):
        assert names.find(f"{CSL}label") is None or names.find(f"{CSL}name") is not None
    assert root.find(f"{CSL}bibliography/{CSL}layout")[-1].get("variable") == NOTICE
    assert root.find(f"{CSL}bibliography/{CSL}sort") is None
    assert "disambiguate-add-names" not in root.find(f"{CSL}citation").attrib


def test_patching_leaves_the_style_itself_alone():
    style = find_style("apa")
    assert patched(style, keep_order=True) == patched(style, keep_order=True)
    assert style.root.find(f"{CSL}bibliography/{CSL}sort") is not None
    assert b"http://creativecommons.org/licenses/by-sa/3.0/" in patched(style, keep_order=False)
