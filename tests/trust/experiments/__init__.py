"""One module per idea; each names its experiments in ``EXPERIMENTS``."""
