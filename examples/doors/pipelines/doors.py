"""Doors that open and close, from the stream to a clean table."""

from tidegate.flow import Flow, clean, land

flow = Flow(source="doors", stages=[land("raw.doors"), clean("clean.doors")])
