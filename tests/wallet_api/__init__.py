"""Tests of the residents' and organisers' face."""
