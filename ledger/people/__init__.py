"""Residents, organisations, operators and officers; how they come in, and what two people must decide."""
