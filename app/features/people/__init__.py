"""People: their profiles, and the directory of those who are here."""
