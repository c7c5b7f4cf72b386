"""What a run did and where tables stand, for people (tables) and for programs (JSON)."""
