"""The facts of a cited page that are kept, as compact JSON, and the way back."""

from __future__ import annotations

import json

from evidence.model.identity import Identifier
from evidence.model.records import Hop, Page

FACTS_VERSION = 2


def facts(page: Page) -> bytes:
    """The facts of a page.

    Keys: `v` this form's version, `status`, `url` the final address, `hops` lists of status, source
    and target, `title`, `type` the media type, `complete` whether the body was read to its end,
    `suspicion` why it may be an error page, `anchorless` whether the fragment is missing, `text` the
    fingerprint of the main text.
    """
    kept = {
        "v": FACTS_VERSION,
        "status": page.status,
        "url": page.final_url,
        "hops": [[hop.status, hop.source, hop.target] for hop in page.hops],
        "title": page.title,
        "type": page.content_type,
        "complete": page.complete,
        "suspicion": page.suspicion,
        "anchorless": page.anchor_missing,
        "text": page.fingerprint,
    }
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def page_of(identifier: Identifier, raw: bytes) -> Page:
    """The page of these facts.

    Raises:
        ValueError: not the facts of a page, or in the form of another version.
    """
    kept = json.loads(raw)
    if not isinstance(kept, dict) or kept.get("v") != FACTS_VERSION:
        raise ValueError("not the facts of a page as this version keeps them")
    try:
        return Page(
            identifier=identifier,
            status=kept["status"],
            final_url=kept["url"],
            hops=tuple(Hop(status, source, target) for status, source, target in kept["hops"]),
            title=kept["title"],
            content_type=kept["type"],
            complete=kept["complete"],
            suspicion=kept["suspicion"],
            anchor_missing=kept["anchorless"],
            fingerprint=kept["text"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not the facts of a page as this version keeps them") from error
