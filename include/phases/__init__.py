"""The phases of a run, each a few plain functions over S3 and the cluster; tasks call them and add nothing."""
