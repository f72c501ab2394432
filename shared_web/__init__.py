"""What the three faces share; knows no face."""
