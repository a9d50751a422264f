"""The one interpreter of rules: three-state logic over what is known of accounts or people.

Usage: `from pql.rules import Facts, evaluate` for one of them, `Columns, evaluate_columns` for
thousands. One is a column of length 1: there is no second interpreter.
"""

from pql.rules.answers import Answers
from pql.rules.evaluation import (
    Verdicts,
    evaluate,
    evaluate_columns,
    number_of_tests,
    required,
)
from pql.rules.facts import BenchmarkValue, Columns, Facts
from pql.rules.questions import Repeated
from pql.rules.states import States
from pql.rules.verdict import TestResult, Verdict

__all__ = [
    "Answers",
    "BenchmarkValue",
    "Columns",
    "Facts",
    "Repeated",
    "States",
    "TestResult",
    "Verdict",
    "Verdicts",
    "evaluate",
    "evaluate_columns",
    "number_of_tests",
    "required",
]
