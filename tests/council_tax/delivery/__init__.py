"""Tests of what leaves the building, and how."""
