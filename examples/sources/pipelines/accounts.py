"""Changes of accounts, from where they come to a clean table."""

from tidegate.flow import Flow, clean, land

flow = Flow(source="accounts", stages=[land("raw.accounts"), clean("clean.accounts")])
