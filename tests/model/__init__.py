"""A second telling of the book, as plain dictionaries, and the same operations asked of it and of each database."""
