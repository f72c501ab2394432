"""Journeys of people through the scheme, in a real browser, nothing mocked."""
