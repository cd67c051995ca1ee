"""Servers on loopback: one that answers pages by a script, one whose replies go wrong, and clients to ask them."""

from __future__ import annotations

import copy
import gzip
import json
import random
import re
import socket
import ssl
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from evidence.demo import pubmed as eutils
from evidence.demo import services as dailymed
from evidence.demo import services as second_sources
from evidence.demo import services as webpages
from evidence.demo.faults import InjectedFault, InjectedFaultKind
from evidence.demo.http import HTML, JSON, Delivery, DemoService, ServerReply
from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Network
from evidence.sources.http.visit import FetchLimits, PageOutcome, Routed
from fakes import RealClock

# A web on loopback that answers by script, byte for byte, and notes what it was asked

Playing = Callable[[socket.socket], None]
Part = bytes | Playing


@dataclass(frozen=True)
class PageRequest:
    method: str
    target: str
    headers: dict[str, str]
    at: float


@dataclass
class ScriptedWeb:
    """Answers by path; each path's answers are played in turn, the last again and again. HEAD has its own."""

    address: str = "127.0.0.1"
    port: int = 0
    answers: dict[tuple[str, str], list[Part]] = field(default_factory=dict)
    asked: list[PageRequest] = field(default_factory=list)
    busy: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    busiest: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def base(self) -> str:
        return f"http://{self.address}:{self.port}"

    def plays(self, path: str, *parts: Part, method: str = "GET") -> str:
        """Let a path answer so; returns an address for it on a host of the script's own."""
        self.answers[method, path] = list(parts)
        return f"https://www.example.org{path}"

    def route(self, url: str) -> Routed:
        """Every address leads here, whatever its host."""
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return Routed(f"{self.base}{parts.path}{query}", parts.netloc)

    def targets(self, method: str = "GET") -> list[str]:
        return [asked.target for asked in self.asked if asked.method == method]

    def answer_to(self, asked: PageRequest) -> Part:
        path = urlsplit(asked.target).path
        with self.lock:
            self.asked.append(asked)
            parts = self.answers.get((asked.method, path)) or [page_answer(404, b"no such page")]
            return parts.pop(0) if len(parts) > 1 else parts[0]


def page_answer(status: int = 200, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    kind = "" if any(h.lower().startswith("content-type") for h in headers) else "Content-Type: text/html\r\n"
    lines = "".join(f"{header}\r\n" for header in headers)
    size = "" if status == 204 else f"Content-Length: {len(body) if length is None else length}\r\n"
    return f"HTTP/1.1 {status} Some Phrase\r\n{kind}{size}{lines}\r\n".encode("utf-8", "surrogateescape") + body


def redirect(target: str, status: int = 301, *headers: str) -> bytes:
    return page_answer(status, b"", f"Location: {target}", *headers)


def html_page(title: str, *headers: str) -> bytes:
    return page_answer(200, f"<html><head><title>{title}</title></head><body>text</body></html>".encode(), *headers)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang_up(connection: socket.socket) -> None:
    connection.close()


def then_reset(start: bytes) -> Playing:
    def play(connection: socket.socket) -> None:
        connection.sendall(start)
        time.sleep(0.05)
        reset(connection)

    return play


def then_close(start: bytes) -> Playing:
    def play(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.close()

    return play


def slowly(start: bytes, drop: bytes, pause: float = 0.05) -> Playing:
    def play(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(200):
            time.sleep(pause)
            connection.sendall(drop)

    return play


def after(seconds: float, reply: bytes) -> Playing:
    def play(connection: socket.socket) -> None:
        time.sleep(seconds)
        connection.sendall(reply)

    return play


def once(event: threading.Event, reply: bytes) -> Playing:
    """Reply when the test says so."""

    def play(connection: socket.socket) -> None:
        event.wait(60)
        connection.sendall(reply)

    return play


@contextmanager
def scripted_web(address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[ScriptedWeb]:
    with socket.create_server((address, 0), backlog=256) as listener:
        web = ScriptedWeb(address, listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, web, tls), daemon=True).start()
        try:
            yield web
        finally:
            web.over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, web: ScriptedWeb, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        while not web.over.is_set():
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=(connection, web, tls), daemon=True).start()


def _serve(connection: socket.socket, web: ScriptedWeb, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        with connection:
            while (asked := _read(connection)) is not None:
                host = asked.headers.get("host", "")
                part = web.answer_to(asked)
                with web.lock:
                    web.busy[host] += 1
                    web.busiest[host] = max(web.busiest[host], web.busy[host])
                try:
                    _play(connection, part)
                finally:
                    with web.lock:
                        web.busy[host] -= 1


def _play(connection: socket.socket, part: Part) -> None:
    if isinstance(part, bytes):
        connection.sendall(part)
    else:
        part(connection)


def _read(connection: socket.socket) -> PageRequest | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        raw += chunk
    first, *lines = raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    return PageRequest(method, target, {name.lower(): value.strip() for name, _, value in pairs}, time.monotonic())


# Fetch pages of the scripted web, quickly

QUICK_LIMITS = FetchLimits(
    connect=5.0, request=5.0, gap=0.0, waits=(0.02, 0.05), longest_wait=0.3, body=4096, headers=4096
)


def fetch(
    web: ScriptedWeb, *urls: str, limits: FetchLimits = QUICK_LIMITS, deadline: float | None = None
) -> dict[str, PageOutcome]:
    pages = Pages(Network("evidence-test/1 (+mailto:test@example.org)"), RealClock(), route=web.route, limits=limits)
    return {fetched.url: fetched.outcome for fetched in pages.fetch(urls, deadline=deadline)}


def fetch_one(web: ScriptedWeb, url: str, **more: object) -> PageOutcome:
    return fetch(web, url, **more)[url]


# A server that plays a script of good and bad replies

Behaviour = Callable[["Handler"], None]


@dataclass(frozen=True)
class ReceivedRequest:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ReplyScript:
    """What the server does, request by request; the last behaviour is repeated."""

    behaviours: list[Behaviour]
    requests: list[ReceivedRequest] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_for(self, observed: ReceivedRequest) -> Behaviour:
        with self.lock:
            self.requests.append(observed)
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: ReplyScript

    def setup(self) -> None:
        super().setup()
        with self.script.lock:
            self.script.connections += 1

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            self.script.next_for(ReceivedRequest(self.command, self.path, headers, body))(self)
        except OSError:
            self.close_connection = True  # the client has gone, as it should

    def do_POST(self) -> None:
        self.do_GET()

    def do_CONNECT(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        for name, value in ({"content-length": str(len(body))} | named).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def replying(*behaviours: Behaviour) -> Iterator[ReplyScript]:
    script = ReplyScript(list(behaviours))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Scripted", (Handler,), {"script": script}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda handler: handler.reply(status, body, **headers)


def ok(body: bytes = b"fine", **headers: str) -> Behaviour:
    return answers(200, body, **headers)


def zipped(body: bytes) -> Behaviour:
    return ok(gzip.compress(body), content_encoding="gzip")


def cut_after(part: bytes, promised: int, **headers: str) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.reply(200, part, content_length=str(promised), **headers)
        handler.close_connection = True

    return behave


def cut_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"5\r\nhello\r\n")
    handler.close_connection = True


def bad_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"no number\r\nhello\r\n")
    handler.close_connection = True


def reset_reply(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def empty_reply(handler: Handler) -> None:
    handler.close_connection = True


def say_nothing(handler: Handler) -> None:
    handler.script.over.wait(10)
    handler.close_connection = True


def drip_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    _drip(handler, b"x")


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _drip(handler, b"x")


def _drip(handler: Handler, drop: bytes) -> None:
    handler.close_connection = True
    while not handler.script.over.wait(0.002):
        handler.wfile.write(drop)
        handler.wfile.flush()


def huge_header(handler: Handler) -> None:
    handler.reply(200, b"", x_huge="x" * 70_000)
    handler.close_connection = True


def many_headers(handler: Handler) -> None:
    handler.reply(200, b"", **{f"x_{number}": "y" for number in range(300)})
    handler.close_connection = True


def no_http(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True


# The plainest possible client: one request on a connection of its own, and all that came back


@dataclass(frozen=True)
class PlainReply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def document(self) -> Any:
        return json.loads(self.body)


def ask_plainly(
    url: str, *, form: str | None = None, method: str | None = None, headers: Mapping[str, str] | None = None
) -> PlainReply:
    """Ask once; a form makes it a POST."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    typed = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    connection = HTTPConnection(parts.netloc, timeout=5)
    try:
        wanted = method or ("GET" if form is None else "POST")
        connection.request(wanted, target, form, {**typed, "Connection": "close", **(headers or {})})
        reply = connection.getresponse()
        return PlainReply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
    finally:
        connection.close()


# Every way in which a reply can go wrong that we know of, drawn at random but by seed

ANSWERS = {
    "eutils": eutils.eutils_reply,
    "dailymed": dailymed.dailymed_reply,
    "crossref": second_sources.crossref_reply,
    "doi": second_sources.doi_reply,
    "wayback": second_sources.wayback_reply,
    "trials": second_sources.trials_reply,
    "pages": webpages.page_reply,
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
PLAIN_KINDS = tuple(
    str(kind)
    for kind in InjectedFaultKind
    if kind not in (InjectedFaultKind.SLOW, InjectedFaultKind.DRIP, InjectedFaultKind.REFUSE)
)


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
    return ServerReply(healthy.status, body, healthy.content_type, healthy.headers)


def wrongly_encoded(healthy, rng):
    """Bytes that are not what the headers say."""
    body, packed = healthy.body, bytearray(gzip.compress(healthy.body, mtime=0))
    packed[rng.randrange(12, len(packed))] ^= 0xFF
    return rng.choice(
        (
            ServerReply(200, body, healthy.content_type, {"Content-Encoding": "gzip"}),
            ServerReply(200, body, healthy.content_type, {"Content-Encoding": "br"}),
            ServerReply(200, bytes(packed), healthy.content_type, {"Content-Encoding": "gzip"}),
            ServerReply(200, gzip.compress(body)[:-9], healthy.content_type, {"Content-Encoding": "gzip"}),
            ServerReply(200, body.decode("utf-8", "replace").encode("utf-16"), healthy.content_type),
            ServerReply(200, bytes(rng.randrange(256) for _ in range(300)), healthy.content_type),
        )
    )


def wrong_length(healthy, rng):
    """A body shorter than promised, or longer: its rest is then taken for the next answer on the connection."""
    if rng.random() < 0.5:
        return InjectedFault(InjectedFaultKind.TRUNCATED)
    reported = str(len(healthy.body) // 2)
    return ServerReply(
        200, healthy.body, healthy.content_type, {"Content-Encoding": "identity", "Content-Length": reported}
    )


def huge_headers(healthy, rng):
    """More or longer headers than anybody needs."""
    pad = {"X-Pad": "x" * 70_000} if rng.random() < 0.5 else {f"X-Pad-{n}": "x" * 900 for n in range(150)}
    return ServerReply(healthy.status, healthy.body, healthy.content_type, {**healthy.headers, **pad})


def redirected(_healthy, rng):
    """A redirect into the operator's own network, or nowhere."""
    return ServerReply(rng.choice((301, 302, 303, 307, 308)), headers={"Location": rng.choice(PRIVATE_TARGETS)})


def echoing(asked, rng):
    """An error that repeats the key it was asked with, as NCBI's do."""
    key = asked.params.get("api_key", "none")
    reported = {"error": rng.choice(("API key invalid", "API rate limit exceeded", f"bad key {key}")), "api-key": key}
    page = f"<html><body>no access for api_key={key}</body></html>".encode()
    xml = f"<eFetchResult><ERROR>key {key} (api_key={key}) refused</ERROR></eFetchResult>".encode()
    status = rng.choice((200, 400, 401, 403, 429, 500))
    body, kind = rng.choice(((json.dumps(reported).encode(), JSON), (page, HTML), (xml, "text/xml")))
    return ServerReply(status, body, kind, {"X-Echo": key, "Location": f"/x?api_key={key}"})


def omitting(asked, healthy, rng):
    """efetch without one of the records asked for, which exists: the second look must say so."""
    records = re.findall(rb"<PubmedArticle>.*?</PubmedArticle>", healthy.body, re.DOTALL)
    if "efetch" not in asked.path or not records:
        return None
    return ServerReply(200, healthy.body.replace(rng.choice(records), b""), healthy.content_type)


def of_another(reported, healthy, rng):
    """Somebody else's healthy reply, as a confused proxy gives it."""
    return rng.choice(reported) if reported else healthy


SERVICE_SPOILERS = (*PLAIN_KINDS, *["slow", "drip", "length", "encoding", "headers", "redirect", "echo", "omission"])
PAGE_SPOILERS = (
    *(kind for kind in PLAIN_KINDS if kind != "proxy-400"),
    *["slow", "drip", "length", "encoding", "headers", "redirect", "bomb", "endless", "get-404", "wall", "loop"],
)
WALLS = (202, 203, 204, 401, 402, 403, 406, 407, 412, 418, 428, 429, 451, 520, 522, 999)


class RandomFaults:
    """The trouble of one seed: for each service, or page, which spoiler at which request; counted as it happens.

    The same seed gives the same trouble for the n-th request to a service, or to one page's address.
    """

    def __init__(self, server, seed, *, drift, clock=lambda: None):
        self._server, self._seed, self._drift, self._clock = server, seed, drift, clock
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
            self._server.faults.script(where, self.trouble)
        for where in self.refused:
            self._server.faults.add(where, "refuse")
            self.happened["refuse"] += 1

    def end(self):
        self._server.faults.clear()
        if self._clock():
            self._clock().tick = 0.0

    def trouble(self, asked):
        where = asked.service.counted_as
        place = f"{asked.method} {asked.url}" if where == "pages" else where
        with self._lock:
            self._numbers[place] += 1
            rng = random.Random(f"{self._seed}/{place}/{self._numbers[place]}")
            if self._clock():
                self._clock().tick = 0.0
        if rng.random() >= self.chances[where]:
            return None
        healthy = ANSWERS[where](self._server.world, asked)
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
            "429-retry-after": lambda: InjectedFault(
                InjectedFaultKind.TOO_MANY_RETRY_AFTER, retry_after=rng.choice(RETRY_AFTERS)
            ),
            "slow": lambda: InjectedFault(
                InjectedFaultKind.SLOW, seconds=rng.choice((0.01, 0.03, 0.6)) if _is_page(asked) else 0.02
            ),
            "bomb": lambda: ServerReply(200, BOMB, healthy.content_type, {"Content-Encoding": "gzip"}),
            "length": lambda: wrong_length(healthy, rng),
            "encoding": lambda: wrongly_encoded(healthy, rng),
            "headers": lambda: huge_headers(healthy, rng),
            "redirect": lambda: redirected(healthy, rng),
            **dict.fromkeys(("get-404", "wall", "loop", "endless"), lambda: _page_trouble(kind, asked, healthy, rng)),
        }
        return makers.get(kind, lambda: InjectedFault(InjectedFaultKind(kind)))()

    def _drifting(self, asked, healthy, rng):
        others = [reply for reply in self._told.get(asked.service.counted_as, ()) if reply.body != healthy.body]
        return of_another(others, healthy, rng) if rng.random() < 0.1 else drifted(healthy, rng)

    def _dripping(self, healthy):
        """Byte by byte; every look at the clock lasts seconds meanwhile, so the deadline comes before the end."""
        if self._clock():
            self._clock().tick = 2.0
        return ServerReply(200, healthy.body[:400], healthy.content_type, delivery=Delivery.DRIP, pause=0.002)


def _is_page(asked):
    return asked.service in (DemoService.PAGES, DemoService.SECURE_PAGES)


def _page_trouble(kind, asked, healthy, rng):
    if kind == "get-404":
        return None if asked.method == "HEAD" else ServerReply(rng.choice((404, 410)), b"<title>404</title>")
    if kind == "wall":
        headers = rng.choice(({}, {"cf-mitigated": "challenge"}, {"x-amzn-waf-action": "captcha"}))
        status = rng.choice((404, 410, 200, *WALLS)) if headers else rng.choice(WALLS)
        return ServerReply(status, b"<title>Just a moment...</title>", headers=headers)
    if kind == "loop":
        return ServerReply(302, headers={"Location": asked.target})
    return ServerReply(200, healthy.body or b"x" * 100, healthy.content_type, delivery=Delivery.ENDLESS, pause=0.0005)
