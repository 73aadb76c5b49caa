"""SSZ branches and receipts' proofs, against branches cut out of remerkleable's trees."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

from chain.encoding import Container, encode
from chain.errors import InvalidProof
from chain.merkle import (
    build_element_branch,
    build_field_branch,
    compute_element_index,
    compute_field_index,
    concatenate,
    validate_branch,
)
from chain.receipts import build_script_branch, compute_script_index
from chain.types import GeneralizedIndex, Root
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.experiments.ssz import Pair, list_pairs
from tests.trust.ssz.declared import Declared
from tests.trust.ssz.ours import build_element, build_ours
from tests.trust.ssz.values import Draw, Kind, Plain, build_theirs
from tests.trust.trees.declared import Branch, find_branch
from tests.trust.trees.receipts import (
    DepositClaim,
    WithdrawalClaim,
    draw_deposit_claim,
    draw_withdrawal_claim,
)

_TAMPERED_EACH: Final = 4
_MOST_CHANGES: Final = 6
_CHUNK_BYTES: Final = 32


def _examine(cases: Cases, tally: Tally) -> None:
    for number in cases:
        rng = cases.make_rng(number)
        match number % 4:
            case 0:
                problems = _try_deposit(rng, draw_deposit_claim(rng), tally)
            case 1:
                problems = _try_withdrawal(rng, draw_withdrawal_claim(rng), tally)
            case _:
                pair, name = draw_field(rng)
                problems = _try_container(rng, pair, name, tally)
        for problem in filter(None, problems):
            tally.fail(number, problem)


def _try_deposit(rng: Random, claim: DepositClaim, tally: Tally) -> list[str]:
    kind = "timestamped deposit" if claim.is_timestamped else "deposit"
    tally.count(f"{kind} proven")
    return [
        compare_branches("deposit", claim.built, claim.due),
        *_try_claim(rng, "deposit", (claim.deposit, claim.proof), claim.accepts, tally),
    ]


def _try_withdrawal(rng: Random, claim: WithdrawalClaim, tally: Tally) -> list[str]:
    tally.count("withdrawal receipt proven")
    return [
        compare_branches("receipt", tuple(claim.proof.branch), claim.due),
        *_try_claim(rng, "withdrawal receipt", (claim.receipt, claim.proof), claim.accepts, tally),
    ]


def _try_claim(
    rng: Random,
    what: str,
    claim: tuple[Any, Any],
    accepts: Callable[[Any, Any], bool],
    tally: Tally,
) -> list[str]:
    """Show something with its proof, then either of them changed."""
    proven, proof = claim
    problems = []
    if not accepts(proven, proof):
        problems.append(f"refused {what} proof {encode(proof).hex()}")
    for _ in range(_TAMPERED_EACH):
        if rng.random() < 1 / 4:
            shown, shown_proof = tamper_container(rng, proven), proof
        else:
            shown, shown_proof = proven, tamper_container(rng, proof)
        if accepts(shown, shown_proof):
            problems.append(f"accepted {encode(shown).hex()} with {encode(shown_proof).hex()}")
        tally.count(f"changed {what} or its proof: refused")
    return problems


def compare_branches(what: str, built: tuple[bytes, ...], due: tuple[bytes, ...]) -> str:
    """Return at which sibling two branches part; empty if they do not."""
    if built == due:
        return ""
    pairs = enumerate(zip(built, due, strict=False))
    parting = next(
        (at for at, (ours, theirs) in pairs if ours != theirs), min(map(len, (built, due)))
    )
    return f"branch of a {what}: {len(built)} siblings, due {len(due)}, other from {parting} on"


def tamper_container(rng: Random, value: Any) -> Any:  # noqa: ANN401 - a container
    """Return a container with something in it changed, however deep."""
    name = rng.choice(type(value).get_field_names())
    old = getattr(value, name)
    if isinstance(old, int):
        new: Any = old ^ (1 << rng.choice([0, 1, 2, 6, 12, rng.randrange(64)]))
    elif isinstance(old, bytes):
        new = _flip(rng, old) if old else b"\x00"
    elif isinstance(old, Container):
        new = tamper_container(rng, old)
    else:
        new = _tamper_siblings(rng, tuple(old))
    return value.evolve(**{name: new})


def _tamper_siblings(rng: Random, siblings: tuple[bytes, ...]) -> tuple[bytes, ...]:
    at = rng.randrange(len(siblings))
    match rng.randrange(4):
        case 0:
            return siblings[:at] + siblings[at + 1 :]
        case 1:
            return (*siblings[:at], rng.randbytes(_CHUNK_BYTES), *siblings[at:])
        case _:
            return (*siblings[:at], _flip(rng, siblings[at]), *siblings[at + 1 :])


def _flip(rng: Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def draw_field(rng: Random) -> tuple[Pair, str]:
    """Draw a container's field; every other time one whose elements can be proven too."""
    fields = [(pair, name) for pair in list_pairs() for name in pair.ours.get_field_names()]
    if rng.random() < 1 / 2:
        fields = [
            (pair, name) for pair, name in fields if _fills_chunks(pair.theirs.fields()[name])
        ]
    return rng.choice(fields)


def _try_container(rng: Random, pair: Pair, name: str, tally: Tally) -> list[str]:
    """Change a container a few times, so that its trees are old and mended, and prove of it."""
    plain = Draw(rng).draw(pair.theirs)
    ours = build_ours(pair.ours, plain)
    for _ in range(rng.randint(0, _MOST_CHANGES)):
        ours = _change(rng, pair, ours, plain)
        # Whether a tree was hashed in between must not matter.
        if rng.random() < 1 / 2:
            ours.hash_tree_root  # noqa: B018 - hashes
    theirs = build_theirs(pair.theirs, plain)
    branch, due = build_field_proof(pair.ours, ours, name), find_branch(theirs, name)
    problems = [compare_proof(f"{pair.name}.{name}", branch, due)]
    declared = pair.theirs.fields()[name]
    if _fills_chunks(declared) and plain[name]:
        position = rng.randrange(len(plain[name]))
        branch = build_element_proof(pair, ours, name, position)
        due = find_branch(theirs, name, position)
        problems.append(compare_proof(f"{pair.name}.{name}[{position}]", branch, due))
        tally.count("element of a list or vector proven")
    for _ in range(_TAMPERED_EACH):
        tampered = tamper(rng, branch)
        is_true = tampered.is_true()
        if accepts(tampered) != is_true:
            problems.append(f"branch that is {is_true}: {tampered}")
        tally.count(f"changed branch that is {'still true' if is_true else 'wrong: refused'}")
    tally.count("field of a container proven")
    return problems


def _change(rng: Random, pair: Pair, ours: Container, plain: Plain) -> Container:
    """Replace a field, or one element of it, in both forms of a value."""
    name = rng.choice(pair.ours.get_field_names())
    kind: Kind = pair.ours.get_kind(name)
    declared = pair.theirs.fields()[name]
    if not isinstance(plain[name], list):
        fresh = Draw(rng).draw(pair.theirs)[name]
        plain[name] = fresh
        return ours.evolve(**{name: build_element(kind, fresh)})
    element = Draw(rng).draw(declared.element_cls())
    built = build_element(kind.element_sedes, element)
    position = rng.randint(0, len(plain[name]))
    elements = getattr(ours, name)
    if position < len(plain[name]):
        plain[name][position] = element
        return ours.evolve(**{name: elements.set(position, built)})
    if not hasattr(declared, "limit") or position >= declared.limit():
        return ours
    plain[name].append(element)
    return ours.evolve(**{name: elements.append(built)})


def build_field_proof(kind: type[Container], ours: Container, name: str) -> Branch:
    """Return the branch from a field to its container's root, as we build it."""
    return Branch(
        ours.get_field_root(name),
        tuple(build_field_branch(ours, name)),
        compute_field_index(kind, name),
        ours.hash_tree_root,
    )


def build_element_proof(pair: Pair, ours: Container, name: str, position: int) -> Branch:
    """Return the branch from an element of a list or vector to its container's root."""
    if (pair.name, name) == ("ShardState", "exec_env_states"):
        return _build_script_proof(ours, position)
    declared, elements = pair.theirs.fields()[name], getattr(ours, name)
    in_list = hasattr(declared, "limit")
    limit = declared.limit() if in_list else declared.vector_length()
    element = elements[position]
    inside = compute_element_index(limit, position, in_list=in_list)
    return Branch(
        element if isinstance(element, bytes) else element.hash_tree_root,
        (
            *build_element_branch(elements, limit, position, in_list=in_list),
            *build_field_branch(ours, name),
        ),
        concatenate(compute_field_index(pair.ours, name), inside),
        ours.hash_tree_root,
    )


def _build_script_proof(state: Any, env: Any) -> Branch:  # noqa: ANN401 - of a shard
    return Branch(
        state.exec_env_states[env],
        tuple(build_script_branch(state, env)),
        compute_script_index(env),
        state.hash_tree_root,
    )


def compare_proof(what: str, built: Branch, due: Branch) -> str:
    """Return what is wrong with a branch; empty if nothing is."""
    if built != due:
        return f"{what}: {built}, due {due}"
    return "" if accepts(built) else f"{what}: refused {built}"


def accepts(branch: Branch) -> bool:
    """Tell whether a branch is taken to lead from its leaf to its root."""
    siblings = tuple(map(Root, branch.siblings))
    index, root = GeneralizedIndex(branch.index), Root(branch.root)
    try:
        validate_branch(Root(branch.leaf), siblings, index, root)
    except InvalidProof:
        return False
    return True


def tamper(rng: Random, branch: Branch) -> Branch:
    """Return another branch."""
    match rng.randrange(4):
        case 0:
            return replace(branch, leaf=_flip(rng, branch.leaf))
        case 1:
            return replace(branch, root=_flip(rng, branch.root))
        case 2:
            return replace(branch, siblings=_tamper_siblings(rng, branch.siblings))
        case _:
            level = rng.randrange(len(branch.siblings))
            return replace(branch, index=branch.index ^ (1 << level))


def _fills_chunks(declared: Declared) -> bool:
    """Tell whether a type is a list or vector whose elements have a chunk each."""
    if not hasattr(declared, "element_cls") or not hasattr(declared, "is_packed"):
        return False
    element = declared.element_cls()
    is_chunk = element.is_fixed_byte_length() and element.type_byte_length() == _CHUNK_BYTES
    return not declared.is_packed() and (is_chunk or hasattr(element, "fields"))


EXPERIMENTS: Final = (
    Experiment(
        name="proof_reference",
        section=Section.ORACLES,
        claim="Branches and receipts' proofs are those of remerkleable's trees, and no others.",
        method=(
            "Fields and elements of every container after random changes, deposits with and "
            "without a time, and withdrawal receipts, against recent and historical states: "
            "indices, leaves and siblings one by one. Then each with something changed in leaf, "
            "branch, index, root, or anywhere in the receipt or its proof."
        ),
        unit="proofs",
        full=10_000,
        quick=200,
        examine=_examine,
    ),
)
