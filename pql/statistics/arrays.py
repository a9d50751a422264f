"""Names for the arrays that the other modules take and give."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def without_unknown(values: npt.ArrayLike) -> Floats:
    """The values as floats, without those that are unknown (NaN). Infinity ("never") stays."""
    found = np.asarray(values, dtype=np.float64)
    return found[~np.isnan(found)]
