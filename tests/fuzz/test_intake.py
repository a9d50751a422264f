"""Whatever is sent, intake does not fail, and no good event beside it is lost.

`python -m benchmarks.fuzz` sends ten thousand and more.
"""

from tests.fuzz.hostile import ANY_REQUESTS, LIST_REQUESTS, HostileSender, made_up

REQUESTS = 300


def test_no_good_event_is_lost_beside_bad_ones(sender: HostileSender) -> None:
    for where, before, after, packed in made_up(LIST_REQUESTS, REQUESTS):
        sender.send_list(where, before, after, packed=packed)
    assert len(sender.good) > REQUESTS / 2
    assert sender.lost() == set()


def test_no_body_makes_intake_fail(sender: HostileSender) -> None:
    for path, body, encoding in made_up(ANY_REQUESTS, REQUESTS):
        sender.send(path, body, {"Content-Encoding": encoding})
    sender.send_list(("/v1/batch", "batch"), [], [], packed=False)
    assert sender.lost() == set()
