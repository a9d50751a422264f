"""What a growth team defines in YAML: metrics, PQL definitions, potential, motions and leads."""
