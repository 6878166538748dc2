"""What waits for AWS's jobs without a worker."""
