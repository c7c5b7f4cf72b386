"""A project on AWS: its artefacts, its stacks, and what they cost."""
