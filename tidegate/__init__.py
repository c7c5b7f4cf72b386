"""Tidegate: a stage opens only for data that passed; each record counts once, refused or not."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("tidegate")
except PackageNotFoundError:  # a source tree on the path, not installed
    __version__ = "0.0.0"
