"""Printing: data in, Rich tables or JSON out. Formats only; computes nothing.

Source:
    Ours. The JSON keys stay stable: programs read them.
"""

from typing import TYPE_CHECKING

from chain.lazy import import_lazily

if TYPE_CHECKING:
    from simulator.terminal.compare import describe_comparison, print_comparison
    from simulator.terminal.costs import print_calibration
    from simulator.terminal.deposits import describe_deposits, print_deposit, print_deposits
    from simulator.terminal.formats import (
        format_gwei,
        format_number,
        shorten_address,
        shorten_root,
    )
    from simulator.terminal.json_output import print_json
    from simulator.terminal.routes import describe_routes, print_routes
    from simulator.terminal.runs import describe_result, print_result
    from simulator.terminal.scout import print_scout
    from simulator.terminal.scripts import (
        describe_execution,
        format_call,
        print_execution,
        print_judgement,
        print_scenarios,
    )
    from simulator.terminal.sweeps import describe_plan, describe_sweep, print_plan, print_sweep
else:
    __getattr__ = import_lazily(
        __name__,
        {
            "compare": "describe_comparison print_comparison",
            "costs": "print_calibration",
            "deposits": "describe_deposits print_deposit print_deposits",
            "formats": "format_gwei format_number shorten_address shorten_root",
            "json_output": "print_json",
            "routes": "describe_routes print_routes",
            "runs": "describe_result print_result",
            "scripts": (
                "describe_execution format_call print_execution print_judgement print_scenarios"
            ),
            "scout": "print_scout",
            "sweeps": "describe_plan describe_sweep print_plan print_sweep",
        },
    )

__all__ = [
    "describe_comparison",
    "describe_deposits",
    "describe_execution",
    "describe_plan",
    "describe_result",
    "describe_routes",
    "describe_sweep",
    "format_call",
    "format_gwei",
    "format_number",
    "print_calibration",
    "print_comparison",
    "print_deposit",
    "print_deposits",
    "print_execution",
    "print_json",
    "print_judgement",
    "print_plan",
    "print_result",
    "print_routes",
    "print_scenarios",
    "print_scout",
    "print_sweep",
    "shorten_address",
    "shorten_root",
]
