"""Races, crashes and faults, each with the proof that its test can fail."""
