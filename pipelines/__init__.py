"""This project's flows, one a source."""
