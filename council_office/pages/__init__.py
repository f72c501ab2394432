"""The pages officers see; one module for each concept."""
