"""What follows from a deal: exact addresses for both sides."""
