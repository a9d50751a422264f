"""The demonstration: a simulated workspace, played through the real SDK into a real service."""
