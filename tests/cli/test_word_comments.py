"""Comments in Word files of every kind that people have, through the commands that they use."""

import io
import re
import subprocess
import zipfile
from collections import Counter
from dataclasses import dataclass
from datetime import date

import docx
import pytest
import yaml
from lxml import etree

from evidence.demo.server import DemoServer
from evidence.demo.world import NoticeLink, synthetic_world
from evidence.documents.document import Comment
from evidence.documents.docx import read_docx
from evidence.documents.docx_comments import with_comments
from evidence.model.errors import FileError
from factories import printed_entry
from processes import Command, need_program
from word_files import KINDS, LONG, NOTES, paragraph, run, word_file

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OURS = {"commentRangeStart", "commentRangeEnd", "commentReference"}
RUNS = {"r", "rPr", "t"}


@dataclass
class Marked:
    """One monograph before and after, the run's report, and the folder."""

    kind: str
    evidence: Command
    report: dict
    before: bytes
    after: bytes

    @property
    def comments(self):
        return [
            (comment.comment_id, comment.text.splitlines()) for comment in self._all if comment.author == "evidence"
        ]

    @property
    def _all(self):
        return docx.Document(io.BytesIO(self.after)).comments

    def anchored(self, number):
        """The text between the marks of a comment, deleted text left out."""
        text, is_within = "", False
        for element in tree_of(self.after).iter():
            if element.get(f"{W}id") == str(number) and local(element) in OURS:
                is_within = local(element) == "commentRangeStart"
            if is_within and local(element) in {"footnoteReference", "endnoteReference"}:
                text += f"note {element.get(f'{W}id')}"
            if is_within and local(element) == "t":
                text += element.text or ""
        return text


def local(element):
    return etree.QName(element).localname


def tree_of(data, part="word/document.xml"):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return etree.fromstring(archive.read(part))


def entries_in(path):
    return yaml.safe_load(path.read_text())["references"]


def make(folder, kind, size=6):
    """A monograph of this kind, imported, checked and marked up; one reference is retracted, one does not exist."""
    count = 200 if kind == LONG else size
    world = synthetic_world(count)
    articles = list(world.articles.values())
    printed = [printed_entry(article) for article in articles]
    notice = NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999")
    world = world.with_retraction(articles[1].pmid, notice).without_article(articles[3].pmid)
    before = KINDS[kind](printed)
    with DemoServer(world) as server:
        evidence = Command(folder, server.addresses)
        (folder / "monograph.docx").write_bytes(before)
        assert evidence("import", "monograph.docx", "--write").returncode == 0
        status, report = evidence.report()
        assert status == 1
        assert evidence("export", "--comments", "monograph.docx", "-o", "marked.docx").returncode == 0
        assert evidence("import", "marked.docx", "--write", "-o", "again.yaml").returncode == 0
    return Marked(kind, evidence, report, before, (folder / "marked.docx").read_bytes())


LONG_ONE = pytest.param(LONG, marks=pytest.mark.acceptance)


@pytest.fixture(scope="module", params=[*(kind for kind in KINDS if kind != LONG), LONG_ONE], ids=str)
def marked(request, tmp_path_factory):
    return make(tmp_path_factory.mktemp("word"), request.param)


def test_comments_are_the_findings_and_errors_are_also_where_they_are_cited(marked):
    findings = Counter(finding["message"] for finding in marked.report["findings"])
    errors = Counter(finding["message"] for finding in marked.report["findings"] if finding["severity"] == "error")
    assert errors
    said = [lines for _, lines in marked.comments]
    assert Counter(lines[1] for lines in said if not lines[0].startswith("Cited here.")) == findings
    cited = Counter(lines[1] for lines in said if lines[0].startswith("Cited here."))
    assert cited == ({} if marked.kind in NOTES else errors)


def test_a_comment_is_at_its_reference_or_its_citation(marked):
    entries = {entry["id"]: entry["cited-as"] for entry in entries_in(marked.evidence.folder / "references.yaml")}
    numbers = {name: number for number, name in enumerate(entries, 1)}
    looked_at = 0
    for number, lines in marked.comments:
        named = re.search(r"reference (?:\d+ \()?([\w-]+)\)?$", lines[0])
        if named is None or "paragraph" in lines[1]:  # about the file, or found elsewhere in the text
            continue
        text, name = marked.anchored(number), named[1]
        if marked.kind in NOTES:
            assert text == f"note {numbers[name] + 1}"
        elif lines[0].startswith("Cited here."):
            assert str(numbers[name]) in re.findall(r"\d+", text)
            assert len(text) <= 20
        else:
            assert "".join(text.split()).removeprefix(f"{numbers[name]}.") == "".join(entries[name].split())
        looked_at += 1
    assert looked_at >= len(entries) / 2


def test_the_text_is_the_same_to_the_character(marked):
    assert read_docx("a", marked.after).source.text == read_docx("a", marked.before).source.text
    for tag in ("t", "delText", "instrText"):
        texts = (
            "".join(e.text or "" for e in tree_of(data).iter(f"{W}{tag}")) for data in (marked.before, marked.after)
        )
        assert len(set(texts)) == 1


def test_nothing_but_runs_is_divided_and_nothing_is_lost(marked):
    def tags(data):
        found = Counter(local(element) for element in tree_of(data).iter())
        return {tag: number for tag, number in found.items() if tag not in OURS | RUNS}

    formats = {"vertAlign", "i", "u", "rtl", "rStyle"}  # of divided runs
    before, after = tags(marked.before), tags(marked.after)
    assert {tag: n for tag, n in before.items() if tag not in formats} == {
        tag: n for tag, n in after.items() if tag not in formats
    }
    ids = [
        [(local(e), e.get(f"{W}id")) for e in tree_of(data).iter() if e.get(f"{W}id")]
        for data in (marked.before, marked.after)
    ]
    assert not Counter(ids[0]) - Counter(ids[1])


def test_the_other_parts_are_the_same_to_the_byte(marked):
    changed = {"word/document.xml", "word/comments.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"}
    with zipfile.ZipFile(io.BytesIO(marked.before)) as old, zipfile.ZipFile(io.BytesIO(marked.after)) as new:
        assert set(new.namelist()) == set(old.namelist()) | {"word/comments.xml"}
        for name in set(old.namelist()) - changed:
            assert new.read(name) == old.read(name)


def test_comments_are_where_word_allows_them_and_each_is_complete(marked):
    root = tree_of(marked.after)
    listed = [comment.get(f"{W}id") for comment in tree_of(marked.after, "word/comments.xml")]
    assert len(set(listed)) == len(listed)
    for tag in OURS:
        found = list(root.iter(f"{W}{tag}"))
        assert sorted(element.get(f"{W}id") for element in found) == sorted(listed)
        parents = {local(element.getparent()) for element in found}
        assert parents == ({"r"} if tag == "commentReference" else {"p"})


def test_importing_the_result_gives_the_same_entries(marked):
    folder = marked.evidence.folder
    assert entries_in(folder / "again.yaml") == entries_in(folder / "references.yaml")


def test_the_same_run_gives_the_same_bytes(marked):
    assert marked.evidence("export", "--comments", "monograph.docx", "-o", "same.docx").returncode == 0
    assert (marked.evidence.folder / "same.docx").read_bytes() == marked.after


def test_comments_of_others_are_kept(tmp_path):
    marked = make(tmp_path, "existing comments")
    before, after = (tree_of(data, "word/comments.xml") for data in (marked.before, marked.after))
    kept = [etree.tostring(comment, method="c14n") for comment in after[: len(before)]]
    assert kept == [etree.tostring(comment, method="c14n") for comment in before]
    assert {0, 7}.isdisjoint(number for number, _ in marked.comments)
    assert marked.anchored(0) == "[1, 2]"


def commented(body, *found):
    """A file with this body, and a comment on each of these stretches of its text."""
    data = word_file(body)
    text = read_docx("a", data).source.text
    places = [text.index(stretch) for stretch in found]
    comments = [Comment((at, at + len(stretch)), (stretch,)) for at, stretch in zip(places, found, strict=True)]
    marked = with_comments("a", data, comments, date(2026, 11, 23))
    assert read_docx("a", marked).source.text == text
    return tree_of(marked)


def test_a_text_box_has_its_comments_at_the_box():
    box = f"<w:r><w:pict><w:txbxContent>{paragraph(run('Inside a box.'))}</w:txbxContent></w:pict></w:r>"
    root = commented(paragraph(run("Before "), box, run(" after.")), "Inside")
    (start,) = root.iter(f"{W}commentRangeStart")
    assert start.getparent() is next(root.iter(f"{W}p"))
    assert next(start.getnext().iter(f"{W}txbxContent"), None) is not None


def test_a_run_is_divided_where_a_comment_begins_and_ends():
    root = commented(paragraph(run("One  two three.", "<w:b/>")), "two", "three", "two three")
    texts = [
        (run.findtext(f"{W}t"), run.find(f"{W}rPr/{W}b") is not None) for run in root.iter(f"{W}r") if len(run) > 1
    ]
    assert texts == [("One  ", True), ("two", True), (" ", True), ("three", True), (".", True)]


def test_what_precedes_in_the_same_run_is_not_in_the_comment():
    mixed = "<w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r>"
    root = commented(paragraph(mixed), "two")
    children = [local(child) for child in next(root.iter(f"{W}p"))]
    assert children == ["pPr", "r", "commentRangeStart", "r", "commentRangeEnd", "r", "r"]


def test_a_comment_over_two_paragraphs_ends_in_the_second_one():
    root = commented(paragraph(run("One two.")) + paragraph(run("Three four.")), "two.\n\nThree")
    first, second = root.iter(f"{W}p")
    assert first.find(f"{W}commentRangeStart") is not None
    assert second.find(f"{W}commentRangeEnd") is not None


def test_a_comment_does_not_leave_its_cell():
    cells = "".join(f"<w:tc>{paragraph(run(text))}</w:tc>" for text in ("One", "two"))
    root = commented(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>{paragraph()}", "One\n\ntwo")
    first, *_ = root.iter(f"{W}p")
    assert first.find(f"{W}commentRangeStart") is not None
    assert first.find(f"{W}commentRangeEnd") is not None


def test_white_space_that_word_keeps_is_kept():
    pieces = '<w:r><w:t>One</w:t></w:r>\n<w:r><w:t xml:space="preserve"> </w:t></w:r>\n<w:r><w:t> two</w:t></w:r>'
    root = commented(f"\n  <w:p>{pieces}</w:p>\n", "One two")
    assert "".join(text.text for text in root.iter(f"{W}t")) == "One  two"


def test_a_file_without_relations_of_its_own_can_have_comments():
    data = word_file(paragraph(run("One.")))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != "word/_rels/document.xml.rels":
                new.writestr(name, old.read(name))
    marked = with_comments("a", out.getvalue(), [Comment((0, 3), ("Title",))], date(2026, 11, 23))
    assert [comment.text for comment in docx.Document(io.BytesIO(marked)).comments] == ["Title"]


def test_comments_of_a_long_list_in_notes_and_fields_are_complete():
    entries = [f"Alder A{n}. A trial of {n} adults. J Ex Med. 2001;{n}:1-9. PMID: {10000000 + n}" for n in range(1, 41)]
    for kind, make_file in KINDS.items():
        data = make_file(entries)
        document = read_docx("a", data)
        comments = [Comment(block.passage.span, (f"Block {n}",)) for n, block in enumerate(document.blocks)]
        marked = with_comments("a", data, comments, date(2026, 11, 23))
        assert read_docx("a", marked).source.text == document.source.text, kind
        ours = [c.text for c in docx.Document(io.BytesIO(marked)).comments if c.author == "evidence"]
        assert ours == [f"Block {n}" for n in range(len(document.blocks))], kind


def test_a_stretch_after_the_last_character_is_at_the_last_one():
    data = word_file(paragraph(run("One two.")))
    marked = with_comments("a", data, [Comment((8, 20), ("Title",))], date(2026, 11, 23))
    (start,) = tree_of(marked).iter(f"{W}commentRangeStart")
    assert start.getnext().findtext(f"{W}t") == "."


def test_a_document_whose_text_would_change_is_refused():
    inside = f"<w:r><w:rPr><w:rStyle>{paragraph(run('Where no text is.'))}</w:rStyle></w:rPr><w:t>One two</w:t></w:r>"
    data = word_file(f"<w:p>{inside}</w:p>")
    at = read_docx("a", data).source.text.index("two")
    with pytest.raises(FileError, match="without changing its text"):
        with_comments("a", data, [Comment((at, at + 3), ("Title",))], date(2026, 11, 23))


def test_characters_that_xml_does_not_hold_are_spelled_out():
    data = word_file(paragraph(run("One.")))
    marked = with_comments("a", data, [Comment((0, 3), ("\x00\ud800 & <b>",))], date(2026, 11, 23))
    (comment,) = docx.Document(io.BytesIO(marked)).comments
    assert comment.text == "\\x00\\ud800 & <b>"


@pytest.mark.acceptance
def test_libreoffice_opens_and_saves_each(tmp_path):
    need_program("soffice")
    made = {}
    for number, kind in enumerate(KINDS):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        made[f"{number}"] = make(folder, kind)
        (tmp_path / f"{number}.docx").write_bytes(made[f"{number}"].after)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    convert = ["soffice", profile, "--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir", "saved"]
    files = [f"{number}.docx" for number in made]
    subprocess.run([*convert, *files], cwd=tmp_path, check=True, capture_output=True, timeout=500)
    for number, marked in made.items():
        saved = (tmp_path / "saved" / f"{number}.docx").read_bytes()
        theirs = docx.Document(io.BytesIO(saved)).comments
        ours = Counter("".join(text.split()) for _, lines in marked.comments for text in [" ".join(lines)])
        kept = Counter("".join(comment.text.split()) for comment in theirs if comment.author == "evidence")
        assert kept == ours, marked.kind
        assert read_docx("a", saved).source.text == read_docx("a", marked.before).source.text, marked.kind
        (marked.evidence.folder / "saved.docx").write_bytes(saved)
        assert marked.evidence("import", "saved.docx", "--write", "--no-match", "-o", "saved.yaml").returncode == 0
        cited = [
            [entry["cited-as"] for entry in entries_in(marked.evidence.folder / name)]
            for name in ("saved.yaml", "references.yaml")
        ]
        assert cited[0] == cited[1], marked.kind
