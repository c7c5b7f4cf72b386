"""Parcels on their way, from where they come to a clean table."""

from tidegate.flow import Flow, clean, land

flow = Flow(source="parcels", stages=[land("raw.parcels"), clean("clean.parcels")])
