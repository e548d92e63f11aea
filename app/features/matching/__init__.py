"""Finding posts that fit each other, by the rules of their kinds."""
