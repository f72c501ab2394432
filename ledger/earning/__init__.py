"""Programmes, allowances, activities, sessions, rosters and awards."""
