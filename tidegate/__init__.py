"""Tidegate: a stage opens only for data that passed; nothing refused is lost; each record counts once."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("tidegate")
except PackageNotFoundError:  # a source tree on the path, not installed
    __version__ = "0.0.0"
