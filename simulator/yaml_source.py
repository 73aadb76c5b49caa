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
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
"""What YAML makes nothing of, written without quotes."""

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
        keys = tuple(keys)
        dotted = format_keys(keys)
        parents = [keys[:length] for length in range(len(keys), -1, -1)]
        for parent in parents:
            if parent in self.replaced:
                return f"{self.replaced[parent]}: {dotted}"
        inside = [
            origin for place, origin in self.replaced.items() if keys and place[: len(keys)] == keys
        ]
        if inside:
            # What is wrong with a mapping as a whole, if part of it was not in the file.
            return f"{', '.join(inside)}: {dotted}"
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
        source = YamlSource(path, None)
        events = _read_events(data.decode(), path)
        source.value = _Builder(source, events, as_text=as_text).build_document()
    except UnicodeDecodeError as error:
        raise ScenarioError([f"{path}: not UTF-8 text (byte {error.start})"]) from error
    except yaml.YAMLError as error:
        raise ScenarioError([_describe_yaml_error(error, path)]) from error
    if source.repeated and not may_repeat:
        raise ScenarioError(source.repeated)
    return source


def parse_scalar(text: str) -> Any:  # noqa: ANN401 - whatever YAML makes of it
    """Return what YAML makes of a value on the command line, as it would in a file.

    Raises:
        ScenarioError: As for a file.
    """
    return parse_yaml(text.encode(errors="surrogateescape"), Path("value")).value


def _read_events(text: str, path: Path) -> list[yaml.Event]:
    """Parse all of the text before anything recursive sees it: events need no stack."""
    events = []
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        events.append(event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or len(events) > MAX_NODES:
            raise ScenarioError([f"{path}: nested too deeply, or too many values"])
    return events


def _describe_yaml_error(error: yaml.YAMLError, path: Path) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    line = f":{mark.line + 1}" if mark is not None else ""
    return f"{path}{line}: not YAML: {problem}"


class _Builder:
    """Turns events into values, noting lines. An alias reads the events of its anchor again."""

    def __init__(self, source: YamlSource, events: Sequence[yaml.Event], *, as_text: bool) -> None:
        self._source = source
        self._events: Any = events
        self._next = 0
        self._as_text = as_text
        self._nodes = 0
        self._anchors: dict[str, int] = {}
        self._scalars = yaml.constructor.SafeConstructor()
        self._resolver: Any = yaml.resolver.Resolver()

    def build_document(self) -> Any:  # noqa: ANN401 - any YAML value
        """Return the value of the only document, None if there is none."""
        self._next = 2  # the beginnings of the stream and of the document
        if len(self._events) <= self._next:
            return None
        value = self._build(())
        another: Any = self._events[self._next + 1]
        if isinstance(another, yaml.DocumentStartEvent):
            raise _build_error("but found another document", another)
        return value

    def _build(self, keys: KeyPath) -> Any:  # noqa: ANN401 - any YAML value
        event = self._take()
        if isinstance(event, yaml.AliasEvent):
            behind, self._next = self._next, self._find_anchor(event)
            value = self._build(keys)
            self._next = behind
            return value
        # Aliases are walked again each time, so this count also bounds what they expand to.
        self._nodes += 1
        if self._nodes > MAX_NODES or len(keys) > MAX_DEPTH:
            raise ScenarioError([f"{self._source.path}: aliases expand to too much"])
        self._source.lines.setdefault(keys, event.start_mark.line + 1)
        if isinstance(event, yaml.ScalarEvent):
            return self._build_scalar(event, keys)
        if isinstance(event, yaml.MappingStartEvent):
            return self._build_mapping(keys)
        items: list[Any] = []
        while not isinstance(self._events[self._next], yaml.SequenceEndEvent):
            items.append(self._build((*keys, len(items))))
        self._next += 1
        return tuple(items)

    def _build_mapping(self, keys: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        path, lines = self._source.path, self._source.lines
        while not isinstance(self._events[self._next], yaml.MappingEndEvent):
            event = self._take()
            if isinstance(event, yaml.AliasEvent):
                event = self._events[self._find_anchor(event)]
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                raise ScenarioError([f"{path}:{line}: a key must be plain text"])
            child = (*keys, event.value)
            if event.value in values:
                self._source.repeated.append(f"{path}:{line}: {format_keys(child)}: given twice")
            lines.setdefault(child, line)
            values.setdefault(event.value, self._build(child))
        self._next += 1
        return values

    def _build_scalar(self, event: Any, keys: KeyPath) -> Any:  # noqa: ANN401 - any scalar
        tag = event.tag
        if tag is None or tag == "!":
            if self._as_text and event.implicit[0]:
                return None if event.value in _NULLS else event.value
            tag = self._resolver.resolve(yaml.ScalarNode, event.value, event.implicit)
        if self._as_text:
            return None if tag == _NULL_TAG else event.value
        node = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        try:
            return self._scalars.construct_object(node)
        except _SCALAR_ERRORS as error:
            where = self._source.describe(keys)
            raise ScenarioError([f"{where}: not a value: {event.value!r}"]) from error

    def _take(self) -> Any:  # noqa: ANN401 - any event
        """Return the next event, and remember where its anchor is, if it has one."""
        event = self._events[self._next]
        anchor = event.anchor
        if anchor is not None and not isinstance(event, yaml.AliasEvent):
            first = self._anchors.setdefault(anchor, self._next)
            if first != self._next:
                raise _build_error(f"anchor {anchor} given twice", event)
        self._next += 1
        return event

    def _find_anchor(self, alias: Any) -> int:  # noqa: ANN401 - an alias event
        if alias.anchor not in self._anchors:
            raise _build_error(f"found undefined alias {alias.anchor}", alias)
        return self._anchors[alias.anchor]


def _build_error(problem: str, event: Any) -> yaml.YAMLError:  # noqa: ANN401 - any event
    return yaml.composer.ComposerError(problem=problem, problem_mark=event.start_mark)
