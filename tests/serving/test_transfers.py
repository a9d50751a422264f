"""Which connections are cut off, and which are spared."""

import time

import pytest

from routes.transfers import LONGEST_WAIT, SHORT, Transfer, Transfers

ANY, OTHER = "203.0.113.1", "203.0.113.2"
SECONDS = 20.0


class Cuts(list[tuple[str, bool]]):
    def cut(self, transfer: Transfer, spare_used: bool) -> None:
        self.append((transfer.address, spare_used))


@pytest.fixture
def cuts() -> Cuts:
    return Cuts()


def test_nobody_is_cut_off_within_the_time(cuts: Cuts) -> None:
    transfers = Transfers(SECONDS)
    with transfers.of(ANY) as transfer:
        transfer.wait_for_body()
        transfers.end_late(cuts.cut, time.monotonic())
    assert cuts == []


def test_a_body_that_is_late_is_cut_off(cuts: Cuts) -> None:
    transfers = Transfers(SECONDS)
    with transfers.of(ANY) as transfer:
        transfer.wait_for_body()
        transfers.end_late(cuts.cut, time.monotonic() + SECONDS + 1)
        assert transfer.check()
    assert cuts == [(ANY, True)]


def test_work_is_never_late(cuts: Cuts) -> None:
    transfers = Transfers(SECONDS)
    with transfers.of(ANY) as transfer:
        transfer.wait_for_nothing()
        transfers.end_late(cuts.cut, time.monotonic() + 1_000 * SECONDS)
    assert cuts == []


def test_what_has_ended_is_not_watched(cuts: Cuts) -> None:
    transfers = Transfers(SECONDS)
    with transfers.of(ANY) as transfer:
        transfer.wait_for_taker()
    transfers.end_late(cuts.cut, time.monotonic() + SECONDS + 1)
    assert cuts == []


@pytest.mark.parametrize(("working", "expected"), [(ANY, []), (OTHER, [(ANY, True)])])
def test_work_for_the_same_address_spares_a_late_one_for_a_while(
    cuts: Cuts, working: str, expected: list[tuple[str, bool]]
) -> None:
    transfers = Transfers(SECONDS)
    with transfers.of(ANY) as late, transfers.of(working) as work:
        late.wait_for_body()
        work.wait_for_nothing()
        now = late.due + SHORT + 1
        transfers.end_late(cuts.cut, now)
        assert cuts == expected
        transfers.end_late(cuts.cut, now + LONGEST_WAIT)
        assert cuts == [*expected, (ANY, False)]
