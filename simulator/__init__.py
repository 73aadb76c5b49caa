"""Everything around the protocol: scenarios, actors, the slot loop, the run database."""
