"""How often posts of each type of author appear before others: added up, and nothing else kept."""
