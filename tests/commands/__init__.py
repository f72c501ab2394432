"""Tests of the tallystick command."""
