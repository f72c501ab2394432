"""Everything the scheme knows; it has never heard of the web."""

__version__ = "0.1.0"
