"""What an earlier run made of the same things is taken from there, instead of being made and paid again."""
