"""Request slots per rate-limit bucket, shared by every thread and process that has the same store open."""

from __future__ import annotations

from collections.abc import Callable

from evidence.model.ports import Clock
from evidence.storage.database import Database

_LONGEST_QUEUE = 60.0
"""Seconds. A next slot further away than this (and than a hundred gaps) is not a queue but a clock set back."""

_LATE = 0.03  # seconds
_LONG = 5.0  # seconds
_TRIES = 5


class StorePacer:
    """A `Pacer`: slots are wall-clock seconds since 1970 in the table `pace`, so that processes agree.

    The slot is reserved under the write lock and waited for outside it, by the caller. Measured on
    two cores: what a server sees then keeps to N requests in any second, while single gaps may shrink by
    some hundredths of a second.
    """

    def __init__(self, database: Database, clock: Clock, on_wait: Callable[[str, float], None] | None = None) -> None:
        """`on_wait` is given a bucket and the seconds of the first wait in it that is long enough to be noticed."""
        self._database = database
        self._clock = clock
        self._on_wait = on_wait
        self._buckets_waited_for: set[str] = set()

    def reserve(self, bucket: str, gap: float) -> float:
        """Reserve the bucket's next slot, `gap` seconds after the one before it; the seconds to wait for it.

        A slot that went by while it was being written (a busy machine, a slow disk) is given up for another.

        Raises:
            StoreError: the store cannot be written.
        """
        wait = -1.0
        for _ in range(_TRIES):
            with self._database.write() as connection:
                now = self._clock.now().timestamp()
                row = connection.execute("SELECT next_slot FROM pace WHERE lane = ?", (bucket,)).fetchone()
                reserved = row[0] if row else now
                is_clock_set_back = reserved - now > max(_LONGEST_QUEUE, 100 * gap)
                slot = now if is_clock_set_back else max(now, reserved)
                connection.execute(
                    "INSERT INTO pace (lane, next_slot) VALUES (?, ?) "
                    "ON CONFLICT (lane) DO UPDATE SET next_slot = excluded.next_slot",
                    (bucket, slot + gap),
                )
            wait = slot - self._clock.now().timestamp()
            if wait >= -_LATE:
                break
        if self._on_wait is not None and wait >= _LONG and bucket not in self._buckets_waited_for:
            self._buckets_waited_for.add(bucket)
            self._on_wait(bucket, wait)
        return max(0.0, wait)
