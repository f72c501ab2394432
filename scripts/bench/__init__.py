"""How fast the book is: each figure a ratio to a baseline that was measured beside it, in the same run."""
