"""Reading a members' list: from the bytes of a foreign file to clean rows and a report."""
