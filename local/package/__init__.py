"""`make package`: what an Airflow of somebody else's needs, in files that it can be given."""

from __future__ import annotations

LOWEST_AIRFLOW, NEWEST_AIRFLOW = "3.0.6", "3.3.2"
"""What `make test-package` installs the package into."""
