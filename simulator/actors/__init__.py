"""Who acts in a run: users, relayers, state providers, proposers, committees, owners."""
