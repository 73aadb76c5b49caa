"""Codes of refusals in words.

Source:
    Ours. What the engine and the rules of scripts say about their codes is theirs.
"""

from collections.abc import Mapping
from typing import Final

from chain.eei import LIMIT_OUTCOMES, TRAP_CODES
from chain.wasm import RULES

_GWEI_PER_ETH: Final = 10**9

_REFUSALS: Final[Mapping[str, str]] = {
    "malformed_block": "its bytes are not a block",
    "registration_repeated": "it holds a registration twice",
    "script_failed": "the script failed",
    "script_invalid": "the script broke a rule when it was checked",
    "script_marked_invalid": "the script is marked as invalid",
    "script_not_usable": "the script may not be called yet",
    "slot_taken": "the slot has a block already",
    "too_many_operations": "it holds more operations than a block may",
    "wrong_block_signature": "its signature is not its proposer's",
    "wrong_deposit_root": "it commits to other deposits than the script made",
    "wrong_parent": "it does not stand on the last block",
    "wrong_proposer": "its proposer was not the one whose turn it was",
    "wrong_shard": "it belongs to another shard",
    "wrong_slot": "it belongs to another slot",
}

_RULES: Final[Mapping[str, str]] = {code: rule.sentence for code, rule in RULES.items()}


def explain_refusal(code: str, outcome: str = "") -> str:
    """Return a refusal's code and what it means; with the outcome of the script that failed."""
    told = explain_outcome(outcome) if outcome else describe_refusal(code)
    return f"{code}, {told}" if told else code


def explain_outcome(outcome: str) -> str:
    """Return what became of a script's execution, in words."""
    sentence = _describe_outcome(outcome)
    return f"{sentence} ({outcome})" if sentence else outcome


def explain_rule(code: str) -> str:
    """Return the code of a script's broken rule and what the rule says."""
    return f"{code}, {describe_refusal(code)}" if code in _RULES else code


def describe_refusal(code: str, outcome: str = "") -> str:
    """Return what a code means, for where the code stands beside it; empty if that says it all."""
    if outcome:
        return _describe_outcome(outcome)
    if code in _RULES:
        return f"against the rule that {_join(_RULES[code])}"
    return _REFUSALS.get(code, "")


def _describe_outcome(outcome: str) -> str:
    code = outcome.removeprefix("trapped:")
    return _join(LIMIT_OUTCOMES.get(code) or TRAP_CODES.get(code) or "")


def format_eth(gwei: int) -> str:
    """Return an amount in ETH, without trailing zeros."""
    whole, rest = divmod(gwei, _GWEI_PER_ETH)
    fraction = f"{rest:09d}".rstrip("0")
    return f"{whole:,}.{fraction} ETH" if fraction else f"{whole:,} ETH"


def _join(sentence: str) -> str:
    """Return a sentence as a part of another one."""
    return (sentence[:1].lower() + sentence[1:]).rstrip(".").replace("`", "")
