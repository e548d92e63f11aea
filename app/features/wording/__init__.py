"""What words mean to a search: those of documents, and those that people ask for."""
