"""Question sets of other projects, made into articles and cases."""
