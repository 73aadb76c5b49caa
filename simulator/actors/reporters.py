"""Validators that report about scripts, where the placement asks for it.

Source:
    PROTOCOL 7 (votes and challenges).
"""

from chain.bls import compute_signing_root, sign
from chain.constants import DOMAIN_REPORT, ZERO_SIGNATURE
from chain.containers import ValidationReport
from chain.placement import ReportDraft, Verdict
from chain.types import Root, ValidatorIndex
from simulator.world import World


class Reporters:
    """All validators in this role; who speaks is the placement's decision."""

    def __init__(self, world: World) -> None:
        """Watch a world."""
        self._world = world
        self._asked: set[tuple[ValidatorIndex, Root]] = set()

    def build_reports(self) -> list[ValidationReport]:
        """Return what validators have to say in this slot, signed."""
        context = self._world.context
        drafts = context.placement.decide_reports(
            self._world.beacon, self._check_as, context.config
        )
        limit = context.config.max_reports_per_block
        return [self._sign(draft) for draft in drafts[:limit]]

    def _check_as(self, validator: ValidatorIndex, code: bytes) -> Verdict:
        checked = self._world.context.checker.examine(code)
        if (validator, checked.code_hash) not in self._asked:
            self._asked.add((validator, checked.code_hash))
            role = self._world.context.placement.reporter_role
            self._world.charge_validation(checked, role, [validator])
        return Verdict(checked.rule, checked.offset)

    def _sign(self, draft: ReportDraft) -> ValidationReport:
        world = self._world
        unsigned = ValidationReport.create(
            reporter=draft.reporter,
            script=draft.script,
            slot=world.slot,
            data=draft.data,
            signature=ZERO_SIGNATURE,
        )
        message = compute_signing_root(unsigned.signing_root, DOMAIN_REPORT)
        secret = world.keys.get_secret(world.get_pubkey(draft.reporter))
        return unsigned.evolve(signature=sign(world.context.config.bls, secret, message))
