"""`kill -9` during reviews: the folder is complete, as it was, or not there, and the next review completes."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections import Counter
from hashlib import sha256

import pytest

from evidence.demo.server import DemoServer
from processes import Command, kill, unsound
from quarters import quarter, reprinted, write

KILLS = int(os.environ.get("EVIDENCE_REVIEW_KILLS", "50"))
FILES = {"report.html", "brief.html", "findings.xlsx", "summary.txt", "bundle.zip", "monographs"}
NAME = "2026-Q4"
MONOGRAPHS = 2


class Desk:
    """A folder of two monographs that are edited between reviews of the same name."""

    def __init__(self, folder, server, seed):
        self.rng = random.Random(seed)
        server.world, self.monographs = quarter(MONOGRAPHS, 8)
        self.command = Command(folder, server.addresses)
        self.folder, self.place = folder, folder / NAME
        write(folder, self.monographs, ".md")
        assert self.command("import", *(f"{each.name}.md" for each in self.monographs), "--write").returncode == 0
        self.tally, self.wrong = Counter(), []

    def arguments(self):
        return ["review", "--to", NAME, "--write", "--force", "--as-of", Command.today]

    def edited(self, number):
        """The volume that a monograph prints becomes another one."""
        printed = reprinted(self.monographs[0], 1, lambda entry: re.sub(r";\d+\(", f";{number + 100}(", entry))
        write(self.folder, [printed], ".md")

    def killed(self):
        process = subprocess.Popen(
            [sys.executable, "-m", "evidence", *self.arguments()],
            cwd=self.folder,
            env=self.command.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if self.rng.random() < 0.3:
            time.sleep(self.rng.uniform(0.3, 2.5))
        else:  # most often while the folder is made and moved
            while process.poll() is None and not list(self.folder.glob(f".{NAME}.*")):
                time.sleep(0.0002)
            time.sleep(self.rng.uniform(0, self.rng.choice([0.001, 0.005, 0.02, 0.1])))
        self.tally["killed" if kill(process) else "already over"] += 1

    def examine(self, number, before):
        """What is there is the old review or a new one, all of it."""
        left = sorted(path.name.rpartition(".")[2] for path in self.folder.glob(f".{NAME}.*"))
        self.tally[f"left behind: {', '.join(left) or 'nothing'}"] += 1
        if not self.place.exists():
            self.tally["no folder"] += 1
            if before is not None and "before" not in left:
                self.wrong.append(f"{number}: the old folder is gone")
        else:
            now = digests(self.place)
            self.tally["folder as before" if now == before else "folder replaced"] += 1
            self.wrong += [f"{number}: {what}" for what in incomplete(self.place)]
        self.wrong += [f"{number}: {what}" for what in unsound(self.folder / "evidence.db")]

    def completed(self, number):
        done = self.command(*self.arguments())
        if done.returncode not in {0, 1}:
            self.wrong.append(f"{number}: the next review: exit {done.returncode}: {done.stderr}")
            return
        self.wrong += [f"{number}, next: {what}" for what in incomplete(self.place)]
        if hidden := list(self.folder.glob(f".{NAME}.*")):
            self.wrong.append(f"{number}: left after the next review: {hidden}")
        verified = self.command("verify", "--json")
        self.wrong += [f"{number}: {flaw}" for flaw in json.loads(verified.stdout)["flaws"]]
        if self.command("verify", f"{NAME}/bundle.zip").returncode:
            self.wrong.append(f"{number}: the bundle does not verify")


def digests(folder):
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.*")}


def incomplete(folder):
    """In what a review's folder is not one whole review."""
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if names != FILES:
        yield f"files {sorted(names)}"
        return
    if len(list((folder / "monographs").iterdir())) != MONOGRAPHS:
        yield "not all monographs are there"
    with zipfile.ZipFile(folder / "bundle.zip") as bundle:
        run = json.loads(bundle.read("report.json"))["run"]["id"]
    for name in ("report.html", "brief.html", "summary.txt"):
        if run not in (folder / name).read_text(encoding="utf-8"):
            yield f"{name} is of another run"
    if sha256((folder / "report.html").read_bytes()).hexdigest() not in (folder / "brief.html").read_text("utf-8"):
        yield "brief.html is of another report"


def played(folder, kills, seed):
    with DemoServer() as server:
        desk = Desk(folder, server, seed)
        desk.completed(0)
        for number in range(1, kills + 1):
            desk.edited(number)
            if number % 3 == 0 and desk.place.exists():  # no folder of this name yet
                shutil.rmtree(desk.place)
            before = digests(desk.place) if desk.place.exists() else None
            desk.killed()
            desk.examine(number, before)
            desk.completed(number)
    return desk


def test_a_review_that_is_killed_leaves_nothing_half_done(tmp_path):
    assert played(tmp_path, 1, seed=3).wrong == []


@pytest.mark.acceptance
def test_reviews_killed_at_random_moments(tmp_path):
    desk = played(tmp_path, KILLS, seed=11)
    sys.stdout.write(f"\n{dict(sorted(desk.tally.items()))}\n")
    assert desk.wrong == []
    assert desk.tally["killed"] >= KILLS // 2
    assert desk.tally["folder as before"]
