"""What Glue puts beside a job's script, for where there is no Glue."""
