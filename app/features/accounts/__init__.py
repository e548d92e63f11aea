"""Logins: opening them, entering by them, changing and closing them."""
