"""What a run costs: estimated before anything is spent, counted after."""
