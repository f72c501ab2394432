"""The pages merchants see; one module for each concept."""
