"""What the till's scripts ask; answers are JSON."""
