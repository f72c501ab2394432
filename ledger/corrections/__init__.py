"""Putting right: reversals and adjustments with reason and evidence, and disputes with their deadline and outcome."""
