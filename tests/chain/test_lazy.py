"""Packages that import on first use offer what they say, and nothing else."""

from importlib import import_module

import pytest

PACKAGES = ["chain.eei", "chain.wasm", "simulator", "simulator.cli", "simulator.terminal"]


@pytest.mark.parametrize("package", PACKAGES)
def test_lazy_package_offers_every_name_that_it_lists(package: str) -> None:
    module = import_module(package)

    assert module.__all__
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_lazy_package_leaves_a_name_in_place_once_it_was_asked_for(package: str) -> None:
    module = import_module(package)

    for name in module.__all__:
        assert getattr(module, name) is vars(module)[name]


@pytest.mark.parametrize("package", PACKAGES)
def test_lazy_package_refuses_other_names(package: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'absent'"):
        getattr(import_module(package), "absent")  # noqa: B009 - mypy knows better
