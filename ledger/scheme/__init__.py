"""The scheme's settings: what two officers decided that holds from a London day on, over the environment's values."""
