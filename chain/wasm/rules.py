"""What a profile allows: features, floats, the interface, and limits.

The order in which rules apply is fixed, so that every node names the same one:

1. the size of the code;
2. the sections in file order, each from its first byte to its last: format, features, floats
   and limits, whichever is broken first; where one byte breaks several, unknown comes before
   float, float before feature, and feature before limit;
3. after the import, export and start section the interface rules of its entries, in order;
4. after the last section what only the whole file shows: missing bodies or data, missing
   exports, host functions that the start function reaches.

Source:
    PROTOCOL 6; the limits are ours, the record names none.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Final

from chain.config import Profile
from chain.errors import InvalidScript
from chain.wasm.features import DECODABLE_FEATURES, LINKED_FEATURES, Feature
from chain.wasm.opcodes import OPCODES, UNKNOWN, Immediate, Opcode


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLimits:
    """How much of each thing a script may have.

    Attributes:
        max_code_bytes: Size of the whole module.
        max_custom_sections: Custom sections.
        max_name_bytes: Names of imports, exports and custom sections.
        max_types: Function types.
        max_parameters: Parameters of one function type.
        max_results: Results of one function type.
        max_imports: Imports of any kind.
        max_functions: Functions, imported ones included.
        max_tables: Tables, imported ones included.
        max_table_elements: Minimum sizes of all tables together.
        max_memory_pages: Minimum size of the memory, in pages of 64 KiB; the run-time limit
            is separate, so a larger maximum may be declared.
        max_globals: Globals, imported ones included.
        max_exports: Exports.
        max_element_segments: Element segments.
        max_data_segments: Data segments.
        max_locals: Locals of one function, its parameters included.
        max_nesting_depth: Blocks inside one another, the function itself not counted.
        max_branch_targets: Targets of one br_table, its default not counted.
    """

    max_code_bytes: int
    max_custom_sections: int
    max_name_bytes: int
    max_types: int
    max_parameters: int
    max_results: int
    max_imports: int
    max_functions: int
    max_tables: int
    max_table_elements: int
    max_memory_pages: int
    max_globals: int
    max_exports: int
    max_element_segments: int
    max_data_segments: int
    max_locals: int
    max_nesting_depth: int
    max_branch_targets: int


ENGINE_LIMITS: Final = ScriptLimits(
    # Nothing limits a script outside a chain but the patience of who decodes it: unstripped
    # builds have megabytes of debug sections.
    max_code_bytes=2**26,
    max_custom_sections=100_000,
    max_name_bytes=100_000,
    max_types=1_000_000,
    max_parameters=1_000,
    max_results=1_000,
    max_imports=1_000_000,
    max_functions=1_000_000,
    max_tables=100,
    max_table_elements=10_000_000,
    max_memory_pages=65_536,
    max_globals=1_000_000,
    max_exports=1_000_000,
    max_element_segments=100_000,
    max_data_segments=100_000,
    max_locals=50_000,
    max_nesting_depth=100_000,
    max_branch_targets=1_000_000,
)
"""What engines can compile: no script of the wild comes near, and no valid one fails later."""

CONTRACT_LIMITS: Final = ScriptLimits(
    max_code_bytes=1_048_576,
    max_custom_sections=1_000,
    max_name_bytes=1_024,
    max_types=1_000,
    max_parameters=128,
    max_results=16,
    max_imports=1_000,
    max_functions=10_000,
    max_tables=1,
    max_table_elements=65_536,
    max_memory_pages=512,
    max_globals=1_000,
    max_exports=1_000,
    max_element_segments=1_000,
    max_data_segments=10_000,
    max_locals=4_096,
    max_nesting_depth=1_024,
    max_branch_targets=4_096,
)
"""What a compiled contract needs, with room: 1 MiB of code, 32 MiB of initial memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRules:
    """One profile; ``dataclasses.replace`` makes variants of it.

    Attributes:
        profile: Name of the profile.
        features: Additions to WebAssembly 1.0 that may be used.
        allow_floats: Whether f32 and f64 may occur, in any form.
        allow_start: Whether there may be a start function; it must not reach a host
            function other than those of ``start_may_call``.
        start_may_call: Host functions, by (module, field), that a start function may reach:
            AssemblyScript's run-time code refers to ``abort``.
        exact_exports: Whether ``main`` and ``memory`` must be the only exports.
        limits: How much of each thing.
        immediates: What follows each opcode byte, REFUSED where the rules refuse it: follows
            from the other settings, once, for the loop over the code.

    Source:
        PROTOCOL 6.
    """

    decodable: ClassVar[frozenset[Feature]] = DECODABLE_FEATURES

    profile: Profile
    features: frozenset[Feature]
    allow_floats: bool
    allow_start: bool
    start_may_call: frozenset[tuple[str, str]] = frozenset({("env", "abort")})
    exact_exports: bool
    limits: ScriptLimits
    immediates: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse features that nothing here can decode; fill ``immediates``.

        Raises:
            ValueError: A setting that no script could ever meet is a mistake of the caller.
        """
        if unknown := self.features - self.decodable:
            raise ValueError(f"cannot be allowed: {', '.join(sorted(unknown))}")
        refused = int(Immediate.REFUSED)
        immediates = tuple(
            int(opcode.immediate) if self.find_broken_rule(opcode) is None else refused
            for opcode in OPCODES
        )
        object.__setattr__(self, "immediates", immediates)

    def validate_opcode(self, opcode: Opcode, offset: int) -> None:
        """Refuse an instruction that does not exist here.

        Args:
            opcode: The row of the opcode table.
            offset: Byte offset of the instruction.

        Raises:
            InvalidScript: ``unknown_opcode``, ``float_instruction`` or ``feature_<name>``.

        Source:
            PROTOCOL 6.
        """
        rule = self.find_broken_rule(opcode)
        if rule is not None:
            detail = f"{opcode.name} is not among the instructions of profile {self.profile}"
            raise InvalidScript(rule, offset, detail)

    def find_broken_rule(self, opcode: Opcode) -> str | None:
        """Name the rule that an instruction breaks wherever it stands, if there is one.

        Source:
            PROTOCOL 6.
        """
        if opcode is UNKNOWN:
            return "unknown_opcode"
        if opcode.is_float and not self.allow_floats:
            return "float_instruction"
        if opcode.feature is not None and opcode.feature not in self.features:
            return f"feature_{opcode.feature}"
        return None

    def validate_feature(self, feature: Feature, offset: int, subject: str) -> None:
        """Refuse what needs a feature that is not allowed.

        Args:
            feature: What it needs.
            offset: Byte offset to report.
            subject: What needs it, for people.

        Raises:
            InvalidScript: ``feature_<name>``.

        Source:
            PROTOCOL 6.
        """
        if feature not in self.features:
            detail = f"{subject} needs {feature.replace('_', ' ')}"
            raise InvalidScript(f"feature_{feature}", offset, detail)


SCOUT_RULES: Final = ScriptRules(
    profile=Profile.SCOUT,
    features=DECODABLE_FEATURES,
    allow_floats=True,
    allow_start=True,
    exact_exports=False,
    limits=ENGINE_LIMITS,
)
"""Whatever toolchains made for Scout: well-formed, with the right interface."""

STRICT_RULES: Final = ScriptRules(
    profile=Profile.STRICT,
    features=frozenset(),
    allow_floats=False,
    allow_start=False,
    exact_exports=True,
    limits=CONTRACT_LIMITS,
)
"""The ewasm contract interface: deterministic WebAssembly 1.0 and exactly two exports."""


class _LinkedRules(ScriptRules):
    """Rules for what linking made, which no config can ask for."""

    decodable: ClassVar[frozenset[Feature]] = LINKED_FEATURES


LINKED_RULES: Final = _LinkedRules(
    profile=Profile.SCOUT,
    features=LINKED_FEATURES,
    allow_floats=True,
    allow_start=True,
    exact_exports=False,
    limits=ENGINE_LIMITS,
)
"""What linking may make of a script: host memory is a second memory."""
