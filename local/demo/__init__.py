"""The demo: the production DAG on real input, on one machine, from one command to a result at a glance."""
