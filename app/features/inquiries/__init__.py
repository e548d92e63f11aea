"""Inquiries: asking about a post, in a private thread with states."""
