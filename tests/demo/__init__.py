"""Tests of the believable scheme."""
