"""This project's Spark jobs, one a file."""
