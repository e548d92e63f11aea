"""What follows from a deal: exact addresses for both sides, and ratings after it."""
