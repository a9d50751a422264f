"""What a growth team defines, in YAML: metrics, PQL definitions, potential, motions, leads, life cycle."""
