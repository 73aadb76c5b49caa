"""All experiments, read from the modules of ``tests.trust.experiments``."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from tests.trust import experiments
from tests.trust.experiment import Experiment, Section


@cache
def list_experiments() -> tuple[Experiment, ...]:
    """Return them all, in the order of the page's sections and of their modules' names."""
    names = sorted(module.name for module in iter_modules(experiments.__path__))
    found = [
        experiment
        for name in names
        for experiment in getattr(
            import_module(f"{experiments.__name__}.{name}"), "EXPERIMENTS", ()
        )
    ]
    return tuple(sorted(found, key=lambda experiment: list(Section).index(experiment.section)))


def get_experiment(name: str) -> Experiment:
    """Return the experiment of that name.

    Raises:
        KeyError: There is none.
    """
    return {experiment.name: experiment for experiment in list_experiments()}[name]
