"""The operations of a beacon block, one a module: its rules in order, then its effect.

Each ``process_`` function is given a draft of the beacon state and changes it only after the
last rule held.

Source:
    PROTOCOL 3.2-3.4; crosslinks and reports are ours where the record is silent.
"""

from chain.operations.claims import process_new_validator
from chain.operations.crosslinks import process_crosslink
from chain.operations.registrations import process_new_execution_script
from chain.operations.reports import process_validation_report
from chain.operations.withdrawals import process_withdrawal

__all__ = [
    "process_crosslink",
    "process_new_execution_script",
    "process_new_validator",
    "process_validation_report",
    "process_withdrawal",
]
