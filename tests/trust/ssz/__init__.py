"""The containers declared a second time, for remerkleable, and values to fill them with."""
