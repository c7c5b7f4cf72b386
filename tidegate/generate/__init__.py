"""Events whose truth is known: made by a seed, with the right answers beside them."""
