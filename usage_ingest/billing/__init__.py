"""What a payment provider tells by webhooks: who pays, since when, for which plan, and how much."""
