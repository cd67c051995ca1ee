import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from evidence.model.outcomes import Blocked, Cause, Unavailable
from fakes import FakeServices, entrez_with, form_of, reply


def believed(_reply):
    return None


def asked_with(**settings):
    services = FakeServices(lambda _request: reply("<x/>"))
    entrez = entrez_with(services, **settings)
    entrez.fetch("pubmed", ["1", "2"], believed)
    (request,) = services.requests
    return request


def test_few_identifiers_travel_in_the_body_of_a_post_too():
    request = asked_with()
    assert request.url == "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi"
    assert form_of(request) == {"db": "pubmed", "id": "1,2", "retmode": "xml", "tool": "evidence-tracker"}


@pytest.mark.parametrize("count", [1, 199, 200, 500])
def test_every_number_of_identifiers_is_one_post(count):
    services = FakeServices(lambda _request: reply("<x/>"))
    entrez_with(services).fetch("pubmed", [str(n) for n in range(1, count + 1)], believed)
    (request,) = services.requests
    assert len(form_of(request)["id"].split(",")) == count
    assert "?" not in request.url


def test_the_key_and_the_email_are_sent_in_the_body_and_the_pace_rises():
    request = asked_with(email="library@example.org", api_key="s3cret")
    assert form_of(request)["email"] == "library@example.org"
    assert form_of(request)["api_key"] == "s3cret"
    assert "s3cret" not in request.url
    assert 0.1 <= request.gap < asked_with().gap


def test_without_a_key_three_requests_do_not_fit_into_a_second():
    assert 3 * asked_with().gap > 1


def test_an_unset_email_is_neither_sent_nor_warned_about():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "email" not in form_of(asked_with())


def test_the_base_address_is_a_setting():
    request = asked_with(base="http://127.0.0.1:8080/eutils/")
    assert request.url == "http://127.0.0.1:8080/eutils/efetch.fcgi"


def test_summaries_are_asked_for_as_json():
    services = FakeServices(lambda _request: reply("{}"))
    entrez_with(services).summarise("pmc", ["7"], believed)
    (request,) = services.requests
    assert request.url.endswith("/esummary.fcgi")
    assert form_of(request) == {"db": "pmc", "id": "7", "retmode": "json", "tool": "evidence-tracker"}


@pytest.mark.parametrize(
    "trouble", [Blocked("key s3cret refused", 403), Unavailable("no s3cret today", Cause.CONTENT, 200)]
)
def test_the_key_is_taken_out_of_every_reason(trouble):
    outcome = entrez_with(FakeServices(lambda _request: trouble), api_key="s3cret").fetch("pubmed", ["1"], believed)
    assert "s3cret" not in outcome.reason
    assert "***" in outcome.reason
    assert outcome.status == trouble.status


def test_threads_do_not_mix_up_their_requests():
    services = FakeServices(lambda request: reply(request.body))
    entrez = entrez_with(services)
    got = {}

    def ask(number):
        got[number] = entrez.fetch("pubmed", [str(number)], believed).body

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 33)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f"id={number}&" in body.decode() for number, body in got.items())
    assert len(got) == 32


def test_composing_requests_never_waits_for_the_limiter_of_bio_entrez(monkeypatch):
    def refused(seconds):
        raise AssertionError(f"its own limiter waits {seconds} s")

    services = FakeServices(lambda _request: reply("<x/>"))
    entrez = entrez_with(services)
    entrez.fetch("pubmed", ["1"], believed)
    monkeypatch.setattr("Bio.Entrez.time.sleep", refused)
    for number in range(10):
        entrez.fetch("pubmed", [str(number + 1)], believed)
    assert len(services.requests) == 11


TESTS = str(Path(__file__).parents[1])
SCRIPT = """
import sys
from evidence.model.identifiers import Identifier, IdKind
from fakes import FakeNcbi, FakeServices, StoppedClock, entrez_with
from evidence.sources.pubmed import PubMed
assert not [name for name in sys.modules if name.split(".")[0] in ("Bio", "requests", "sqlite_utils")], "imported early"
source = PubMed(entrez_with(FakeServices(FakeNcbi(held={"1"}))), StoppedClock())
pmids = [Identifier(IdKind.PMID, number) for number in "12"]
print([type(answer.outcome).__name__ for answer in source.look_up(pmids)])
assert "Bio.Entrez" in sys.modules and "Bio.Entrez.Parser" not in sys.modules
import Bio.Entrez, urllib.request
assert Bio.Entrez.urlopen is urllib.request.urlopen, "its opener is not put back"
"""


def test_bio_entrez_is_imported_late_leaves_the_home_alone_and_gets_its_opener_back(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o500)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        env={**os.environ, "HOME": str(home), "PYTHONPATH": TESTS},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "['Found', 'NotFound']"
    assert list(home.iterdir()) == []


def test_a_home_that_does_not_exist_is_no_trouble(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        env={**os.environ, "HOME": str(tmp_path / "nowhere"), "PYTHONPATH": TESTS},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stderr, done.returncode) == ("", 0)
