"""A resident's purses by expiry month: draw order, expiry and caps."""
