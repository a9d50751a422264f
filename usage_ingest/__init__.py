"""Every way an event gets in: dialects, journal, loader, identity and importers."""
