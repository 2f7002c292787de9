"""Cohorts of people: simulated ones, with the truth beside the data."""
