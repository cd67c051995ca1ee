"""What goes in a circle, or doubles with every line, is named with its line: pandoc, which would not say it, is not
started. The files are synthetic."""

import pytest

STYLE = """<?xml version="1.0"?>
<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
<info><title>x</title><id>http://example.org/x</id><updated>2020-01-01T00:00:00+00:00</updated></info>
{}
<citation><layout><text macro="m0"/></layout></citation>
<bibliography><layout><text macro="m0"/></layout></bibliography></style>
"""


def macros(uses):
    parts = ("".join(f'<text macro="m{number}"/>' for number in called) for called in uses)
    return STYLE.format("\n".join(f'<macro name="m{at}">{part}</macro>' for at, part in enumerate(parts)))


def refused(done, *reported):
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for text in reported:
        assert text in done.stderr


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("@inbook{a, crossref={b}}\n@book{b, crossref={a}, title={x}}\n", ":1:9: circular crossref: a → b → a"),
        ('@book{c, title={x}}\n@inbook{a, crossref = "a"}\n', ":2:9: circular crossref: a → a"),
        ("@book(a,\n XData = {c, b})\n@xdata{b, xdata = a}\n", ":1:7: circular crossref: a → b → a"),
        ("@string{a = b # {x}}\n@string{B = a}\n@book{k, title=a}\n", ":1:9: circular @string: a → b → a"),
        (
            '@string{a0 = "xxxxxxxxxx"}\n'
            + "".join(f"@string{{a{number + 1} = a{number} # a{number}}}\n" for number in range(40))
            + "@article{k, title = a40}\n",
            ":15:9: @string makes a14 longer than 100,000 characters",
        ),
        (
            '@string{s = "' + "x" * 60_000 + '"}\n@book{k, title = s # s}\n',
            ":2:10: a value has more than 100,000 characters after expanding its @strings",
        ),
        (
            "".join(f"@book{{b{number}, xdata={{b{number + 1},b{number + 1}}}}}\n" for number in range(40)),
            "crossref makes b",
        ),
        (
            "@book{a, title={x}}\n@book{b,\n title={" + "`" * 2001 + "}}\n",
            ":3:2009: an entry has more than 2,000 backticks",
        ),
    ],
)
def test_circular_and_exploding_bibtex_is_named(evidence, text, reported):
    (evidence.folder / "made.bib").write_text(text)
    refused(evidence("import", "made.bib", "--offline"), "made.bib" if reported.startswith(":") else "", reported)


@pytest.mark.parametrize(
    "text",
    [
        "@string{jem = {J Ex Med}}\n@string{jem = jem # { Suppl}}\n@article{a, journal=jem, title={Title of it}}\n",
        "@inbook{a, crossref={b}, title={Title of it}}\n@book{b, title={x, crossref={a}}, note={a = b # b}}\n",
        "@comment{@string{a = a}}\n@article{a, title={Title of it}, abstract={crossref = {a}}}\n",
        "@inbook{a, crossref={none}, title={Title of it}}\n",
        "".join(f"@book{{b{number}, title={{``Title of it'' {number}}}}}\n" for number in range(1500)),
    ],
)
def test_bibtex_that_ends_is_imported(evidence, text):
    pytest.importorskip("pypandoc", reason="pypandoc_binary is not installed (extra `render`)")
    (evidence.folder / "made.bib").write_text(text)
    done = evidence("import", "made.bib", "--offline", "--diff")
    assert "Title of it" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("uses", "reported"),
    [
        ([[1], [0]], "made.csl:4: the style has a circular macro reference: m0 → m1 → m0"),
        ([[1], [1]], "made.csl:5: the style has a circular macro reference: m1 → m1"),
        ([[n + 1, n + 1] for n in range(40)], "more than 50,000,000 elements"),
    ],
)
def test_circular_and_exploding_styles_are_named(evidence, uses, reported):
    evidence.write("references:\n- {id: a, type: book, title: x}\n")
    (evidence.folder / "made.csl").write_text(macros(uses))
    refused(evidence("export", "--style", "made.csl"), reported)


def test_a_circle_that_nothing_uses_is_named_too(evidence):
    evidence.write("references:\n- {id: a, type: book, title: x}\n")
    (evidence.folder / "made.csl").write_text(macros([[], [2], [1]]))
    refused(evidence("export", "--style", "made.csl"), "made.csl:5: the style has a circular macro reference")


def test_a_style_in_an_encoding_that_is_not_read_is_refused(evidence):
    evidence.write("references:\n- {id: a, type: book, title: x}\n")
    (evidence.folder / "made.csl").write_text(macros([[]]).replace('"1.0"?>', '"1.0" encoding="utf-7"?>'))
    refused(evidence("export", "--style", "made.csl"), "made.csl: the style uses an unsupported encoding")
