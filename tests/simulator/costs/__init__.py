"""Who pays for validating, by which rates, and what a clock says."""
