"""Tidegate on AWS: what is deployed, and how."""
