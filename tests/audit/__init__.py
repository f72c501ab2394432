"""Who did what: a row in each unit of work that did it, and what it is found by."""
