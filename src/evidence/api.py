"""The tool as a library: one function, the same run as `evidence check` makes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from evidence.audit.logfile import default_log_path
from evidence.clock import SystemClock
from evidence.desk import Checker, CheckRequest, read_libraries
from evidence.http.network import Network
from evidence.registry import Addresses, Settings
from evidence.report import Mode, Report
from evidence.store.store import Store
from evidence.version import __version__

USER_AGENT = f"evidence-tracker/{__version__} (checks the references of drug monographs)"


def check(
    *paths: str | Path,
    store: str | Path,
    actor: str,
    offline: bool = False,
    as_of: date | None = None,
    settings: Settings | None = None,
) -> Report:
    """Check these files, directories or globs, record the run in the store, and return its report.

    Args:
        paths: References files, or where they lie.
        store: The SQLite file that keeps answers and runs; created when it does not exist. The log of its audit trail
            lies beside it.
        actor: Who runs this; recorded with the run.
        offline: Judge by the store alone.
        as_of: The day to judge for; today in UTC by default.
        settings: Addresses, network, NCBI's e-mail and key; the environment is not read. By default the real services.

    Raises:
        EvidenceError: A file or the store cannot be used; weather is no exception but part of the report.
    """
    wish = CheckRequest(
        libraries=read_libraries(tuple(map(str, paths))),
        mode=Mode.OFFLINE if offline else Mode.ONLINE,
        actor=actor,
        as_of=as_of,
    )
    clock = SystemClock()
    settings = settings or Settings(Addresses(), Network(user_agent=USER_AGENT))
    path = Path(store)
    with Store.open(path, tool_version=__version__, clock=clock, log=default_log_path(path)) as opened:
        return Checker(settings, opened, clock, lambda _answered, _total: None).run(wish)
