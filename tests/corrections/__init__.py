"""Tests of corrections and disputes."""
