"""Tests of the checks of the books: each is shown to fail on one violation made by hand."""
