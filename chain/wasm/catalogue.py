"""Every rule that a script can break: its code, what it says, and where its offset points.

Source:
    PROTOCOL 6 (each broken rule has a code and a byte offset); the codes are ours.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from chain.wasm.features import Feature


class RuleKind(StrEnum):
    """Why a rule exists.

    ``malformed``: no profile and no engine accepts the module. ``feature``: it uses an
    addition to WebAssembly 1.0 that is not allowed. ``profile``: the profile forbids it.
    ``limit``: there is too much of something.
    """

    MALFORMED = "malformed"
    FEATURE = "feature"
    PROFILE = "profile"
    LIMIT = "limit"


class Rule(NamedTuple):
    """One rule: what holds for every valid module, and what a broken one is reported at."""

    kind: RuleKind
    sentence: str
    offset: str


_MALFORMED: Final = {
    # Bytes and numbers.
    "unexpected_end": ("Every field ends inside the section that contains it.", "where bytes end"),
    "leb_too_long": ("An integer takes no more bytes than its width needs.", "the integer"),
    "leb_unused_bits": ("Bits beyond the width of an integer repeat its sign.", "the integer"),
    "vector_too_long": ("A vector has no more entries than bytes are left.", "the count"),
    "name_not_utf8": ("Names are UTF-8.", "the first wrong byte"),
    "reserved_byte": ("The byte reserved for a memory index is zero.", "the byte"),
    # Preamble and sections.
    "magic": ("The module starts with 00 61 73 6d.", "the module's first byte"),
    "version": ("The binary format has version 1.", "the version"),
    "section_id": ("Every section has a known id.", "the section id"),
    "section_order": ("Sections occur once, in the fixed order.", "the section id"),
    "section_size": ("The contents of a section fill it.", "the first byte left over"),
    # Declarations.
    "type_form": ("A type begins with 60.", "the form byte"),
    "value_type": ("A type is one of the known types, and fits its place.", "the type byte"),
    "external_kind": ("What is imported or exported has a known kind.", "the kind byte"),
    "limits_flags": ("Limits begin with a known combination of flags.", "the flags byte"),
    "limits_order": ("A maximum is not below its minimum.", "the flags byte"),
    "memory_size": ("A memory has at most 65,536 pages.", "the flags byte"),
    "mutability": ("A global is immutable (0) or mutable (1).", "the mutability byte"),
    "duplicate_export": ("No two exports share a name.", "the second export entry"),
    "start_signature": ("The start function takes and returns nothing.", "its index"),
    "element_kind": ("An element segment has a known kind.", "the kind"),
    "data_kind": ("A data segment has a known kind.", "the kind"),
    "data_count": ("There are as many data segments as announced.", "the count, or the end"),
    "function_bodies": ("Every declared function has a body.", "the body count, or the end"),
    "locals_overflow": ("A function has fewer than 2**32 locals.", "the count"),
    # Indices.
    "unknown_type": ("A type index names a type.", "the index"),
    "unknown_function": ("A function index names a function.", "the index"),
    "unknown_table": ("A table index names a table.", "the index, or what implies it"),
    "unknown_memory": ("What needs a memory has one.", "the index, or what implies it"),
    "unknown_global": ("A global index names a global.", "the index"),
    "unknown_local": ("A local index names a parameter or local.", "the index"),
    "unknown_label": ("A branch targets an enclosing block.", "the index"),
    "unknown_element_segment": ("An element index names an element segment.", "the index"),
    "unknown_data_segment": ("A data index is below the data count.", "the index"),
    "table_type": ("A table holds what is put in or called.", "the segment or instruction"),
    # Code.
    "unknown_opcode": ("Every opcode is that of an instruction.", "the first opcode byte"),
    "else_without_if": ("An else belongs to an if.", "the instruction"),
    "unclosed_block": ("Every block of a body has its end.", "the end of the body"),
    "code_after_end": ("A body ends with the end of its function.", "the byte behind it"),
    "alignment": ("An access is aligned at most naturally.", "the alignment"),
    "lane_index": ("A lane number is below the number of lanes.", "the lane"),
    "select_types": ("A typed select names one type.", "the count"),
    "immutable_global": ("Only mutable globals are set.", "the instruction"),
    "undeclared_reference": ("A function named by ref.func is declared.", "the instruction"),
    "data_count_missing": ("Data instructions need a data count section.", "the instruction"),
    "constant_expression": ("Constant expressions only hold constants.", "the instruction"),
    "constant_type": ("A constant yields one value of its type.", "the expression or operator"),
    "global_not_constant": ("Constants read imported immutable globals.", "the index"),
}

_FEATURES: Final = {
    Feature.SIGN_EXTENSION: ("Sign extension instructions need leave.", "the instruction"),
    Feature.SATURATING_FLOAT: ("Saturating conversions need leave.", "the instruction"),
    Feature.BULK_MEMORY: (
        "Bulk memory instructions, passive segments and the data count need leave.",
        "the instruction, segment or section",
    ),
    Feature.REFERENCE_TYPES: (
        "References as values, several tables and table instructions need leave.",
        "the type, table, segment or instruction",
    ),
    Feature.MULTI_VALUE: (
        "Several results, and blocks with a type index, need leave.",
        "the result count or block type",
    ),
    Feature.MUTABLE_GLOBALS: (
        "Importing or exporting a mutable global needs leave.",
        "the imported type or export entry",
    ),
    Feature.EXTENDED_CONSTANTS: ("Arithmetic in constants needs leave.", "the instruction"),
    Feature.SIMD: ("Vector types and instructions need leave.", "the type or instruction"),
    Feature.COMPONENT_MODEL: ("A component is no module.", "the version"),
    Feature.CUSTOM_PAGE_SIZES: ("Pages have 64 KiB.", "the flags byte"),
    Feature.EXCEPTIONS: ("There are no exceptions.", "the section, type, tag or instruction"),
    Feature.FUNCTION_REFERENCES: (
        "There are no typed function references.",
        "the type, table or instruction",
    ),
    Feature.GARBAGE_COLLECTION: (
        "There are no garbage collected types.",
        "the type or instruction",
    ),
    Feature.INTERFACE_TYPES: (
        "There are no custom sections of the withdrawn interface types.",
        "the section id",
    ),
    Feature.MEMORY64: ("Addresses have 32 bits.", "the flags byte"),
    Feature.MULTI_MEMORY: ("There is at most one memory.", "the second memory or the alignment"),
    Feature.RELAXED_SIMD: ("There are no relaxed vector instructions.", "the instruction"),
    Feature.STACK_SWITCHING: ("There are no continuations.", "the type or instruction"),
    Feature.TAIL_CALLS: ("There are no tail calls.", "the instruction"),
    Feature.THREADS: (
        "There are no atomic instructions, and nothing is shared.",
        "the flags byte, mutability byte or instruction",
    ),
    Feature.WIDE_ARITHMETIC: ("There is no wide arithmetic.", "the instruction"),
}

_PROFILE: Final = {
    "float_type": ("No value is a float.", "the type byte"),
    "float_instruction": ("No instruction is about floats.", "the instruction"),
    "unknown_import": ("The host offers what is imported.", "the import entry"),
    "import_kind": ("Only functions are imported.", "the import entry"),
    "import_signature": ("An import has the type of the host function.", "the import entry"),
    "missing_export": ("main and memory are exported.", "the export section id, or the end"),
    "export_kind": ("main is a function, memory a memory.", "the export entry"),
    "main_signature": ("main has no parameters.", "the export entry"),
    "extra_export": ("Nothing but main and memory is exported.", "the export entry"),
    "start_function": ("There is no start function.", "the section id"),
    "start_calls_host": (
        "The start function reaches no host function.",
        "the call, or the index in the start section",
    ),
}

_LIMITS: Final = {
    "code_too_large": ("The size of the module is limited.", "the first byte too many"),
    "too_many_custom_sections": ("Custom sections are limited.", "the section id"),
    "name_too_long": ("The size of names is limited.", "the size of the name"),
    "signature_too_long": ("Parameters and results of a type are limited.", "the count"),
    "too_many_types": ("Types are limited.", "the count"),
    "too_many_imports": ("Imports are limited.", "the count"),
    "too_many_functions": ("Functions are limited.", "the count, or the imported type index"),
    "too_many_tables": ("Tables are limited.", "the table type"),
    "table_too_large": ("Elements of all tables are limited.", "the flags byte"),
    "too_many_memory_pages": ("Initial memory is limited.", "the flags byte"),
    "too_many_globals": ("Globals are limited.", "the count, or the imported type"),
    "too_many_exports": ("Exports are limited.", "the count"),
    "too_many_element_segments": ("Element segments are limited.", "the count"),
    "too_many_data_segments": ("Data segments are limited.", "the count"),
    "too_many_locals": ("Parameters and locals of a function are limited.", "the count"),
    "nesting_too_deep": ("Blocks inside blocks are limited.", "the innermost instruction"),
    "too_many_branch_targets": ("The targets of one branch are limited.", "the count"),
}


def _build_rules() -> Mapping[str, Rule]:
    features = {f"feature_{feature}": texts for feature, texts in _FEATURES.items()}
    kinds: Mapping[RuleKind, Mapping[str, tuple[str, str]]] = {
        RuleKind.MALFORMED: _MALFORMED,
        RuleKind.FEATURE: features,
        RuleKind.PROFILE: _PROFILE,
        RuleKind.LIMIT: _LIMITS,
    }
    return {
        code: Rule(kind, sentence, offset)
        for kind, rules in kinds.items()
        for code, (sentence, offset) in rules.items()
    }


RULES: Final = _build_rules()
"""Every code of ``InvalidScript`` that this package raises."""
