"""Faults of scripts stay faults of scripts, whatever a library does to signals."""

import os
import signal

import pytest

from chain.config import ExecutionLimits
from chain.constants import ZERO_ROOT
from chain.eei import ScriptCall, ScriptRuntime
from simulator.pools.signals import FAULTS, keep_signal_actions
from tests.helpers.wat import build_script


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_keep_signal_actions_lets_scripts_trap_after_defaults_were_set() -> None:
    runtime = ScriptRuntime(ExecutionLimits())
    call = ScriptCall(build_script("unreachable"), ZERO_ROOT, b"")
    before = runtime.execute(call).outcome

    with keep_signal_actions():
        for name in FAULTS:
            signal.signal(getattr(signal, name), signal.SIG_DFL)

    assert before == "trapped:unreachable"
    assert runtime.execute(call).outcome == before
