"""Who did what, when, from which sign-in and why: a row in the unit of work that did it."""
