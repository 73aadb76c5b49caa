"""BLS12-381 by hand, and inputs that libraries may read differently."""
