"""Following: wishes to hear of a person, a company, a group, a place or a topic."""
