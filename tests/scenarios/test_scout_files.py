"""Our Scout files say what is true: expected values against hashlib, pow and plain sums.

The files are read and run here without the scout command, by the few lines of ``run_file``.
"""

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from Crypto.Hash import keccak

from tests.helpers.scripts import SCENARIOS, run_script

SCOUT = SCENARIOS / "scout"
FILES = sorted(SCOUT.glob("*.yaml"))
ETH = 10**9


def load(path: Path) -> Any:  # noqa: ANN401 - YAML of any shape
    """Read a Scout file with every scalar as text."""
    return yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - makes only text


def unhex(text: str) -> bytes:
    return bytes.fromhex("".join(text.split()))


def get_states(file: Any, when: str) -> list[bytes]:  # noqa: ANN401 - as load
    return [unhex(state) for state in file[f"shard_{when}_state"]["exec_env_states"]]


def get_blocks(file: Any) -> list[tuple[int, bytes]]:  # noqa: ANN401 - as load
    return [(int(block["env"]), unhex(block["data"])) for block in file["shard_blocks"]]


def encode_deposit(deposit: dict[str, str]) -> bytes:
    amount = struct.pack("<Q", int(deposit["amount"]))
    credentials = unhex(deposit["withdrawal_credentials"])
    return unhex(deposit["pubkey"]) + credentials + amount + unhex(deposit["signature"])


def run_file(path: Path) -> tuple[list[bytes], list[bytes]]:
    """Return the states after all blocks, and everything that was pushed."""
    file = load(path)
    scripts = [(path.parent / script) for script in file["beacon_state"]["execution_scripts"]]
    states = get_states(file, "pre")
    pushed: list[bytes] = []
    for env, data in get_blocks(file):
        result = run_script(scripts[env].stem, pre_state=states[env], data=data, env=env)
        assert result.outcome == "returned"
        states[env] = result.post_state_root
        pushed += result.deposits
    return states, pushed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scout_file_scripts_exist_beside_the_sources(path: Path) -> None:
    scripts = load(path)["beacon_state"]["execution_scripts"]
    assert all((path.parent / script).is_file() for script in scripts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scout_file_running_the_scripts_gives_the_expected_values(path: Path) -> None:
    file = load(path)
    states, pushed = run_file(path)
    assert states == get_states(file, "post")
    assert pushed == [encode_deposit(deposit) for deposit in file.get("deposit_receipts", [])]


def keep(state: bytes, data: bytes) -> bytes:
    assert data == b""
    return state


def hash_on(state: bytes, data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=state + data).digest()


def raise_to_power(state: bytes, data: bytes) -> bytes:
    base, exponent, modulus = (int.from_bytes(part) for part in (state, data[:32], data[32:]))
    return pow(base, exponent, modulus).to_bytes(32)


def count(state: bytes, data: bytes) -> bytes:
    total, blocks = struct.unpack("<2Q", state[:16])
    numbers = (number for (number,) in struct.iter_unpack("<Q", data))
    return struct.pack("<2Q", total + sum(numbers), blocks + 1) + state[16:]


MEANINGS: dict[str, Callable[[bytes, bytes], bytes]] = {
    "helloworld": keep,
    "hash_chain": hash_on,
    "bignum_exp": raise_to_power,
    "counter": count,
}
COMPUTED = [
    SCOUT / f"{name}.yaml" for name in ("helloworld", "hash_chain", "bignum_exp", "counter")
]


@pytest.mark.parametrize("path", COMPUTED, ids=lambda path: path.stem)
def test_scout_file_expected_states_equal_independent_computation(path: Path) -> None:
    file = load(path)
    names = [Path(script).stem for script in file["beacon_state"]["execution_scripts"]]
    states = get_states(file, "pre")
    for env, data in get_blocks(file):
        states[env] = MEANINGS[names[env]](states[env], data)
    assert states == get_states(file, "post")


def test_scout_folder_every_file_is_computed_independently() -> None:
    assert sorted([*COMPUTED, SCOUT / "deposits.yaml"]) == FILES


def test_scout_deposits_expected_pool_and_receipts_are_what_the_data_says() -> None:
    file = load(SCOUT / "deposits.yaml")
    first, second = (encode_deposit(deposit) for deposit in file["deposit_receipts"])
    assert get_blocks(file) == [(0, b""), (0, struct.pack("<2I", 8, 8) + first + second)]
    assert get_states(file, "pre") == [struct.pack("<4Q", 40 * ETH, 17, 3, 1)]
    assert get_states(file, "post") == [struct.pack("<4Q", (40 - 32 - 7) * ETH - 1, 17, 3, 3)]


def test_scout_hash_chain_has_the_large_block_that_its_comment_names() -> None:
    blocks = get_blocks(load(SCOUT / "hash_chain.yaml"))
    assert blocks[1] == (0, hashlib.shake_256(b"shardlab hash_chain").digest(70_000))


def test_scout_bignum_decrypts_and_inverts() -> None:
    file = load(SCOUT / "bignum_exp.yaml")
    secret, restored, five = get_states(file, "pre")
    encrypted, decrypted, inverse = get_states(file, "post")
    assert secret == restored == decrypted != encrypted
    assert int.from_bytes(five) * int.from_bytes(inverse) % (2**255 - 19) == 1
