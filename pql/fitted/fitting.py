"""Fit on the earlier trials, judge on the later ones, and say whether the score is used."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pql.finder.splitting import Claim
from pql.fitted.applying import predict, predict_drawn
from pql.fitted.calibrating import PredictsNothing
from pql.fitted.confirming import Confirmation, confirm
from pql.fitted.judging import reasons_against, refusal, sentence
from pql.fitted.model import FittedModel
from pql.fitted.rivals import OneRule, Rival, best_threshold
from pql.fitted.screening import Divided, Past, Screened, divide, screen
from pql.fitted.training import Trials, train, with_draws
from pql.statistics.arrays import Floats, Integers

SEED = 2022


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of fitting a score. `None` is what was not reached, and `reasons` say why.

    `reasons` are empty where the score is used; `sentence` says either in words.
    """

    reasons: tuple[str, ...]
    sentence: str
    screened: Screened
    model: FittedModel | None = None
    one_rule: OneRule | None = None
    confirmation: Confirmation | None = None

    @property
    def is_used(self) -> bool:
        """Whether accounts are scored by it."""
        return not self.reasons


def fit(past: Past, seed: int = SEED) -> Attempt:
    """Fit a score to past trials and judge it out of time. Equal input gives an equal answer."""
    divided = divide(past)
    screened = screen(past, divided)
    refused = _refusal(screened)
    if refused:
        return Attempt((refused,), sentence((refused,), None), screened)
    trials = _trials(past, divided, screened)
    try:
        model = with_draws(train(trials), trials, seed)
    except PredictsNothing as error:
        reasons = (f"among the earlier trials, {error}",)
        return Attempt(reasons, sentence(reasons, None), screened)
    return _judge(past, divided, screened, model, seed)


def _refusal(screened: Screened) -> str:
    for name, period in (("earlier", screened.earlier), ("later", screened.later)):
        if screened.claim is Claim.ONE_GROUP:
            return "there are not enough trials for earlier and later ones"
        if refused := refusal(name, period.converted):
            return refused
    if not screened.metrics:
        return "the trials differ in no metric of the definition file that may be looked at"
    return ""


def _trials(past: Past, divided: Divided, screened: Screened) -> Trials:
    return Trials(
        values=_of_rows(past, divided.earlier, screened.metrics),
        converted=past.converted[divided.earlier],
        forms={metric: past.forms[metric] for metric in screened.metrics},
        tells_unknown=frozenset(screened.tells_unknown),
    )


def _of_rows(past: Past, rows: Integers, metrics: tuple[str, ...]) -> dict[str, Floats]:
    return {metric: past.values[metric][rows] for metric in metrics}


def _judge(
    past: Past, divided: Divided, screened: Screened, model: FittedModel, seed: int
) -> Attempt:
    later = _of_rows(past, divided.later, screened.metrics)
    one_rule = best_threshold(divided.prepared.earlier, dict(past.forms))
    met = past.met[divided.later]
    rivals = [Rival(past.rule, met, met.astype(np.float64))]
    if one_rule is not None:
        values = later[one_rule.metric]
        rivals.insert(0, Rival(one_rule.name, one_rule.met(values), one_rule.ranking(values)))
    confirmation = confirm(
        predict(model, later),
        predict_drawn(model, later),
        past.converted[divided.later],
        rivals,
        seed,
    )
    reasons = reasons_against(screened.claim, confirmation)
    return Attempt(
        reasons=reasons,
        sentence=sentence(reasons, confirmation),
        screened=screened,
        model=replace(model, draws=()) if reasons else model,
        one_rule=one_rule,
        confirmation=confirmation,
    )
