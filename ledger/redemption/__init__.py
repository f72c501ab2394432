"""Codes a resident shows, redemptions a till takes, and voids."""
