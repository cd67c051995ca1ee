"""What changed in a label: two versions' contents from the store, or asked of DailyMed, and compared word by word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from evidence.app.registry import LookupPolicy, find_source
from evidence.app.sources import cached_source, open_access
from evidence.matching.label_sections import LabelComparison, SectionText, compare_texts
from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier, IdKind, contents_of
from evidence.model.outcomes import Answer, Blocked, Found, NotFound, Unavailable
from evidence.model.policy import FOREVER, CacheTtl
from evidence.model.ports import Clock, Source
from evidence.model.records import Label, SplVersion
from evidence.model.references import Reference
from evidence.rules.labels import version_then
from evidence.sources.spec import Settings
from evidence.sources.spl_xml import sections_of
from evidence.storage.store import Store

_LISTED = 12  # versions named in a message


def compare_label(
    reference: Reference,
    versions: tuple[int, int] | None,
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    offline: bool,
) -> LabelComparison | NotFound | Blocked | Unavailable:
    """Two versions of the label that a reference cites, compared; None: the one then current, and the current one.

    Each version that the store lacks is one request to DailyMed, none when `offline`. Nothing is recorded as a run.

    Raises:
        UsageError: the reference cites no label, has no `accessed`, or DailyMed lists no such version.
        StoreError: the store cannot be read or written.
    """
    setid = reference.first(IdKind.SETID)
    if setid is None:
        raise UsageError(
            f"{reference.id} does not cite a label", fix="use --changes with references that have a Set ID (setid)"
        )
    policy = LookupPolicy(
        as_of=date.max if offline else clock.now().date(), lives=FOREVER if offline else CacheTtl(), offline=offline
    )
    with open_access(settings, store, clock, policy) as access:
        labels, contents = (cached_source(find_source(name), access, store, policy) for name in ("dailymed", "spl"))
        known = _answer(labels, setid)
        if not isinstance(known.outcome, Found):
            return known.outcome
        label = known.outcome.record
        if not isinstance(label, Label):
            raise TypeError("DailyMed's history is a label")
        then, now = _chosen(reference, label, versions)
        if then == now:
            return LabelComparison(label, then, now, (), 0)
        texts: list[Sequence[SectionText]] = []
        for version in (then, now):
            answer = _answer(contents, contents_of(setid, version.version))
            if not isinstance(answer.outcome, Found):
                return answer.outcome
            texts.append(_texts(answer.raw))
            if not texts[-1]:
                return NotFound(f"the store has only the hashes of version {version.version}, from a lock file")
    return compare_texts(label, then, now, *texts)


def _answer(source: Source, identifier: Identifier) -> Answer:
    (answer,) = source.look_up([identifier])
    return answer


def _texts(raw: bytes | None) -> tuple[SectionText, ...]:
    try:
        return sections_of(raw or b"")
    except ValueError:  # the facts of a lock
        return ()


def _chosen(reference: Reference, label: Label, versions: tuple[int, int] | None) -> tuple[SplVersion, SplVersion]:
    """The two versions to compare."""
    if versions is not None:
        by_number = {version.version: version for version in label.versions}
        for number in versions:
            if number not in by_number:
                listed = ", ".join(str(known) for known in [*by_number][:_LISTED])
                raise UsageError(f"version {number} is not in DailyMed's history of this label", fix=f"it has {listed}")
        return by_number[versions[0]], by_number[versions[1]]
    then = version_then(reference, label)
    if then is None:
        what = "lists no version from the time of accessed" if reference.accessed else "cannot be asked for a version"
        missing = f"DailyMed {what}" if reference.accessed else f"{reference.id} has no accessed and no spl-version"
        raise UsageError(missing, fix="name two versions: --changes 3:5")
    return then, label.current
