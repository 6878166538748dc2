"""What is checked before anything is spent; each check is free of charge and says what to type."""
