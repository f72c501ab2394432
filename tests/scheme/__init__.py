"""Tests of the scheme's settings."""
