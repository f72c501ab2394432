"""What people are told: an encrypted outbox, and the ways out of it."""
