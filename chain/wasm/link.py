"""Linking: a script's function imports become functions defined inside the module.

Imports come first in the index space of functions, so a definition in place of each, in front
of the script's own functions, leaves every index as it was: no body of the script changes.
All that is new is appended: types, host memory, the bridge, functions, globals and data of a
library. Custom sections are left out.

Source:
    Ours: a call across the border of the module costs a thousand times as much as one inside.
"""

from chain.wasm.link_plan import LinkedCode, LinkPlan
from chain.wasm.model import Module


def link_module(code: bytes, module: Module, plan: LinkPlan) -> LinkedCode:
    """Put definitions in the place of a script's imports.

    Args:
        code: The script, well-formed, importing nothing but functions.
        module: The same, decoded.
        plan: What becomes of it.

    Returns:
        A module without imports.

    Raises:
        ValueError: The plan does not fit the script: definitions are too few, too many or of
            other types than the imports, or memory starts above its limit.

    Source:
        Ours: see the module's docstring.
    """
    raise NotImplementedError
