"""From a model and an account's metrics to a score in parts that add up to it."""

import json
import subprocess
import sys
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.fitted.applying import apply, apply_all, predict
from pql.fitted.documents import document_of, model_of
from pql.fitted.fitting import fit
from pql.fitted.model import Calibration, FittedModel, Term
from tests.fitted.simulated import additive, past
from tests.known import known

PLATT = Calibration("platt", slope=1.1, intercept=0.05)
STEPS = Calibration("isotonic", knots=((-3.0, 0.01), (-1.0, 0.08), (0.5, 0.4), (2.0, 0.9)))

numbers = st.floats(-3, 3)
values = st.one_of(st.floats(0, 1e6), st.just(nan), st.just(inf))


@st.composite
def models(draw: st.DrawFn) -> FittedModel:
    """Models of one to six metrics, all of which say what being unknown means."""
    names = [f"metric_{number}" for number in range(draw(st.integers(1, 6)))]
    terms = [
        Term(name, "recency", draw(st.floats(0, 1)), draw(st.floats(0.1, 2)), draw(numbers))
        for name in names
    ]
    terms += [Term(name, "is_unknown", 0.2, 0.4, draw(numbers)) for name in names]
    calibration = draw(st.sampled_from([PLATT, STEPS]))
    return FittedModel(tuple(terms), draw(numbers), calibration, 0.01)


@given(model=models(), data=st.data())
def test_base_and_points_sum_exactly_to_the_score(model: FittedModel, data: st.DataObject) -> None:
    metrics = {name: data.draw(values) for name in model.metrics}
    fitted = apply(model, metrics)
    score, share = known(fitted.score), known(fitted.probability)
    assert known(fitted.base) + sum(known(part.points) for part in fitted.parts) == score
    assert 0 <= score <= 100
    assert score == pytest.approx(100 * share, abs=0.5 + 1e-6)


def model_of_two(calibration: Calibration = PLATT) -> FittedModel:
    """Messages help; being seen lately helps; only the first may be unknown."""
    terms = (
        Term("messages", "amount", centre=2.0, spread=1.0, coefficient=1.5),
        Term("last_seen", "recency", centre=0.5, spread=0.25, coefficient=0.5),
        Term("messages", "is_unknown", centre=0.1, spread=0.3, coefficient=-0.6),
    )
    return FittedModel(terms, -1.0, calibration, 0.01)


def test_an_average_trial_gets_the_base_and_no_points() -> None:
    average = {"messages": float(np.expm1(2.0)), "last_seen": 1.0}
    model = FittedModel(model_of_two().terms[:2], -1.0, PLATT, 0.01)
    fitted = apply(model, average)
    assert fitted.score == fitted.base == 27
    assert [part.points for part in fitted.parts] == [0, 0]


def test_more_of_what_helps_adds_points_and_less_takes_some() -> None:
    much = apply(model_of_two(), {"messages": 200.0, "last_seen": inf})
    messages, last_seen = much.parts
    assert known(messages.points) > 0 > known(last_seen.points)


def test_never_is_the_worst_recency_and_unknown_is_not() -> None:
    model = model_of_two()
    now, never = (
        known(apply(model, {"messages": 5.0, "last_seen": days}).probability) for days in (0.0, inf)
    )
    unknown = known(apply(model, {"messages": nan, "last_seen": 0.0}).probability)
    assert never < now
    assert unknown != now


def test_a_metric_of_which_unknown_was_never_seen_makes_the_score_unknown() -> None:
    fitted = apply(model_of_two(), {"messages": 5.0, "last_seen": nan})
    assert (fitted.score, fitted.probability, fitted.unknown) == (None, None, ("last_seen",))
    assert [part.points for part in fitted.parts] == [None, None]


def test_what_is_stored_predicts_exactly_the_same() -> None:
    trials = past(2_000, 3, additive)
    model = known(fit(trials).model)
    again = model_of(json.loads(json.dumps(document_of(model))))
    assert again == model
    assert (predict(again, trials.values) == predict(model, trials.values)).all()
    few = {name: numbers[:5] for name, numbers in trials.values.items()}
    assert apply_all(again, few) == apply_all(model, few)


def test_one_account_is_as_it_would_be_among_many() -> None:
    model = model_of_two(STEPS)
    messages, last_seen = np.array([0.0, 3.0, 80.0]), np.array([1.0, inf, 0.5])
    many = apply_all(model, {"messages": messages, "last_seen": last_seen})
    for row, fitted in enumerate(many):
        alone = {"messages": float(messages[row]), "last_seen": float(last_seen[row])}
        assert apply(model, alone) == fitted


def test_applying_a_model_brings_no_heavy_library_along() -> None:
    program = (
        "import sys; import pql.fitted.scoring, pql.fitted.querying;"
        "sys.exit(any(name in sys.modules for name in ('sklearn', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
