"""The real clock; everything below this floor is handed one."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """`evidence.ports.Clock` by the operating system."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
