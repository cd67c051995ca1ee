"""The monograph back with comments: `evidence export --comments`."""

import io
import json
from pathlib import Path

import docx
import pytest
from lxml import html

from factories import docx_file

LIBRARY = """\
monograph:
  file: {}
references:
- {{id: smith-2007, PMID: "17222320", title: "=1+1"}}
- {{id: younger-2013, PMID: "23359310"}}
- {{id: ghost, PMID: "99999999", owner: Clinical}}
"""
TEXT = """\
# Naltrexone

Naltrexone *relieves* pain [1, 2]. Ghosts say <b onclick="x()">so</b> [3].

## References

1. Younger J. Low-dose naltrexone. Arthritis Rheum. 2013;65(2):529-538. PMID: 23359310
2. Smith JP. Low-dose naltrexone therapy. Am J Gastroenterol. 2007;102:820. PMID: 17222320
3. Ghost A. A ghost of a study. J Ghosts. 2001;1:2. PMID: 99999999
"""


def fill(document):
    for line in filter(None, TEXT.splitlines()):
        document.add_paragraph(line.lstrip("# "))


def prepare(evidence, name, content):
    (evidence.folder / name).write_bytes(content)
    evidence.write(LIBRARY.format(name))
    status, report = evidence.report()
    assert status == 1
    return report


@pytest.fixture
def word(evidence):
    prepare(evidence, "monograph.docx", docx_file(fill))
    return evidence


def mark_up(evidence, name, output, *more):
    return evidence("export", "--comments", name, "-o", output, *more)


def said_in(path: Path):
    return [comment.text.splitlines() for comment in docx.Document(str(path)).comments]


def test_each_finding_is_a_comment_and_an_error_one_more_where_it_is_cited(evidence):
    report = prepare(evidence, "monograph.docx", docx_file(fill))
    assert mark_up(evidence, "monograph.docx", "marked.docx").returncode == 0
    said = said_in(evidence.folder / "marked.docx")
    messages = sorted(lines[1] for lines in said if not lines[0].startswith("Cited here. "))
    assert messages == sorted(finding["message"] for finding in report["findings"])
    errors = [finding["message"] for finding in report["findings"] if finding["severity"] == "error"]
    assert [lines[1] for lines in said if lines[0].startswith("Cited here. ")] == errors


def test_a_comment_says_what_to_do_and_who_owns_it(word):
    mark_up(word, "monograph.docx", "marked.docx")
    (ghost,) = (lines for lines in said_in(word.folder / "marked.docx") if lines[0].startswith("ERROR"))
    assert ghost[0] == "ERROR IDN003 unregistered-identifier: reference 3 (ghost)"
    assert ghost[2:] == ["What to do: look up the source and correct its PMID", "Owner: Clinical"]


def test_comments_are_ours_and_of_the_day_of_the_run(word):
    mark_up(word, "monograph.docx", "marked.docx")
    comments = list(docx.Document(str(word.folder / "marked.docx")).comments)
    assert {comment.author for comment in comments} == {"evidence"}
    assert {f"{comment.timestamp:%Y-%m-%d}" for comment in comments} == {word.today}


def test_the_monograph_itself_stays_as_it_is(word):
    before = (word.folder / "monograph.docx").read_bytes()
    mark_up(word, "monograph.docx", "marked.docx")
    assert (word.folder / "monograph.docx").read_bytes() == before
    for force in ((), ("--force",)):
        done = mark_up(word, "monograph.docx", "monograph.docx", *force)
        assert (done.returncode, "would overwrite the monograph" in done.stderr) == (2, True)
    assert (word.folder / "monograph.docx").read_bytes() == before


def test_a_marked_up_document_is_replaced_only_by_force(word):
    mark_up(word, "monograph.docx", "marked.docx")
    first = (word.folder / "marked.docx").read_bytes()
    assert mark_up(word, "monograph.docx", "marked.docx").returncode == 2
    assert mark_up(word, "monograph.docx", "marked.docx", "--force").returncode == 0
    assert (word.folder / "marked.docx").read_bytes() == first


def test_marked_up_again_it_gets_only_what_is_new(word):
    mark_up(word, "monograph.docx", "once.docx")
    assert mark_up(word, "once.docx", "twice.docx").returncode == 0
    assert said_in(word.folder / "twice.docx") == said_in(word.folder / "once.docx")


def test_a_text_that_was_changed_since_the_run_is_named(word):
    document = docx.Document(str(word.folder / "monograph.docx"))
    document.paragraphs[1].insert_paragraph_before("A new paragraph.")
    document.save(str(word.folder / "monograph.docx"))
    done = mark_up(word, "monograph.docx", "marked.docx")
    assert done.returncode == 0
    assert "differs from the text that run" in done.stderr
    assert len(said_in(word.folder / "marked.docx")) == 5


def test_what_could_not_be_looked_up_is_said_too(word):
    word.env["EVIDENCE_EUTILS_URL"] = "http://127.0.0.1:9/"
    word.write((word.folder / "references.yaml").read_text().replace("23359310", "23359311"))
    status, report = word.report()
    assert report["unchecked"]
    assert mark_up(word, "monograph.docx", "marked.docx").returncode == 0
    assert any("NOT CHECKED: reference" in lines[0] for lines in said_in(word.folder / "marked.docx"))
    assert status != 0


def test_without_a_run_there_is_nothing_to_say(evidence):
    (evidence.folder / "monograph.docx").write_bytes(docx_file(fill))
    evidence.write(LIBRARY.format("monograph.docx"))
    done = mark_up(evidence, "monograph.docx", "marked.docx")
    assert (done.returncode, "run `evidence check` first" in done.stderr) == (2, True)
    assert not (evidence.folder / "marked.docx").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "marked.html"), "this monograph is marked up as .docx"),
        ((), "--comments requires a file"),
        (("-o", "marked.docx", "--style", "nlm"), "--comments and --style cannot be combined"),
        (("-o", "marked.docx", "--to", "ris"), "--comments and --to cannot be combined"),
        (("-o", "references.yaml"), "this monograph is marked up as .docx"),
    ],
)
def test_what_does_not_fit_together_is_refused(word, arguments, said):
    done = word("export", "--comments", "monograph.docx", *arguments)
    assert (done.returncode, said in done.stderr) == (2, True)


def test_of_several_files_the_one_that_names_the_monograph_is_meant(word):
    word.write("references:\n- {id: other, PMID: '23359310'}\n", "other.references.yaml")
    assert mark_up(word, "monograph.docx", "marked.docx").returncode == 0
    assert len(said_in(word.folder / "marked.docx")) == 5
    word.write("references: []\n", "third.references.yaml")
    (word.folder / "copy.docx").write_bytes((word.folder / "monograph.docx").read_bytes())
    done = mark_up(word, "copy.docx", "marked.docx", "--force")
    assert (done.returncode, "may belong to this monograph" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["monograph.md", "monograph.html", "monograph.txt"])
def test_other_monographs_become_a_page(evidence, name):
    text = TEXT
    if name.endswith(".html"):
        lines = (f"<p>{line.lstrip('# ')}</p>" for line in TEXT.splitlines() if line)
        text = "<html><body>" + "".join(lines) + "<script>alert(1)</script></body></html>"
    report = prepare(evidence, name, text.encode())
    assert mark_up(evidence, name, "marked.html").returncode == 0
    content = (evidence.folder / "marked.html").read_text()
    page = html.fromstring(content)
    said = [[p.text_content() for p in remark.iter("p")] for remark in page.find_class("comment")]
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    assert sorted(lines[1] for lines in said) == sorted(
        finding["message"] for finding in [*report["findings"], *errors]
    )
    assert "<script" not in content
    assert not page.xpath("//@onclick")
    assert {mark.text_content() for mark in page.iter("mark")} >= {"[3]"}
    again = mark_up(evidence, name, "marked.html")
    assert (again.returncode, (evidence.folder / "marked.html").read_text()) == (0, content)


def test_a_page_holds_the_text_as_it_was_read(evidence):
    prepare(evidence, "monograph.md", TEXT.encode())
    mark_up(evidence, "monograph.md", "marked.html")
    page = html.fromstring((evidence.folder / "marked.html").read_text())
    for number in page.xpath("//a[starts-with(@id, 'at-')]"):
        number.getparent().drop_tree()
    text = [" ".join(part.text_content().split()) for part in page.find_class("text")]
    assert text[1] == "Naltrexone relieves pain [1, 2]. Ghosts say so [3]."
    assert text[3].startswith("1. Younger J. Low-dose naltrexone.")


def test_a_finding_about_the_file_is_at_the_beginning(evidence):
    (evidence.folder / "monograph.docx").write_bytes(docx_file(fill))
    evidence.write(LIBRARY.format("monograph.docx") + "policy: {life: {metadata: soon}}\n")
    evidence.check()
    mark_up(evidence, "monograph.docx", "marked.docx")
    document = docx.Document(str(evidence.folder / "marked.docx"))
    (mark,) = document.paragraphs[0]._p.xpath("w:commentRangeStart/@w:id")
    assert "REF" in document.comments.get(int(mark)).text


CLAIMS = """\
claims:
- id: relief
  text: Naltrexone relieves pain.
  evidence: [{reference: ghost, stance: supports}]
- id: taste
  text: It tastes of almonds.
  evidence: [{reference: smith-2007, stance: supports}]
"""


@pytest.mark.parametrize("name", ["monograph.docx", "monograph.md"])
def test_a_finding_on_a_sentence_is_at_the_sentence(evidence, name):
    (evidence.folder / name).write_bytes(docx_file(fill) if name.endswith("docx") else TEXT.encode())
    evidence.write(LIBRARY.format(name) + CLAIMS)
    _, report = evidence.report()
    found = [finding for finding in report["findings"] if finding["reference"] == "claim:relief"]
    assert found
    output = "marked.docx" if name.endswith("docx") else "marked.html"
    assert mark_up(evidence, name, output).returncode == 0
    if output == "marked.html":
        page = html.fromstring((evidence.folder / output).read_text())
        text = [mark.text_content() for mark in page.iter("mark")]
        assert any(mark.startswith("Naltrexone relieves pain") for mark in text)
        return
    document = docx.Document(str(evidence.folder / output))
    said = {comment.comment_id: comment.text for comment in document.comments}
    here = [said[int(number)] for number in document.paragraphs[1]._p.xpath("w:commentRangeStart/@w:id")]
    relief = [text for text in here if "sentence relief" in text]
    assert len(relief) == len(found)
    assert all("Sentence: Naltrexone relieves pain." in text for text in relief)
    anywhere = [text for text in said.values() if "sentence taste" in text]
    assert len(anywhere) == sum(finding["reference"] == "claim:taste" for finding in report["findings"])


def test_the_words_of_strangers_cannot_break_the_file(evidence):
    hostile = '"</w:t> ]]> \\u0001 \\u202e"'
    evidence.write(LIBRARY.format("monograph.docx").replace('"=1+1"', hostile))
    (evidence.folder / "monograph.docx").write_bytes(docx_file(fill))
    evidence.check()
    assert mark_up(evidence, "monograph.docx", "marked.docx").returncode == 0
    data = (evidence.folder / "marked.docx").read_bytes()
    assert len(list(docx.Document(io.BytesIO(data)).comments)) >= 5


def test_the_report_of_the_run_is_what_it_was(word):
    before = json.loads(word("report", "--format", "json").stdout)
    mark_up(word, "monograph.docx", "marked.docx")
    assert json.loads(word("report", "--format", "json").stdout) == before
