"""A way out: everyone's balance, history and receipts as files each can be given, and how to check them without us."""
