"""Accounts and their life cycle: from facts to status, trial, plan, conversion and churn."""
