"""A benchmark as a chart: every drawn figure is in the table, and unknown is a gap."""

from __future__ import annotations

from pql.benchmarks.comparing import LATER_CUSTOMERS, NON_CONVERTERS, Benchmarks
from pql.benchmarks.percentiles import Percentiles
from pql.pictures.benchmark import benchmark_chart
from pql.pictures.chart import Mark

ROWS = {
    ("invites", LATER_CUSTOMERS, 1): Percentiles(40, p10=0, p25=1, p50=2, p75=3, p90=5),
    ("invites", LATER_CUSTOMERS, 2): Percentiles(24),
    ("invites", NON_CONVERTERS, 1): Percentiles(90, p10=0, p25=0, p50=1, p75=1, p90=2),
}


def test_the_table_has_every_figure_that_is_drawn() -> None:
    drawn = benchmark_chart(Benchmarks(ROWS), "invites")
    assert drawn.table.rows == [
        (1, 40, 0, 1, 2, 3, 5, 1),
        (2, 24, None, None, None, None, None, 1),
    ]
    assert list(drawn.lines[0].y) == [2, None]
    assert list(drawn.lines[1].y) == [1, 1]
    assert (list(drawn.bands[0].low), list(drawn.bands[0].high)) == ([1, None], [3, None])


def test_a_metric_nobody_is_compared_in_has_an_empty_chart() -> None:
    assert benchmark_chart(Benchmarks({}), "invites").is_empty
    assert not benchmark_chart(Benchmarks(ROWS), "invites").is_empty


def test_the_account_is_marked_where_it_stands() -> None:
    mark = Mark("this account", 1, 4.0)
    assert benchmark_chart(Benchmarks(ROWS), "invites", mark).marks == (mark,)
    assert benchmark_chart(Benchmarks(ROWS), "invites").marks == ()
