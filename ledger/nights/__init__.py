"""The nights that were run: one row for each business date, who runs it, and each step that was done."""
