"""The parts of the stack, one a module."""
