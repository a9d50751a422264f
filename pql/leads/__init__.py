"""Leads: people scored by interest, role and company, and moved from stage to stage."""
