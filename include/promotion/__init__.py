"""Which models were deployed one after the other, and the way back to the one before."""
