"""The one interpreter of rules: three-state logic over what is known of an account or a person.

Usage: `from pql.rules import Facts, evaluate`.
"""

from pql.rules.evaluation import at_least, evaluate, required
from pql.rules.facts import BenchmarkValue, Facts
from pql.rules.remembering import RememberingRunner
from pql.rules.testing import Runner, run_test
from pql.rules.verdict import TestResult, Verdict

__all__ = [
    "BenchmarkValue",
    "Facts",
    "RememberingRunner",
    "Runner",
    "TestResult",
    "Verdict",
    "at_least",
    "evaluate",
    "required",
    "run_test",
]
