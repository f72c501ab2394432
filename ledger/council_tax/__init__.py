"""Council-tax links, items, and the nightly CTX 1 file."""
