"""What crashed runs left behind on AWS and in the cluster: found, listed and, if asked for, deleted."""
