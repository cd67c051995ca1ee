"""Every way in which a reply can go wrong that we know of, drawn at random but by seed."""

import copy
import gzip
import json
import random
import re
import threading
from collections import Counter

from evidence.standin import dailymed, eutils, second_sources, webpages
from evidence.standin.asked import Service
from evidence.standin.faults import Fault, FaultKind
from evidence.standin.served import HTML, JSON, Manner, Served

ANSWERS = {
    "eutils": eutils.answer,
    "dailymed": dailymed.answer,
    "crossref": second_sources.crossref,
    "doi": second_sources.handles,
    "wayback": second_sources.wayback,
    "pages": webpages.answer,
}
BOMB = gzip.compress(bytes(70 * 1024 * 1024), compresslevel=9, mtime=0)
PRIVATE_TARGETS = (
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://192.168.1.1:8080/admin",
    "http://127.0.0.1:22/",
    "http://[::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://localhost/",
    "http://metadata.google.internal/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "//10.1.2.3/x",
    "http://[broken",
    "",
)
RETRY_AFTERS = ("0", "1", "2", "31", "86400", "-5", "soon", "1e400", "nan", "Mon, 23 Nov 2026 12:00:01 GMT")
PLAIN_KINDS = tuple(str(kind) for kind in FaultKind if kind not in (FaultKind.SLOW, FaultKind.DRIP, FaultKind.REFUSE))


def mutated(value, rng):
    """A JSON value with one key removed, renamed, doubled in a list, or changed in its type, somewhere inside it."""
    value = copy.deepcopy(value)
    places = list(_places(value))
    if not places:
        return rng.choice(([], {}, None, "text", 7, [value]))
    holder, key = rng.choice(places)
    kind = rng.choice(("remove", "type", "type", "rename"))
    if kind == "remove":
        del holder[key]
    elif kind == "rename" and isinstance(holder, dict):
        holder[f"{key}_v3"] = holder.pop(key)
    else:
        odd = (None, "", "null", 0, -1, 10**30, 1.5, True, [], {}, [[]], {"x": 1}, "\ud800", "<b>", str(holder[key]))
        holder[key] = rng.choice((*odd, [holder[key]], {"value": holder[key]}))
    return value


def _places(value):
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


_ELEMENT = re.compile(rb"<([A-Za-z]+)(?: [^<>]*)?>[^<>]*</\1>")


def mutated_xml(body, rng):
    """XML with one element removed, renamed, emptied, doubled or filled with something else."""
    leaves = list(_ELEMENT.finditer(body))
    if not leaves:
        return body[: len(body) // 2]
    leaf = rng.choice(leaves)
    name, whole = leaf[1], leaf[0]
    odd = rng.choice((b"0", b"x", b"-1", b"9" * 40, "٣".encode(), b"&#x202e;", b"&amp;lt;", b"<b>deep</b>"))
    instead = rng.choice(
        (
            b"",
            b"<" + name + b"/>",
            whole + whole,
            whole.replace(name, name + b"V2"),
            b"<" + name + b">" + odd + b"</" + name + b">",
            b"<New>" + whole + b"</New>",
        )
    )
    return body[: leaf.start()] + instead + body[leaf.end() :]


def drifted(healthy, rng):
    """The healthy reply as tomorrow's version of the service might send it."""
    body = healthy.body
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if body.lstrip()[:1] in (b"{", b"["):
            body = json.dumps(mutated(json.loads(body), rng)).encode("utf-8", "surrogatepass")
        else:
            body = mutated_xml(body, rng)
    return Served(healthy.status, body, healthy.content_type, healthy.headers)


def wrongly_encoded(healthy, rng):
    """Bytes that are not what the headers say."""
    body, packed = healthy.body, bytearray(gzip.compress(healthy.body, mtime=0))
    packed[rng.randrange(12, len(packed))] ^= 0xFF
    return rng.choice(
        (
            Served(200, body, healthy.content_type, {"Content-Encoding": "gzip"}),
            Served(200, body, healthy.content_type, {"Content-Encoding": "br"}),
            Served(200, bytes(packed), healthy.content_type, {"Content-Encoding": "gzip"}),
            Served(200, gzip.compress(body)[:-9], healthy.content_type, {"Content-Encoding": "gzip"}),
            Served(200, body.decode("utf-8", "replace").encode("utf-16"), healthy.content_type),
            Served(200, bytes(rng.randrange(256) for _ in range(300)), healthy.content_type),
        )
    )


def wrong_length(healthy, rng):
    """A body shorter than promised, or longer: its rest is then taken for the next answer on the connection."""
    if rng.random() < 0.5:
        return Fault(FaultKind.TRUNCATED)
    told = str(len(healthy.body) // 2)
    return Served(200, healthy.body, healthy.content_type, {"Content-Encoding": "identity", "Content-Length": told})


def huge_headers(healthy, rng):
    """More or longer headers than anybody needs."""
    pad = {"X-Pad": "x" * 70_000} if rng.random() < 0.5 else {f"X-Pad-{n}": "x" * 900 for n in range(150)}
    return Served(healthy.status, healthy.body, healthy.content_type, {**healthy.headers, **pad})


def redirected(_healthy, rng):
    """A redirect into the operator's own network, or nowhere."""
    return Served(rng.choice((301, 302, 303, 307, 308)), headers={"Location": rng.choice(PRIVATE_TARGETS)})


def echoing(asked, rng):
    """An error that repeats the key it was asked with, as NCBI's do."""
    key = asked.params.get("api_key", "none")
    told = {"error": rng.choice(("API key invalid", "API rate limit exceeded", f"bad key {key}")), "api-key": key}
    page = f"<html><body>no access for api_key={key}</body></html>".encode()
    xml = f"<eFetchResult><ERROR>key {key} (api_key={key}) refused</ERROR></eFetchResult>".encode()
    status = rng.choice((200, 400, 401, 403, 429, 500))
    body, kind = rng.choice(((json.dumps(told).encode(), JSON), (page, HTML), (xml, "text/xml")))
    return Served(status, body, kind, {"X-Echo": key, "Location": f"/x?api_key={key}"})


def omitting(asked, healthy, rng):
    """efetch without one of the records asked for, which exists: the second look must say so."""
    records = re.findall(rb"<PubmedArticle>.*?</PubmedArticle>", healthy.body, re.DOTALL)
    if "efetch" not in asked.path or not records:
        return None
    return Served(200, healthy.body.replace(rng.choice(records), b""), healthy.content_type)


def of_another(told, healthy, rng):
    """Somebody else's healthy reply, as a confused proxy gives it."""
    return rng.choice(told) if told else healthy


SERVICE_SPOILERS = (*PLAIN_KINDS, *["slow", "drip", "length", "encoding", "headers", "redirect", "echo", "omission"])
PAGE_SPOILERS = (
    *(kind for kind in PLAIN_KINDS if kind != "proxy-400"),
    *["slow", "drip", "length", "encoding", "headers", "redirect", "bomb", "endless", "get-404", "wall", "loop"],
)
WALLS = (202, 203, 204, 401, 402, 403, 406, 407, 412, 418, 428, 429, 451, 520, 522, 999)


class Weather:
    """The trouble of one seed: for each service, or page, which spoiler at which request; counted as it happens.

    The same seed gives the same trouble for the n-th request to a service, or to one page's address.
    """

    def __init__(self, standin, seed, *, drift, clock=lambda: None):
        self._standin, self._seed, self._drift, self._clock = standin, seed, drift, clock
        rng = random.Random(f"weather/{seed}")
        self.chances = {where: rng.choice((0.0, 0.2, 0.5, 0.9, 1.0)) for where in ANSWERS}
        self.favourites = {where: rng.choice((None, None, self._kinds(where, rng))) for where in ANSWERS}
        self.refused = [where for where in ANSWERS if rng.random() < 0.06]
        self.happened = Counter()
        self._numbers = Counter()
        self._told = {}
        self._lock = threading.Lock()

    def _kinds(self, where, rng):
        return rng.choice(PAGE_SPOILERS if where == "pages" else SERVICE_SPOILERS)

    def begin(self):
        for where in ANSWERS:
            self._standin.faults.script(where, self.trouble)
        for where in self.refused:
            self._standin.faults.add(where, "refuse")
            self.happened["refuse"] += 1

    def end(self):
        self._standin.faults.clear()
        if self._clock():
            self._clock().tick = 0.0

    def trouble(self, asked):
        where = asked.service.told
        place = f"{asked.method} {asked.url}" if where == "pages" else where
        with self._lock:
            self._numbers[place] += 1
            rng = random.Random(f"{self._seed}/{place}/{self._numbers[place]}")
            if self._clock():
                self._clock().tick = 0.0
        if rng.random() >= self.chances[where]:
            return None
        healthy = ANSWERS[where](self._standin.world, asked)
        kind = "drift" if self._drift and where != "pages" else self.favourites[where] or self._kinds(where, rng)
        if where != "pages" and rng.random() < 0.01:
            kind = "bomb"
        made = self._made(kind, asked, healthy, rng)
        with self._lock:
            self.happened[kind] += made is not None
            self._told.setdefault(where, []).append(healthy)
        return made

    def _made(self, kind, asked, healthy, rng):
        makers = {
            "drift": lambda: self._drifting(asked, healthy, rng),
            "echo": lambda: echoing(asked, rng),
            "omission": lambda: omitting(asked, healthy, rng),
            "drip": lambda: self._dripping(healthy),
            "429-retry-after": lambda: Fault(FaultKind.TOO_MANY_RETRY_AFTER, retry_after=rng.choice(RETRY_AFTERS)),
            "slow": lambda: Fault(FaultKind.SLOW, seconds=rng.choice((0.01, 0.03, 0.6)) if _is_page(asked) else 0.02),
            "bomb": lambda: Served(200, BOMB, healthy.content_type, {"Content-Encoding": "gzip"}),
            "length": lambda: wrong_length(healthy, rng),
            "encoding": lambda: wrongly_encoded(healthy, rng),
            "headers": lambda: huge_headers(healthy, rng),
            "redirect": lambda: redirected(healthy, rng),
            **dict.fromkeys(("get-404", "wall", "loop", "endless"), lambda: _page_trouble(kind, asked, healthy, rng)),
        }
        return makers.get(kind, lambda: Fault(FaultKind(kind)))()

    def _drifting(self, asked, healthy, rng):
        others = [reply for reply in self._told.get(asked.service.told, ()) if reply.body != healthy.body]
        return of_another(others, healthy, rng) if rng.random() < 0.1 else drifted(healthy, rng)

    def _dripping(self, healthy):
        """Byte by byte; every look at the clock lasts seconds meanwhile, so the deadline comes before the end."""
        if self._clock():
            self._clock().tick = 2.0
        return Served(200, healthy.body[:400], healthy.content_type, manner=Manner.DRIP, pause=0.002)


def _is_page(asked):
    return asked.service in (Service.PAGES, Service.SECURE_PAGES)


def _page_trouble(kind, asked, healthy, rng):
    if kind == "get-404":
        return None if asked.method == "HEAD" else Served(rng.choice((404, 410)), b"<title>404</title>")
    if kind == "wall":
        headers = rng.choice(({}, {"cf-mitigated": "challenge"}, {"x-amzn-waf-action": "captcha"}))
        status = rng.choice((404, 410, 200, *WALLS)) if headers else rng.choice(WALLS)
        return Served(status, b"<title>Just a moment...</title>", headers=headers)
    if kind == "loop":
        return Served(302, headers={"Location": asked.target})
    return Served(200, healthy.body or b"x" * 100, healthy.content_type, manner=Manner.ENDLESS, pause=0.0005)
