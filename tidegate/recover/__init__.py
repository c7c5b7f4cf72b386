"""A lake's tables brought back from a replica of its files, under whatever name that has.

Iceberg's metadata names files by absolute addresses, and a replica may have been caught in
mid-copy: what is brought back is, for each table, the newest commit whose every file is there and
whose inputs are there too. ``docs/recovery.md`` tells when and how.
"""
