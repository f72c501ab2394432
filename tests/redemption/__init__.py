"""Tests of codes, redemptions and voids."""
