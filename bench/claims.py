"""What a thousand claims cost: `evidence check --offline` of 500 articles and a monograph, with and without them.

`python bench/claims.py [NUMBER]` prints Markdown. Everything comes from the store; no service is asked. Each claim has
a sentence of the monograph and a quote from the abstract of an article.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from measure import figures, run, table
from peers import EVIDENCE, environment

from evidence.demo.server import DemoServer
from evidence.demo.world import references_for, synthetic_world

AS_OF = "2026-11-23"
ROUNDS = 5
WORDS = ("pain", "sleep", "fatigue", "mood", "dose", "tablet", "placebo", "women")


def abstract(at: int) -> str:
    """Some 200 words, no two abstracts alike."""
    sentences = (
        f"In arm {at}-{n} the {WORDS[(at + n) % 8]} score fell by {at % 90}.{n} % after {n + 1} weeks of treatment."
        for n in range(18)
    )
    return " ".join(sentences)


def measure(number: int, folder: Path) -> str:
    """The table: CPU seconds of a run without claims, with them, and the difference."""
    world = synthetic_world(number // 2)
    articles = {
        pmid: replace(article, abstract=abstract(at)) for at, (pmid, article) in enumerate(world.articles.items())
    }
    pmids = list(articles)
    sentences, claims = [], ["claims:\n"]
    for at in range(number):
        n, place = at % 18, at % len(pmids)
        text = f"The drug number {at} changes {WORDS[at % 8]} and {WORDS[at // 8 % 8]} in arm {at}"
        quote = f"fell by {place % 90}.{n} % after {n + 1} weeks"
        sentences.append(f"{text} [@pmid-{pmids[place]}].")
        claims.append(
            f"- id: claim-{at}\n  text: {text}\n  kind: mechanism\n  evidence:\n"
            f"  - {{reference: pmid-{pmids[place]}, stance: supports, quote: {quote!r}, in: abstract}}\n"
        )
    (folder / "drug.md").write_text("# Drug\n\n" + "\n\n".join(sentences) + "\n", encoding="utf-8")
    library = "monograph: {file: drug.md}\n" + references_for(replace(world, articles=articles))
    (folder / "references.yaml").write_text(library, encoding="utf-8")
    environ = dict(environment(folder))
    command = [EVIDENCE, "check", "--offline", "--no-record", "--as-of", AS_OF, "--format", "summary"]
    with DemoServer(replace(world, articles=articles)) as server:
        environ |= {f"EVIDENCE_{name.upper()}_URL": address for name, address in server.addresses.items()}
        run([EVIDENCE, "check", "--as-of", AS_OF, "--format", "summary"], environ, folder)
        run(command, environ, folder)  # not counted
        without = figures([run(command, environ, folder) for _ in range(ROUNDS)])
        (folder / "claims.yaml").write_text("".join(claims), encoding="utf-8")
        run(command, environ, folder)
        with_claims = figures([run(command, environ, folder) for _ in range(ROUNDS)])
        said = (folder / "stdout").read_text(encoding="utf-8")
        assert f"{number} claims, {number} quotes: {number} found" in said, said  # noqa: S101 - what was measured
    rows = [
        [f"{len(pmids)} articles", f"{without.cpu:.2f}"],
        [f"the same with {number} claims", f"{with_claims.cpu:.2f}"],
        ["the claims", f"{with_claims.cpu - without.cpu:.2f}"],
    ]
    return table(["judged from the store", "CPU s"], rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, Path(made)))
