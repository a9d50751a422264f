"""The core: stores, definitions, metrics, benchmarks, scores, leads. It knows no HTTP, no clock."""
