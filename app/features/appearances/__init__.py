"""How often each type of member, and its posts, appear before others: added up, nothing else."""
