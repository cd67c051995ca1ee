"""Looking at pages of a scripted web, quickly."""

from scripted_web import RealClock, ScriptedWeb

from evidence.http.network import Network
from evidence.http.pages.fetcher import Pages
from evidence.http.pages.seen import Limits, Seen

QUICK = Limits(connect=5.0, request=5.0, gap=0.0, waits=(0.02, 0.05), longest_wait=0.3, body=4096, headers=4096)


def fetch(web: ScriptedWeb, *urls: str, limits: Limits = QUICK, deadline: float | None = None) -> dict[str, Seen]:
    pages = Pages(Network("evidence-test/1 (+mailto:test@example.org)"), RealClock(), route=web.route, limits=limits)
    return {fetched.url: fetched.seen for fetched in pages.fetch(urls, deadline=deadline)}


def look(web: ScriptedWeb, url: str, **more: object) -> Seen:
    return fetch(web, url, **more)[url]
