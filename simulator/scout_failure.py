"""Why a block of a Scout file failed: what it ended in, or the script rule behind that.

Source:
    PROTOCOL 6 and 9.
"""

from typing import Final

from chain.eei import HOST_IMPORTS, ScriptResult, ScriptRuntime
from chain.eei.model import compute_outcome
from chain.errors import InvalidScript
from chain.wasm import SCOUT_RULES, decode_module, validate_rules
from simulator.scout_file import ScoutBlock, ScoutFile

_MODULE_OUTCOMES: Final = frozenset(
    map(
        compute_outcome,
        (
            "invalid_module",
            "link_error",
            "missing_export",
            "export_kind",
            "main_signature",
            "host_call_in_start",
        ),
    )
)
"""Outcomes that come from what a module is, so that a script rule can explain them."""


def describe_failure(
    file: ScoutFile, position: int, result: ScriptResult, runtime: ScriptRuntime
) -> str:
    """Return the line that says which block failed, and why.

    Args:
        file: The test file.
        position: Of the block.
        result: What came of it.
        runtime: What ran it.

    Source:
        Ours.
    """
    block = file.blocks[position]
    reason = result.detail
    if result.outcome in _MODULE_OUTCOMES:
        reason = _find_broken_rule(file, block, runtime) or reason
    script = file.scripts[block.env].file
    line = f"shard_blocks[{position}] (env {block.env}, {script}): {result.outcome}: {reason}"
    unrun = len(file.blocks) - position - 1
    return f"{line} ({unrun} more not run)" if unrun else line


def _find_broken_rule(file: ScoutFile, block: ScoutBlock, runtime: ScriptRuntime) -> str:
    """Name the first script rule that a module breaks, if it breaks one.

    The runtime alone decides what passes. Rules forbid what might happen, such as a start
    function with a way to the host that it never takes, and scripts by other people must
    not fail for that.

    Source:
        PROTOCOL 6 (profile ``scout``).
    """
    code = file.scripts[block.env].code
    subject = ""
    try:
        for library in file.libraries:
            subject = f"library {library.name}: "
            decode_module(library.code)
            runtime.validate_types(library.code)
        subject = ""
        if file.libraries:
            # What they offer is not in the table of host functions.
            decode_module(code)
        else:
            validate_rules(code, SCOUT_RULES, HOST_IMPORTS)
        runtime.validate_types(code)
    except InvalidScript as error:
        return f"{subject}{error.detail} (rule {error.code}, byte {error.offset})"
    return ""
