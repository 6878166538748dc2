"""Many runs of the DAG through the real scheduler: does each end well, and does anything grow or stay behind?"""
