"""YAML with line numbers: reads a file once, keeps where every key stands.

Source:
    Ours: pydantic says which key is wrong, this says where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from simulator.errors import ScenarioError

Key = str | int
KeyPath = tuple[Key, ...]

MAX_FILE_BYTES: Final = 4_000_000
MAX_NODES: Final = 200_000
MAX_DEPTH: Final = 40

# libyaml is ten times as fast; the pure loader says the same.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL_TAG: Final = "tag:yaml.org,2002:null"

# What PyYAML lets through when a value is not what its tag says: ``!!bool 5``, ``2020-13-45``.
_SCALAR_ERRORS: Final = (yaml.YAMLError, ValueError, LookupError, AttributeError)


@dataclass(slots=True)
class YamlSource:
    """A parsed file.

    Attributes:
        path: The file.
        value: Mappings as dict, sequences as tuple, scalars as Python values or as text.
        lines: 1-based line of every key path.
        replaced: Where values that are not from the file are from, by key path.
        repeated: One line for each key that is given again, ``file:line: key: given twice``.
    """

    path: Path
    value: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)
    replaced: dict[KeyPath, str] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)

    def describe(self, keys: Sequence[Key]) -> str:
        """Return ``file:line: dotted.key`` for a key path, or for its nearest known parent."""
        dotted = format_keys(keys)
        parents = [tuple(keys[:length]) for length in range(len(keys), -1, -1)]
        for parent in parents:
            if parent in self.replaced:
                return f"{self.replaced[parent]}: {dotted}"
        line = next((self.lines[parent] for parent in parents if parent in self.lines), 1)
        return f"{self.path}:{line}: {dotted}" if dotted else f"{self.path}:{line}"


def format_keys(keys: Sequence[Key]) -> str:
    """Return a key path as ``events[2].register.name``."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def read_yaml(
    path: Path,
    *,
    as_text: bool = False,
    may_repeat: bool = False,
    max_bytes: int = MAX_FILE_BYTES,
) -> YamlSource:
    """Read a YAML file.

    Args:
        path: The file.
        as_text: Whether scalars stay the text that was written, so that no hex turns into a
            number; an absent value is None all the same.
        may_repeat: Whether keys that are given twice are only noted, so that they can be told
            together with what else is wrong; the first value counts.
        max_bytes: Size of the largest file that is read.

    Raises:
        ScenarioError: It cannot be read, or is not YAML, or repeats a key, or is a bomb of
            aliases or nesting.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ScenarioError([f"{path}: cannot be read: {reason}"]) from error
    if len(data) > max_bytes:
        raise ScenarioError([f"{path}: larger than {max_bytes} bytes"])
    return parse_yaml(data, path, as_text=as_text, may_repeat=may_repeat)


def parse_yaml(
    data: bytes, path: Path, *, as_text: bool = False, may_repeat: bool = False
) -> YamlSource:
    """Parse YAML text; ``path`` is only for messages, the rest is as in ``read_yaml``."""
    try:
        text = data.decode()
        _refuse_deep_nesting(text, path)
        root = yaml.compose(text, Loader=_SafeLoader)
    except UnicodeDecodeError as error:
        raise ScenarioError([f"{path}: not UTF-8 text (byte {error.start})"]) from error
    except yaml.YAMLError as error:
        raise ScenarioError([_describe_yaml_error(error, path)]) from error
    source = YamlSource(path, None)
    if root is not None:
        source.value = _Converter(source, as_text=as_text).convert(root, ())
    if source.repeated and not may_repeat:
        raise ScenarioError(source.repeated)
    return source


def parse_scalar(text: str) -> Any:  # noqa: ANN401 - whatever YAML makes of it
    """Return what YAML makes of a value on the command line, as it would in a file.

    Raises:
        ScenarioError: As for a file.
    """
    return parse_yaml(text.encode(errors="surrogateescape"), Path("value")).value


def _refuse_deep_nesting(text: str, path: Path) -> None:
    """Walk over the events, which need no stack, before anything recursive sees the file."""
    depth = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=_SafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise ScenarioError([f"{path}: nested too deeply, or too many values"])


def _describe_yaml_error(error: yaml.YAMLError, path: Path) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    line = f":{mark.line + 1}" if mark is not None else ""
    return f"{path}{line}: not YAML: {problem}"


class _Converter:
    """Turns YAML nodes into values, noting lines."""

    def __init__(self, source: YamlSource, *, as_text: bool) -> None:
        self._source = source
        self._as_text = as_text
        self._nodes = 0
        self._scalars = yaml.constructor.SafeConstructor()

    def convert(self, node: yaml.Node, keys: KeyPath) -> Any:  # noqa: ANN401 - any YAML value
        # Aliases are walked again each time, so this count also bounds what they expand to.
        self._nodes += 1
        if self._nodes > MAX_NODES or len(keys) > MAX_DEPTH:
            raise ScenarioError([f"{self._source.path}: aliases expand to too much"])
        self._source.lines.setdefault(keys, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._convert_mapping(node, keys)
        if isinstance(node, yaml.SequenceNode):
            return tuple(
                self.convert(item, (*keys, position)) for position, item in enumerate(node.value)
            )
        return self._convert_scalar(node, keys)

    def _convert_mapping(self, node: yaml.MappingNode, keys: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            name = key_node.value
            if not isinstance(name, str):
                raise ScenarioError([f"{self._source.path}:{line}: a key must be plain text"])
            child = (*keys, name)
            if name in values:
                dotted = format_keys(child)
                self._source.repeated.append(f"{self._source.path}:{line}: {dotted}: given twice")
            self._source.lines.setdefault(child, line)
            values.setdefault(name, self.convert(value_node, child))
        return values

    def _convert_scalar(self, node: yaml.Node, keys: KeyPath) -> Any:  # noqa: ANN401 - any scalar
        if self._as_text:
            return None if node.tag == _NULL_TAG else node.value
        try:
            return self._scalars.construct_object(node)
        except _SCALAR_ERRORS as error:
            where = self._source.describe(keys)
            raise ScenarioError([f"{where}: not a value: {node.value!r}"]) from error
