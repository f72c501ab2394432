"""The JSON interface at /api/v1."""
