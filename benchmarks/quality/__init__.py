"""`make bench-quality`: what each way of training reaches on judged queries, and what the gate says of it."""
