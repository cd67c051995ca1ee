"""Fuzzing of everything that eats text from outside: a few examples always, minutes of them under `make verify`."""

import os
import random
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from acceptance.fuzz_files import TARGETS

SECONDS = int(os.environ.get("EVIDENCE_FUZZ_SECONDS", "10"))
SLOWEST = 2.0  # CPU seconds for one input
CORPUS = os.environ.get("EVIDENCE_FUZZ_CORPUS")
TOKENS = (
    *[b"\x1b[31m", b"\x00", b"\x00\x00", b"\r", b"\xff\xfe", b"\xef\xbb\xbf", "\u202e".encode(), "\ufeff".encode()],
    *["\N{COMBINING ACUTE ACCENT}".encode(), "İ".encode(), "ß".encode(), "٣".encode(), "\U0010ffff".encode()],
    *[b"&#x1b;", b"&amp;lt;", b"<b>", b"</title", b"<![CDATA[", b"<!--", b"<!DOCTYPE", b"-->", b"{", b"}", b"[", b"]"],
    *[
        b"null",
        b"true",
        b"NaN",
        b"1e999",
        b"-1",
        b"0",
        b"9" * 30,
        b"9" * 5000,
        b'"',
        b"'",
        b"\\",
        b"\\ud800",
        b": ",
        b"\n",
    ],
    *[
        b"- ",
        b"&a ",
        b"*a",
        b"!!python/object:os.system ",
        b"|",
        b">",
        b"? ",
        b"%YAML 1.1",
        b"---",
        b"...",
        b"\t",
        b"@",
        b"%",
    ],
    *[
        b"10.",
        b"/",
        b"//",
        b"://",
        b"?",
        b"#",
        b"xn--",
        b"..",
        b"2025-13",
        b"0000",
        b"et al.",
        b";",
        b"(",
        b")",
        b"\xc2\xa0",
    ],
)


def mutated(seed, rng):
    """A seed after some cuts, copies, swaps and tokens of trouble."""
    data = bytearray(seed)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at, to = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        match rng.randrange(6):
            case 0:
                data[at:at] = rng.choice(TOKENS)
            case 1:
                data[at : min(to, at + rng.choice((1, 4, 40)))] = b""
            case 2:
                data[at:at] = data[at : min(to, at + 60)] * rng.choice((1, 2, 20))
            case 3 if data:
                data[min(at, len(data) - 1)] = rng.randrange(256)
            case 4:
                data[at : min(to, at + rng.choice((1, 8)))] = rng.choice(TOKENS)
            case _:
                data = data[:to]
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_understood_passes(name):
    for seed in TARGETS[name].seeds:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_bytes_are_borne(name, data):
    target = TARGETS[name]
    rng = data.draw(st.randoms(use_true_random=False))
    target.run(
        mutated(rng.choice(target.seeds), rng) if data.draw(st.booleans()) else data.draw(st.binary(max_size=200))
    )


@settings(max_examples=100, deadline=None)
@given(st.text())
@example("\x1b]0;title\x07")
@example("\u202eevil\u2066\u200b\xad\u3164")
def test_no_text_brings_a_control_sequence_to_the_terminal(text):
    TARGETS["shown_texts"].run(text.encode("utf-8", "surrogatepass"))


@pytest.mark.acceptance
@pytest.mark.parametrize("name", TARGETS)
def test_minutes_of_mutations(name):
    """Seeded mutations without guidance, for machines without atheris; as long as EVIDENCE_FUZZ_SECONDS says."""
    target, rng, tried, end = TARGETS[name], random.Random(name), 0, time.process_time() + SECONDS
    slowest = (0.0, b"")
    while time.process_time() < end:
        data = mutated(rng.choice(target.seeds), rng)
        began = time.process_time()
        try:
            target.run(data)
        except BaseException:
            sys.stdout.write(f"\n{name}: {data!r}\n")
            raise
        slowest = max(slowest, (time.process_time() - began, data))
        tried += 1
    sys.stdout.write(f"\n{name}: {tried:,} mutations in {SECONDS} s of CPU, the slowest {slowest[0] * 1000:.0f} ms\n")
    assert slowest[0] < SLOWEST, slowest[1]


@pytest.mark.acceptance
@pytest.mark.parametrize("name", TARGETS)
def test_minutes_of_guided_fuzzing(name, tmp_path):
    if find_spec("atheris") is None:
        pytest.skip("atheris is not installed (pip install atheris)")
    corpus = Path(CORPUS) / name if CORPUS else tmp_path
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("fuzz_atheris.py"), name, str(SECONDS), str(corpus)],
        capture_output=True,
        text=True,
        check=False,
    )
    figures = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    tried, cpu, slowest = (int(figures[key]) for key in ("executed_inputs", "cpu_seconds", "slowest_input_ms"))
    sys.stdout.write(f"\n{name}: {tried:,} inputs in {cpu} s of CPU, the slowest {slowest} ms\n")
