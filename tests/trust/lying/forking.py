"""A plugin of pytest for tests that run in forks of one process: one fork, one changed chain.

Source:
    Ours.
"""

import wasmtime


def pytest_configure() -> None:
    """Prepare the process that will fork, before it collects or runs anything."""
    _keep_to_one_thread()
    _look_for_no_smaller_example()


def _keep_to_one_thread() -> None:
    """Let wasmtime compile without helping threads, which a forked child does not have."""
    make_config, make_engine = wasmtime.Config.__init__, wasmtime.Engine.__init__

    def init_config(config: wasmtime.Config) -> None:
        make_config(config)
        config.parallel_compilation = False

    def init_engine(engine: wasmtime.Engine, config: wasmtime.Config | None = None) -> None:
        make_engine(engine, config or wasmtime.Config())

    wasmtime.Config.__init__ = init_config  # type: ignore[assignment, method-assign]  # in this process only
    wasmtime.Engine.__init__ = init_engine  # type: ignore[assignment, method-assign]  # likewise


def _look_for_no_smaller_example() -> None:
    """Let a failing property be found, and no smaller example of it: failing is all we ask."""
    from hypothesis import Phase, settings  # noqa: PLC0415 - pytest wants to import it first

    settings.register_profile("unshrunk", deadline=None, phases=(Phase.explicit, Phase.generate))
    settings.load_profile("unshrunk")
