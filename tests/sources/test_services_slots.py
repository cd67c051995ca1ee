from evidence.sources.http.network import Network
from evidence.sources.http.request import Request
from evidence.sources.http.session import InMemoryPacer, Services
from fakes import FakeClock
from servers import replying


class SleepyClock(FakeClock):
    """Oversleeps by as much as it is told, once each time."""

    def __init__(self, *too_long: float) -> None:
        super().__init__()
        self.too_long = list(too_long)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds + (self.too_long.pop(0) if self.too_long else 0.0))


def sleeps(clock: SleepyClock) -> list[float]:
    """How long the second of two requests waited."""
    with (
        replying(lambda handler: handler.reply(200, b"{}")) as script,
        Services(network=Network(user_agent="test"), clock=clock, pacer=InMemoryPacer(clock)) as services,
    ):
        for _ in range(2):
            services.exchange(Request(script.url, bucket="ncbi", gap=0.37), lambda _: None)
        assert len(script.requests) == 2
    return [round(seconds, 2) for seconds in clock.sleeps]


def test_a_request_goes_out_in_its_slot():
    assert sleeps(SleepyClock()) == [0.37]


def test_a_request_that_overslept_its_slot_waits_for_another():
    assert sleeps(SleepyClock(0.2)) == [0.57, 0.17]


def test_a_machine_that_always_oversleeps_asks_all_the_same():
    assert len(sleeps(SleepyClock(*[0.2] * 99))) == 4
