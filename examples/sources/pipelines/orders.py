"""Orders of the day, from where they come to a clean table."""

from tidegate.flow import Flow, clean, land

flow = Flow(source="orders", stages=[land("raw.orders"), clean("clean.orders")])
