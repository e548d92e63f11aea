"""What an administrator does on the command line, a module for each subject."""
