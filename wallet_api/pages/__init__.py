"""The pages residents and organisers see; one module for each concept."""
