"""Files of accounts, events, outcomes and leads become journal entries on the channel `import`."""
