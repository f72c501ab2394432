"""Tests of layouts: what they write, what they read back, and how a bad one is explained."""
