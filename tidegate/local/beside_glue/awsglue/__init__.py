"""What Glue puts beside a job's script, for runs at the local endpoint."""
