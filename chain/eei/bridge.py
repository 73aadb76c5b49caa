"""The bridge: how linked code reaches the host after all.

One function without parameters stands for all of them: the definition has written down which
one is meant and with what arguments, and reads the result from the same place. So the engine
has nothing to convert, which is what a call of a Python function mostly consists of.

The same records are left by a call that was refused inside: the host then judges it, as if it
had been made, and names the fault.

Source:
    Ours.
"""

import ctypes
import struct
from collections.abc import Callable
from typing import Final

from chain.eei import control
from chain.eei.facts import CallFact
from chain.eei.frame import Frame
from chain.eei.machine import UNLIMITED, Span
from chain.eei.raw import Execution
from chain.errors import ScriptFault
from chain.wasm import FunctionType, ValueType

_FORMATS: Final = {
    ValueType.I32: "i4x",
    ValueType.I64: "q",
    ValueType.F32: "f4x",
    ValueType.F64: "d",
}
"""How arguments are written down, 8 bytes each."""

_U64: Final = 0xFFFF_FFFF_FFFF_FFFF

Invoke = Callable[[Frame, tuple[int, ...]], int | None]


class LinkedMachine:
    """The engine's side of an execution of the linked backend.

    Attributes:
        fuel: What is left, while the host is at work.
    """

    def __init__(self, execution: Execution) -> None:
        """Refer to an execution that has an instance."""
        self._execution = execution
        self.fuel = 0

    def get_fuel(self) -> int:
        """Return the fuel that is left."""
        return self.fuel

    def set_fuel(self, fuel: int) -> None:
        """Set the fuel that is left."""
        self.fuel = fuel

    def get_memory(self) -> Span | None:
        """Return the memory that pointers refer to."""
        return self._execution.get_script_memory()


class Invoker:
    """One import of a script, ready to be carried out by the host."""

    def __init__(self, invoke: Invoke, signature: FunctionType, fact: CallFact) -> None:
        """Take the parts.

        Args:
            invoke: Carries out a call.
            signature: As imported.
            fact: What the definition does around a call.
        """
        self._invoke = invoke
        self._arguments = struct.Struct("<" + "".join(_FORMATS[each] for each in signature.params))
        self._fact = fact

    def call(self, frame: Frame, machine: LinkedMachine, execution: Execution) -> None:
        """Carry out a call on behalf of the script that waits for it.

        Raises:
            ScriptFault: Whatever ends the script.
        """
        machine.fuel = execution.read_fuel() + self._fact.entry_fuel
        result = self._invoke(frame, self._read_arguments(execution))
        if result is not None:
            place = ctypes.c_uint64.from_address(execution.control + control.RESULT)
            place.value = result & _U64
        execution.write_fuel(machine.fuel + self._fact.exit_fuel)

    def judge(self, frame: Frame, machine: LinkedMachine, execution: Execution) -> ScriptFault:
        """Name the fault of a call that was refused.

        Raises:
            RuntimeError: There is none: our two ways of judging disagree.
        """
        fuel = execution.read_fuel()
        # A library has paid for itself.
        machine.fuel = UNLIMITED if self._fact.is_library else fuel + self._fact.entry_fuel
        try:
            self._invoke(frame, self._read_arguments(execution))
        except ScriptFault as fault:
            if self._fact.is_library:
                machine.fuel = fuel
            return fault
        raise RuntimeError("linked code refused a call that the host would have carried out")

    def _read_arguments(self, execution: Execution) -> tuple[int, ...]:
        start = execution.control + control.ARGUMENTS
        return self._arguments.unpack(ctypes.string_at(start, self._arguments.size))
