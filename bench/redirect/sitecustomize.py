"""Sends every https request of a measured peer to the loopback demo server named by BENCH_SERVICES.

`https://HOST/PATH` becomes `BENCH_SERVICES/HOST/PATH` in urllib, requests and httpx, each patched when the peer
imports it; the peer itself runs as it is. Python imports this module at its start when its folder is on PYTHONPATH.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

_BASE = os.environ.get("BENCH_SERVICES", "")


def redirected(url: Any) -> str:
    """The address at the demo server, for whatever is not there already."""
    parts = urlsplit(str(url))
    if not parts.netloc or str(url).startswith(_BASE):
        return str(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{_BASE}/{parts.netloc}{parts.path or '/'}{query}"


def _patch_urllib(module: Any) -> None:
    usual = module.OpenerDirector.open

    def opened(self: Any, fullurl: Any, *rest: Any, **named: Any) -> Any:
        if isinstance(fullurl, str):
            return usual(self, redirected(fullurl), *rest, **named)
        fullurl.full_url = redirected(fullurl.full_url)
        return usual(self, fullurl, *rest, **named)

    module.OpenerDirector.open = opened


def _patch_requests(module: Any) -> None:
    usual = module.Session.send

    def sent(self: Any, request: Any, **named: Any) -> Any:
        request.url = redirected(request.url)
        return usual(self, request, **named)

    module.Session.send = sent


def _patch_httpx(module: Any) -> None:
    def moved(request: Any) -> None:
        request.url = module.URL(redirected(request.url))
        request.headers["host"] = urlsplit(_BASE).netloc

    usual, usual_async = module.HTTPTransport.handle_request, module.AsyncHTTPTransport.handle_async_request

    def handled(self: Any, request: Any) -> Any:
        moved(request)
        return usual(self, request)

    async def handled_async(self: Any, request: Any) -> Any:
        moved(request)
        return await usual_async(self, request)

    module.HTTPTransport.handle_request = handled
    module.AsyncHTTPTransport.handle_async_request = handled_async


_PATCHES: dict[str, Callable[[Any], None]] = {
    "urllib.request": _patch_urllib,
    "requests": _patch_requests,
    "httpx": _patch_httpx,
}


class _Patcher(importlib.abc.MetaPathFinder):
    """Finds each module that opens connections once, and lets its patch follow its import."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's usual spec with the patch hung on, for the modules above."""
        del path, target
        patch = _PATCHES.pop(fullname, None)
        spec = importlib.util.find_spec(fullname) if patch else None
        if patch is None or spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_patch(module: ModuleType) -> None:
            execute(module)
            patch(module)

        spec.loader.exec_module = execute_and_patch  # type: ignore[method-assign]  # this one loader alone
        return spec


if _BASE:
    sys.meta_path.insert(0, _Patcher())
