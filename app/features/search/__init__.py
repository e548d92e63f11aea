"""Finding people, companies, groups, posts, replies and places with one box."""
