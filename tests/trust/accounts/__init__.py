"""A second, naive accounting of a run, from its database alone."""
