"""What training minimises: one file a family, a name each."""
