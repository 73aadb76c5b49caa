"""Scout files that say which chain their blocks were made for."""

from pathlib import Path

import pytest

from chain.types import Fuel
from simulator.scout import ScoutFileResult, ScoutOptions
from tests.helpers.scout import CASE, KEEP, build_main, fail_to_load, load_text, run_text
from tests.helpers.scout_export import SEES_EVERYTHING

CHAIN = "shardlab:\n  shard: 1\n  shard_count: 4\n"
BLOCK = '  - env: 0\n    data: ""\n'
STATELESS = build_main("nop")
LOOP = build_main("(loop $again (br $again))")


def with_block(*lines: str, chain: str = CHAIN) -> str:
    keys = "".join(f"    {line}\n" for line in lines)
    return chain + CASE.replace(BLOCK, BLOCK + keys)


def run(folder: Path, text: str, script: bytes, **options: object) -> ScoutFileResult:
    text = text.partition("deposit_receipts")[0]
    return run_text(folder, text, ScoutOptions(**options), script=script)  # type: ignore[arg-type]  # named options


def test_load_file_of_the_dialect_reads_every_key_without_warnings(tmp_path: Path) -> None:
    text = with_block("slot: 7", f"beacon_root: {'cd' * 32}", f"crosslinks: {{2: {'ef' * 32}}}")

    file = load_text(tmp_path, text.replace("shard_count: 4", "shard_count: 4\n  max_ticks: 5"))

    assert file.warnings == ()
    assert (file.chain.shard, file.chain.shard_count, file.chain.limits) == (1, 4, {"max_ticks": 5})
    (block,) = file.blocks
    assert tuple(block.context) == (7, b"\xcd" * 32, {2: b"\xef" * 32})


def test_load_file_of_the_dialect_without_context_has_zeros(tmp_path: Path) -> None:
    file = load_text(tmp_path, with_block())

    assert tuple(file.blocks[0].context) == (0, bytes(32), {})


def test_load_file_of_another_dialect_warns_as_ever(tmp_path: Path) -> None:
    file = load_text(tmp_path, with_block("slot: what others mean by it", chain=""))

    assert not file.chain.is_given
    (warning,) = file.warnings
    assert "shard_blocks[0].slot: unknown key, ignored" in warning


def test_load_file_of_the_dialect_warns_of_unknown_keys(tmp_path: Path) -> None:
    file = load_text(tmp_path, with_block("slots: 7", chain=CHAIN + "  max_fule: 3\n"))

    assert [warning.partition("case.yaml:")[2] for warning in file.warnings] == [
        "4: shardlab.max_fule: unknown key, ignored",
        "14: shard_blocks[0].slots: unknown key, ignored",
    ]


@pytest.mark.parametrize(
    ("chain", "problem"),
    [
        ("shardlab: 5\n", "1: shardlab: keys are expected here"),
        ("shardlab: {shard: 0}\n", "1: shardlab.shard_count: missing key"),
        ("shardlab: {shard_count: 2}\n", "1: shardlab.shard: missing key"),
        (
            "shardlab: {shard: 2, shard_count: 2}\n",
            "1: shardlab.shard: 2 is no shard: shard_count is 2",
        ),
        ("shardlab: {shard: -1, shard_count: 2}\n", "1: shardlab.shard: a decimal number"),
        ("shardlab: {shard: 0, shard_count: 4097}\n", "4097 is larger than 4096"),
        (CHAIN + "  max_fuel: lots\n", "4: shardlab.max_fuel: a decimal number is expected"),
        (CHAIN + "  max_memory_pages: 65537\n", "65537 is larger than 65536"),
        (
            CHAIN + "  unsaved_post_state: kept\n",
            "4: shardlab.unsaved_post_state: one of zero, keep, trap is expected, not 'kept'",
        ),
        (CHAIN + "  bls: none\n", "one of real, fast, insecure is expected, not 'none'"),
        (CHAIN + "  prime_field: []\n", "shardlab.prime_field: text is expected, not a list"),
        (
            CHAIN + "  deposit_min_timestamp: yes\n",
            "shardlab.deposit_min_timestamp: true or false is expected, not 'yes'",
        ),
    ],
)
def test_load_file_with_a_malformed_chain_names_file_and_key(
    chain: str, problem: str, tmp_path: Path
) -> None:
    message = fail_to_load(tmp_path, chain + CASE)

    assert message.startswith("case.yaml:")
    assert problem in message


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("slot: soon", "shard_blocks[0].slot: a decimal number is expected, not 'soon'"),
        ("slot: [1]", "shard_blocks[0].slot: text is expected, not a list"),
        ("beacon_root: abcd", "shard_blocks[0].beacon_root: 32 bytes of hex are expected, not 2"),
        ("crosslinks: [1]", "shard_blocks[0].crosslinks: keys are expected here, not a list"),
        (
            f"crosslinks: {{4: {'ef' * 32}}}",
            "shard_blocks[0].crosslinks.4: 4 is no shard: shard_count is 4",
        ),
        (
            f"crosslinks: {{x: {'ef' * 32}}}",
            "shard_blocks[0].crosslinks.x: a decimal number is expected, not 'x'",
        ),
        ("crosslinks: {2: xy}", "shard_blocks[0].crosslinks.2: 'x' is no hex digit"),
    ],
)
def test_load_file_with_a_malformed_block_names_file_and_key(
    line: str, problem: str, tmp_path: Path
) -> None:
    message = fail_to_load(tmp_path, with_block(line))

    assert message.startswith("case.yaml:13: ")
    assert problem in message


def test_load_file_with_timestamps_needs_one_a_deposit(tmp_path: Path) -> None:
    chain = CHAIN + "  deposit_min_timestamp: true\n"

    message = fail_to_load(tmp_path, chain + CASE)
    file = load_text(tmp_path, chain + CASE + "    min_timestamp: 12\n")

    assert "deposit_receipts[0].min_timestamp: missing key" in message
    assert file.deposits[0].min_timestamp == 12
    assert file.warnings == ()


def test_run_file_with_crosslinks_for_later_blocks_keeps_earlier_ones(tmp_path: Path) -> None:
    """A root stays known until a block lists another one."""

    def run_blocks(*crosslinks: str) -> str:
        blocks = "".join(f"{BLOCK}    crosslinks: {each}\n" for each in crosslinks)
        ran = run(tmp_path, CHAIN + CASE.replace(BLOCK, blocks), SEES_EVERYTHING)
        (difference,) = ran.differences
        return difference

    one, two = "ab" * 32, "cd" * 32
    assert run_blocks(f"{{0: {one}}}", "{}") == run_blocks(f"{{0: {one}}}", f"{{0: {one}}}")
    assert run_blocks(f"{{0: {one}}}", "{}") != run_blocks(f"{{0: {one}}}", f"{{0: {two}}}")


@pytest.mark.parametrize(
    ("unsaved", "said"),
    [("trap", "trapped:unsaved_post_state"), ("keep", ""), ("zero", f"got {'00' * 32}")],
)
def test_run_file_says_what_becomes_of_unsaved_states(
    unsaved: str, said: str, tmp_path: Path
) -> None:
    ran = run(tmp_path, f"{CHAIN}  unsaved_post_state: {unsaved}\n{CASE}", STATELESS)

    assert ran.passed is not bool(said)
    assert said in "".join(ran.differences)


def test_run_file_can_lower_the_fuel_but_not_raise_it(tmp_path: Path) -> None:
    raised = run(tmp_path, f"{CHAIN}  max_fuel: 10000000000000\n{CASE}", LOOP, max_fuel=Fuel(10**6))
    lowered = run(tmp_path, f"{CHAIN}  max_fuel: 3\n{CASE}", KEEP)

    assert "out_of_fuel" in raised.differences[0]
    assert "out_of_fuel" in lowered.differences[0]


def test_run_files_keep_their_limits_to_themselves(tmp_path: Path) -> None:
    limited = run(tmp_path, f"{CHAIN}  max_fuel: 3\n{CASE}", KEEP)
    after = run(tmp_path, CASE, KEEP)

    assert (limited.passed, after.passed) == (False, True)
