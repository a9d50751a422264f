"""A workspace in whose trials scores are fitted, and the runs that fit and score."""

import pytest

from tests.fitted.workspaces import DEFINITIONS, sends
from tests.fixtures.product import DAY, TODAY, Product


@pytest.fixture
def open_trial(product: Product) -> int:
    """A trial on its tenth day, whose people sent 30 messages in the first week."""
    product.apply(DEFINITIONS)
    started = TODAY - 10 * DAY
    account_id = product.account(started=started)
    sends(product, account_id, 30, started)
    return account_id
