"""Who may import whom, what shape the code has, and what every route, table and migration must be."""
