"""PDF files written by hand: text at places, and links. Synthetic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

HELVETICA = dict(
    zip(
        map(chr, range(32, 127)),
        (
            278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
            556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
            611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
            667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
            222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
        ),
        strict=True,
    )
)  # fmt: skip
"""Widths of the font's characters, in thousandths of its size."""


_FONT = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


def width_of(text: str, size: float) -> float:
    """How wide a text is in Helvetica, in points."""
    bare = (unicodedata.normalize("NFD", character)[0] for character in text)
    return sum(HELVETICA.get(character, 556) for character in bare) * size / 1000


@dataclass
class PdfFile:
    """Pages with text at places, of a size, upright or turned to the left; and areas that lead to addresses."""

    width: float = 600
    height: float = 842
    pages: list[list[tuple[str, float, float, float, str]]] = field(default_factory=lambda: [[]])
    links: list[list[tuple[float, float, float, float, str]]] = field(default_factory=lambda: [[]])

    def write(self, x: float, y: float, text: str, size: float = 9) -> None:
        self.pages[-1].append(("1 0 0 1", x, y, size, text))

    def write_upwards(self, x: float, y: float, text: str, size: float = 9) -> None:
        self.pages[-1].append(("0 1 -1 0", x, y, size, text))

    def link(self, left: float, bottom: float, right: float, top: float, address: str) -> None:
        self.links[-1].append((left, bottom, right, top, address))

    def new_page(self) -> None:
        self.pages.append([])
        self.links.append([])

    def column(
        self, lines: Iterable[str], x: float = 72, y: float = 760, *, step: float = 12, size: float = 9
    ) -> float:
        """Lines below each other; the height after the last."""
        for line in lines:
            text = line.lstrip(" ")
            self.write(x + 4 * (len(line) - len(text)), y, text, size)
            y -= step
        return y

    def bytes(self) -> bytes:
        """The file."""
        objects = [
            "<</Type/Catalog/Pages 2 0 R>>",
            "",
            _FONT,
        ]
        kids = []
        for texts, links in zip(self.pages, self.links, strict=True):
            stream = "BT "
            for matrix, x, y, size, text in texts:
                escaped = re.sub(r"([()\\])", r"\\\1", text)
                stream += f"/F1 {size} Tf {matrix} {x:.2f} {y:.2f} Tm ({escaped}) Tj\n"
            objects.append(f"<</Length {len(stream) + 2}>>stream\n{stream}ET\nendstream")
            content = len(objects)
            annotations = []
            for left, bottom, right, top, address in links:
                objects.append(
                    f"<</Type/Annot/Subtype/Link/Rect[{left} {bottom} {right} {top}]/A<</S/URI/URI({address})>>>>"
                )
                annotations.append(f"{len(objects)} 0 R")
            objects.append(
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {self.width} {self.height}]/Resources<</Font<</F1 3 0 R>>>>"
                f"/Contents {content} 0 R/Annots[{' '.join(annotations)}]>>"
            )
            kids.append(f"{len(objects)} 0 R")
        objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
        out, places = "%PDF-1.4\n", []
        for number, body in enumerate(objects, 1):
            places.append(len(out))
            out += f"{number} 0 obj{body} endobj\n"
        table = "".join(f"{place:010d} 00000 n \n" for place in places)
        end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        end += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
        return (out + end).encode("cp1252")
