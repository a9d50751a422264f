"""The core: stores, definitions, metrics, benchmarks, scores and leads; it knows nothing of HTTP or the clock."""
