"""Tests of the council-tax reduction."""
