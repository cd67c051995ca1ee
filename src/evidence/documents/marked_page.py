"""A monograph's text as an HTML page with comments beside it: for what is no Word document.

The page is made of the paragraphs as they were read, so nothing of the monograph's own markup, addresses or scripts is
in it, and it needs nothing from elsewhere. Printed, each comment follows its paragraph.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape

from evidence.documents.document import COMMENTATOR, Block, Comment, Document, Passage, Span
from evidence.model.text import one_line, quantity
from evidence.model.version import __version__

TITLE = "Marked-up monograph"
"""What the page's title begins with."""

_STYLE = """
:root { color-scheme: light; }
body { margin: 2rem auto; max-width: 78rem; padding: 0 1.5rem; font: 1rem/1.55 Georgia, serif; color: #1a1a1a;
  background: #fff; }
header p, header h1 { margin: .2rem 0; font: .9rem/1.4 system-ui, sans-serif; color: #444; }
.row { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 0 2rem; }
.text { overflow-wrap: anywhere; white-space: pre-line; }
p, h1, h2, h3, h4, h5, h6 { margin: .5rem 0; }
mark { background: #fff3c4; color: inherit; border-bottom: 2px solid #8b1a1a; }
sup a, .comment a { color: #0b4f8a; }
sup a { margin: 0 .15em; }
.comment { font: .85rem/1.45 system-ui, sans-serif; border-left: 4px solid #8b1a1a; padding: .1rem 0 .1rem .7rem;
  margin: .5rem 0; background: #faf7f2; overflow-wrap: anywhere; }
.comment p { margin: .25rem 0; }
.comment p:first-child { font-weight: 700; }
@media (max-width: 50rem) { .row { display: block; } }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } .comment { break-inside: avoid; } }
"""


def marked_page(document: Document, comments: Sequence[Comment], title: str, day: date) -> str:
    """The monograph's text as read, with these comments of this day; the same ones give the same page."""
    ends = [block.passage.span[1] for block in document.blocks]
    marked: dict[int, list[Span]] = {}
    begun: dict[int, dict[int, int]] = {}
    for number, comment in enumerate(comments if ends else ()):
        at = min(bisect_right(ends, comment.span[0]), len(ends) - 1)
        begun.setdefault(at, {})[number] = 0
        while at < len(ends) and (places := _places(document.blocks[at].passage, comment.span)):
            if number in begun.get(at, {}):
                begun[at][number] = places[0]
            marked.setdefault(at, []).append(places)
            at += 1
    rows = []
    for at, block in enumerate(document.blocks):
        own = begun.get(at, {})
        text = _paragraph(block, marked.get(at, []), own)
        remarks = "".join(_remark(number, comments[number]) for number in own)
        rows.append(f'<div class="row"><div class="text">{text}</div><div>{remarks}</div></div>')
    name = escape(one_line(title))
    count = quantity(len(comments), "comment")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f'<meta name="generator" content="evidence-tracker {__version__}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{TITLE}: {name}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{name}</h1><p>{count} by {COMMENTATOR}, {day}</p></header>\n"
        "<main>\n" + "\n".join(rows) + "\n</main>\n</body>\n</html>\n"
    )


def _places(passage: Passage, span: Span) -> Span | None:
    """The places in a paragraph's text that are within a stretch of the source, None where there are none."""
    first, end = passage.span
    if span[0] >= end or span[1] <= first:
        return None
    inside = [at for at in range(len(passage.text)) if span[0] <= passage.offset(at) < span[1]]
    return (inside[0], inside[-1] + 1) if inside else None


def _paragraph(block: Block, marked: Sequence[Span], begun: Mapping[int, int]) -> str:
    """The paragraph's text, what has comments marked, and a number at the beginning of each."""
    tag = f"h{min(block.level + 1, 6)}" if block.level else "p"  # below the page's own title
    label = f"{escape(block.item.label)} " if block.item is not None else ""
    return f"<{tag}>{label}{''.join(_pieces(block, marked, begun))}</{tag}>"


def _pieces(block: Block, marked: Sequence[Span], begun: Mapping[int, int]) -> Iterator[str]:
    text, edges = block.text, {0, len(block.text), *begun.values()}
    for span in (*marked, *block.raised):
        edges.update(span)
    ordered = sorted(edges)
    for at, end in zip(ordered, [*ordered[1:], len(text)], strict=True):
        for number in sorted(number for number, place in begun.items() if place == at):
            yield f'<sup><a id="at-{number + 1}" href="#comment-{number + 1}">{number + 1}</a></sup>'
        piece = escape(text[at:end])
        if not piece:
            continue
        if any(first <= at < last for first, last in block.raised):
            piece = f"<sup>{piece}</sup>"
        yield f"<mark>{piece}</mark>" if any(first <= at < last for first, last in marked) else piece


def _remark(number: int, comment: Comment) -> str:
    words = "".join(f"<p>{escape(one_line(text))}</p>" for text in comment.paragraphs)
    words = words.replace("<p>", f'<p><a href="#at-{number + 1}">{number + 1}</a> ', 1)
    return f'<div class="comment" role="note" id="comment-{number + 1}" aria-label="Comment {number + 1}">{words}</div>'
