"""What a page carries cannot become markup."""

import base64
import json
import zlib

import pytest

from simulator.report.embed import compute_policy_hash, embed_document


@pytest.mark.parametrize(
    "text",
    ["</script>", "<!--", "<script", "]]>", "&lt;", "\u2028\u2029", "\U0001f680", "caf\u00e9"],
)
def test_embed_document_small_is_plain_json_without_markup(text: str) -> None:
    document = embed_document("run", {"title": text})

    assert document.coding == "json"
    assert json.loads(document.text) == {"title": text}
    assert not set("<>&\u2028\u2029") & set(document.text)
    assert document.text.isascii()


def test_embed_document_large_is_deflated_and_reads_back() -> None:
    model = {"title": "</script>", "numbers": list(range(30_000))}

    document = embed_document("run", model)

    assert document.coding == "deflate"
    assert json.loads(zlib.decompress(base64.b64decode(document.text))) == model
    assert len(document.text) < len(json.dumps(model))
    assert "<" not in document.text


def test_compute_policy_hash_is_that_of_the_specification() -> None:
    # The example of Content Security Policy Level 2, section 4.2.5.
    assert (
        compute_policy_hash("alert('Hello, world.');")
        == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    )
