"""The table of host functions as documentation.

Source:
    Ours: documentation from the table that links, so that it cannot drift.
"""

from chain.eei.interface import Counted, Group, HostFunction, Parameter, PerRun, Role, Size
from chain.eei.table import HOST_FUNCTIONS
from chain.wasm import ValueType


def render_host_functions() -> str:
    """Render the table as Markdown, one chapter a group."""
    return "\n".join(_render_group(group) for group in Group)


def _render_group(group: Group) -> str:
    rows = [row for row in HOST_FUNCTIONS if row.group is group]
    lines = [
        f"### {group.value[0].upper()}{group.value[1:]}",
        "",
        "| module | function | also | fuel | what it does |",
        "| --- | --- | --- | --- | --- |",
        *(_render_row(row) for row in rows),
        "",
    ]
    return "\n".join(lines)


def _render_row(row: HostFunction) -> str:
    also = ", ".join(f"`{module}.{field}`" for module, field in row.spellings[1:])
    rest = f"{_render_call(row)}` | {also} | {_render_fuel(row)} | {row.summary}"
    return f"| `{row.module}` | `{rest} |"


def _render_fuel(row: HostFunction) -> str:
    fuel = f"{row.base_fuel:,}"
    if row.insecure_fuel is not None:
        fuel += f" ({row.insecure_fuel:,} with insecure signatures)"
    return fuel + (f" + {row.byte_fuel} a byte" if row.byte_fuel else "")


def _render_call(row: HostFunction) -> str:
    if row.parameters is None:
        return f"{row.name}(...)"
    shown = ", ".join(map(_render_parameter, row.parameters))
    return f"{row.name}({shown})" + (f" -> {row.result}" if row.result else "")


def _render_parameter(parameter: Parameter) -> str:
    if parameter.role not in (Role.INPUT, Role.OUTPUT):
        return (
            parameter.name
            if parameter.type is ValueType.I32
            else f"{parameter.name}: {parameter.type}"
        )
    arrow = "in" if parameter.role is Role.INPUT else "out"
    return f"{parameter.name}: {arrow} {_render_size(parameter.size)}"


def _render_size(size: Size) -> str:
    if isinstance(size, Counted):
        unit = f" * {size.unit_bytes}" if size.unit_bytes > 1 else ""
        return f"{size.parameter}{unit} bytes"
    return f"{size.name} element" if isinstance(size, PerRun) else f"{size} bytes"
