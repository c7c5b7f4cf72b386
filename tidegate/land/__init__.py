"""Kinesis to the raw table, and files to Kinesis."""
