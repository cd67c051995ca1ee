from datetime import timedelta

from factories import open_store
from fakes import FakeClock


def test_the_first_slot_is_now_and_the_next_ones_lie_a_gap_apart(store):
    waits = [store.pacer.reserve("ncbi", 0.37) for _ in range(4)]
    assert [round(wait, 6) for wait in waits] == [0.0, 0.37, 0.74, 1.11]


def test_buckets_do_not_wait_for_each_other(store):
    store.pacer.reserve("ncbi", 5.0)
    assert store.pacer.reserve("dailymed", 5.0) == 0.0


def test_time_that_has_passed_is_not_waited_for_again(store, clock):
    store.pacer.reserve("ncbi", 0.37)
    clock.sleep(10)
    assert store.pacer.reserve("ncbi", 0.37) == 0.0


def test_two_stores_on_one_file_share_the_buckets(store, path, clock):
    with open_store(path, clock) as other:
        store.pacer.reserve("ncbi", 0.37)
        assert round(other.pacer.reserve("ncbi", 0.37), 6) == 0.37


def test_a_clock_set_back_by_hours_does_not_stall(store, clock):
    store.pacer.reserve("ncbi", 0.37)
    clock.moment -= timedelta(hours=3)
    assert store.pacer.reserve("ncbi", 0.37) == 0.0
    assert round(store.pacer.reserve("ncbi", 0.37), 6) == 0.37


def test_a_long_queue_is_no_clock_set_back(store):
    waits = [store.pacer.reserve("slow", 20.0) for _ in range(6)]
    assert waits == [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]


def test_a_slot_that_went_by_while_it_was_written_is_given_up(path):
    class BusyClock(FakeClock):
        def now(self):
            self.sleep(next(delays, 0.0))
            return super().now()

    delays = iter(())
    with open_store(path, BusyClock()) as store:
        delays = iter((0.0, 1.0))  # the write of the first slot takes a second
        assert store.pacer.reserve("ncbi", 0.37) == 0.0
        assert round(store.pacer.reserve("ncbi", 0.37), 6) == 0.37
