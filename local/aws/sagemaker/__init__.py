"""SageMaker: one module a resource for what is asked, and one for what then runs."""
