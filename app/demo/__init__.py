"""The demo region: its content as data, and what turns the data into a living network."""
