"""Tickets of a help desk, from where they come to a clean table."""

from tidegate.flow import Flow, clean, land

flow = Flow(source="tickets", stages=[land("raw.tickets"), clean("clean.tickets")])
