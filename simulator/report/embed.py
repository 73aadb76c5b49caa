"""Getting data and code into a page so that nothing in them can become markup.

Source:
    Ours: titles, script names and notes come from files that somebody else may have written.
"""

import base64
import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import Any, Final

_COMPRESS_FROM_BYTES: Final = 64 * 1024
"""Below, a document stays readable in the page's source."""


@dataclass(frozen=True, slots=True)
class EmbeddedDocument:
    """A JSON document as the text of a script element.

    Attributes:
        name: Id of the element.
        coding: ``json``, or ``deflate`` for zlib in base64.
        text: Holds nothing that HTML takes for markup.
    """

    name: str
    coding: str
    text: str


def embed_document(name: str, document: Any) -> EmbeddedDocument:  # noqa: ANN401 - JSON
    """Return a document for a page, compressed if it is large."""
    plain = json.dumps(document, separators=(",", ":"))  # ASCII: U+2028 is escaped like the rest
    if len(plain) >= _COMPRESS_FROM_BYTES:
        packed = base64.b64encode(zlib.compress(plain.encode(), 9)).decode()
        return EmbeddedDocument(name, "deflate", packed)
    return EmbeddedDocument(name, "json", escape_json(plain))


def escape_json(text: str) -> str:
    """Return JSON that means the same and cannot end its element or start a comment."""
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def compute_policy_hash(text: str) -> str:
    """Return the hash by which a content security policy allows an inline script or style."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
