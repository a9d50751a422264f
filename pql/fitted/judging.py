"""Whether a fitted score is used, and why not, in words."""

from __future__ import annotations

from collections.abc import Iterator

from pql.finder.candidates import FEWEST
from pql.finder.splitting import Claim
from pql.fitted.comparing import Comparison, Difference
from pql.fitted.confirming import Confirmation
from pql.statistics.calibration import Calibration, Coefficient
from pql.statistics.intervals import Rate

CHANCE = 0.5


def refusal(group: str, converted: int) -> str:
    """Why a group of trials is too small to say anything; empty where it is not."""
    if converted >= FEWEST:
        return ""
    return f"only {converted} of the {group} trials converted; it takes {FEWEST}"


def reasons_against(claim: Claim, confirmation: Confirmation) -> tuple[str, ...]:
    """Everything that speaks against using the score; nothing where it is used."""
    return tuple(_reasons(claim, confirmation))


def alarm(calibration: Calibration) -> tuple[str, ...]:
    """What the calibration alarm says: expectations that did not come true."""
    if "unknown" in calibration.alarms:
        return ("whether its probabilities come true cannot be told",)
    said = []
    if "mean" in calibration.alarms:
        said.append(_mean_sentence(calibration.mean_expected, calibration.seen))
    if "slope" in calibration.alarms:
        said.append(_slope_sentence(calibration.slope))
    return tuple(said)


def sentence(reasons: tuple[str, ...], confirmation: Confirmation | None) -> str:
    """In a sentence: used, and how it did; or not used, and why."""
    if reasons or confirmation is None:
        return f"Not used: {'; '.join(reasons)}."
    area, trials = confirmation.area, confirmation.calibration.seen.total
    names = " and ".join(f"the rule {each.rival}" for each in confirmation.comparisons)
    return (
        f"Used: on {trials:,} later trials it ranked better than {names} and found more among as "
        f"many (AUC {_between(area.value, area.low, area.high)}), and what it expected came true."
    )


def _reasons(claim: Claim, confirmation: Confirmation) -> Iterator[str]:
    if claim is not Claim.OUT_OF_TIME:
        yield "what is recorded is too short for a gap between the earlier and the later trials"
    yield from alarm(confirmation.calibration)
    area = confirmation.area
    if area.low is None or area.low <= CHANCE:
        yield (
            "on later trials it ranks no better than chance "
            f"(AUC {_between(area.value, area.low, area.high)})"
        )
    for comparison in confirmation.comparisons:
        if not comparison.is_beaten:
            yield _unbeaten(comparison)


def _unbeaten(comparison: Comparison) -> str:
    precision, rule = comparison.precision, comparison.rival
    found = ""
    if comparison.score_precision is not None and precision.value is not None:
        found = (
            f": of {precision.total:,} that meet it {precision.value:.1%} converted, of as many by "
            f"the score {comparison.score_precision:.1%} "
            f"({_points(comparison.precision_difference)} points)"
        )
    return (
        f"on later trials it is not clearly better than the rule {rule}{found}; "
        f"AUC {comparison.score_area or 0:.2f} against {comparison.area or 0:.2f}"
    )


def _mean_sentence(expected: float | None, seen: Rate) -> str:
    return (
        f"on later trials {_percent(seen.value)} converted ({_percent(seen.low)} to "
        f"{_percent(seen.high)}), and it expected {_percent(expected)}"
    )


def _slope_sentence(slope: Coefficient | None) -> str:
    if slope is None:
        return "its calibration slope is unknown"
    word = "extreme" if slope.value < 1 else "timid"
    return (
        f"its probabilities are too {word} on later trials (calibration slope "
        f"{_between(slope.value, slope.low, slope.high)}; 1 is right)"
    )


def _points(difference: Difference) -> str:
    ends = (difference.low, difference.high)
    return " to ".join("?" if end is None else f"{100 * end:+.1f}" for end in ends)


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"


def _between(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return "unknown"
    return f"{value:.2f}, {low:.2f} to {high:.2f}"
