from hypothesis import given
from hypothesis import strategies as st

from evidence.sources.http.flight import HostQueues


def queues(gap: float = 0.1, per_host: int = 2) -> HostQueues[str]:
    return HostQueues(gap, per_host)


def test_items_of_a_host_start_a_gap_apart():
    line = queues()
    line.put("a", "first")
    line.put("a", "second")
    assert line.take(0.0) == ("a", "first")
    assert line.take(0.05) is None
    assert line.next_at() == 0.1
    assert line.take(0.1) == ("a", "second")


def test_a_host_has_no_more_items_at_a_time_than_allowed():
    line = queues(gap=0.0)
    for item in "xyz":
        line.put("a", item)
    assert [line.take(1.0), line.take(1.0), line.take(1.0)] == [("a", "x"), ("a", "y"), None]
    assert line.next_at() is None
    line.done("a")
    assert line.take(1.0) == ("a", "z")


def test_hosts_take_turns():
    line = queues()
    for item in ("a1", "a2", "b1"):
        line.put(item[0], item)
    assert [line.take(0.0), line.take(0.0), line.take(0.0)] == [("a", "a1"), ("b", "b1"), None]


def test_a_later_item_waits_for_its_time():
    line = queues()
    line.put("a", "later", not_before=5.0)
    assert line
    assert (line.take(4.9), line.next_at()) == (None, 5.0)
    assert line.take(5.0) == ("a", "later")
    assert not line


def test_a_resting_host_starts_nothing():
    line = queues()
    line.put("a", "first")
    line.put("b", "other")
    line.rest("a", 3.0)
    assert line.take(1.0) == ("b", "other")
    assert line.take(1.0) is None
    assert line.take(3.0) == ("a", "first")


def test_draining_takes_out_everything_that_waits():
    line = queues()
    for item in ("a1", "a2", "b1"):
        line.put(item[0], item)
    line.put("c", "later", not_before=9.0)
    line.take(0.0)
    assert sorted(line.drain()) == ["a2", "b1", "later"]
    assert not line
    assert line.take(100.0) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5)), max_size=40), st.integers(1, 3))
def test_everything_is_taken_once_and_never_faster_than_the_pace(items, per_host):
    line: HostQueues[int] = HostQueues(0.1, per_host)
    for number, (host, not_before) in enumerate(items):
        line.put(host, number, not_before)
    now, taken, running, last = 0.0, [], [], {}
    while line:
        while (turn := line.take(now)) is not None:
            host, number = turn
            assert now - last.get(host, -1.0) >= 0.1 - 1e-9
            assert now >= items[number][1]
            last[host] = now
            taken.append(number)
            running.append(host)
            assert running.count(host) <= per_host
        if running:
            line.done(running.pop(0))
        now += 0.03
    assert sorted(taken) == list(range(len(items)))
