"""A simulated workspace whose truth is known. Nobody in it is real."""
