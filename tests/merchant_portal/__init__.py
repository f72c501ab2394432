"""Tests of the merchants' face."""
