"""Fitted models as JSON can keep them: what is read back predicts exactly the same."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pql.fitted.model import Calibration, FittedModel, Term


def document_of(model: FittedModel) -> dict[str, Any]:
    """The model as JSON. Python writes floats so that they are read back exactly."""
    return asdict(model)


def model_of(document: dict[str, Any]) -> FittedModel:
    """The model that `document_of` wrote down."""
    calibration = document["calibration"]
    knots = tuple((float(at), float(share)) for at, share in calibration["knots"])
    return FittedModel(
        terms=tuple(Term(**term) for term in document["terms"]),
        intercept=document["intercept"],
        calibration=Calibration(**{**calibration, "knots": knots}),
        strength=document["strength"],
        draws=tuple(tuple(draw) for draw in document["draws"]),
    )
