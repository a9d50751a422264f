"""What people do with quarantined events."""
