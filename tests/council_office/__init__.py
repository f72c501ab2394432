"""Tests of the council's face."""
