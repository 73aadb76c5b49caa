"""Beacon proposers: they fill a block from the pool, sign it, and learn what became of it.

An honest proposer tries every operation on a working copy and leaves out what fails; trying a
registration, it validates the code where the placement makes others do so. A careless one
includes registrations as they arrive.

Source:
    PROTOCOL 3 and 7 (honest proposers check before they include).
"""

from dataclasses import dataclass, field
from typing import Final

from chain.beacon import process_beacon_block
from chain.bls import compute_signing_root, sign
from chain.committees import get_beacon_proposer
from chain.constants import DOMAIN_BEACON_BLOCK, DOMAIN_REGISTRATION, ZERO_ROOT, ZERO_SIGNATURE
from chain.containers import (
    BeaconBlock,
    BeaconBlockBody,
    BeaconState,
    NewExecutionScript,
    NewValidator,
    SignedBeaconBlock,
    SignedCrosslink,
    TimestampedDepositData,
    ValidationReport,
    Withdrawal,
)
from chain.effects import Effect, ScriptChecked, ScriptRegistered
from chain.encoding import encode
from chain.errors import InvalidBeaconBlock, InvalidOperation
from chain.operations import (
    process_new_execution_script,
    process_new_validator,
    process_validation_report,
    process_withdrawal,
)
from chain.operations.claims import Registry
from chain.types import Root, ValidatorIndex
from simulator.actors.committees import ShardCommittees
from simulator.actors.operation_pool import (
    OperationPool,
    WaitingClaim,
    WaitingRegistration,
    WaitingWithdrawal,
)
from simulator.actors.owners import ValidatorOwners
from simulator.actors.reporters import Reporters
from simulator.actors.state_provider import StateProvider
from simulator.world import World

_POSTPONING: Final = frozenset({"deposit_too_early", "script_pending"})
"""Why a claim may fail now and not later."""

_EMPTY_BODY: Final = BeaconBlockBody.create(
    crosslinks=(),
    new_execution_scripts=(),
    new_validators=(),
    withdrawals=(),
    validation_reports=(),
)

_STRANDING: Final = "script_called_back"


@dataclass(slots=True)
class ProposedBeaconBlock:
    """A block on its way to the chain, and which waiting operations it carries.

    Attributes:
        proposer: Who proposed it.
        encoded: SSZ of the signed block.
        root: The block's root.
        body: What the block carries.
        registrations: In the order of the body, as all the following.
        claims: See above.
        withdrawals: See above.
        claim_proofs: The claims as they are in the body.
        withdrawal_operations: The withdrawals as they are in the body.
        refused: Registrations that the proposer left out for good, with the broken rule.
    """

    proposer: ValidatorIndex
    encoded: bytes = b""
    root: Root = ZERO_ROOT
    body: BeaconBlockBody = _EMPTY_BODY
    registrations: list[WaitingRegistration] = field(default_factory=list)
    claims: list[WaitingClaim] = field(default_factory=list)
    withdrawals: list[WaitingWithdrawal] = field(default_factory=list)
    claim_proofs: list[NewValidator] = field(default_factory=list)
    withdrawal_operations: list[Withdrawal] = field(default_factory=list)
    refused: list[tuple[WaitingRegistration, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a registration would do.

    Attributes:
        state: The state that it leads to, or the one before if it fails.
        code: The rule it breaks, empty if none.
        costs_block: Whether that would invalidate its block.
        checks: Validations that it took.
    """

    state: BeaconState
    code: str
    costs_block: bool
    checks: tuple[ScriptChecked, ...]


class BeaconProposers:
    """All proposers of beacon blocks."""

    def __init__(
        self,
        world: World,
        pool: OperationPool,
        provider: StateProvider,
        committees: ShardCommittees,
        owners: ValidatorOwners,
        reporters: Reporters,
    ) -> None:
        """Know where operations come from."""
        self._world = world
        self._pool = pool
        self._provider = provider
        self._committees = committees
        self._owners = owners
        self._reporters = reporters

    def propose(self) -> ProposedBeaconBlock:
        """Build, sign and encode the block of the current slot."""
        world = self._world
        config = world.context.config
        proposer = get_beacon_proposer(world.beacon, world.slot, config)
        proposed = ProposedBeaconBlock(proposer)
        proposed.body = self._build_body(proposed)
        block = BeaconBlock.create(
            slot=world.slot,
            parent_root=world.beacon.latest_block_header.hash_tree_root,
            state_root=ZERO_ROOT,
            proposer_index=proposer,
            body=proposed.body,
        )
        block = block.evolve(state_root=self._compute_state_root(block))
        proposed.root = block.hash_tree_root
        secret = world.keys.get_secret(world.get_pubkey(proposer))
        message = compute_signing_root(proposed.root, DOMAIN_BEACON_BLOCK)
        signature = sign(config.bls, secret, message)
        proposed.encoded = encode(SignedBeaconBlock.create(message=block, signature=signature))
        return proposed

    def _compute_state_root(self, block: BeaconBlock) -> Root:
        """Return the root that the block leads to; a careless block leads nowhere."""
        try:
            state = process_beacon_block(self._world.beacon, block, self._world.context, [])
        except InvalidBeaconBlock:
            return self._world.beacon.hash_tree_root
        return state.hash_tree_root

    def _build_body(self, proposed: ProposedBeaconBlock) -> BeaconBlockBody:
        crosslinks: list[SignedCrosslink] = self._committees.build_crosslinks()
        registrations, state = self._take_registrations(proposed)
        draft = state.draft()
        claims = self._take_claims(draft, proposed)
        withdrawals = self._take_withdrawals(draft, proposed)
        reports = self._take_reports(draft)
        return BeaconBlockBody.create(
            crosslinks=crosslinks,
            new_execution_scripts=registrations,
            new_validators=claims,
            withdrawals=withdrawals,
            validation_reports=reports,
        )

    def _take_registrations(
        self, proposed: ProposedBeaconBlock
    ) -> tuple[list[NewExecutionScript], BeaconState]:
        """Return the registrations to include, and the state after those that were tried."""
        pool, state = self._pool.registrations, self._world.beacon
        limit = self._world.context.config.max_registrations_per_block
        is_careless = proposed.proposer in self._world.careless
        operations: list[NewExecutionScript] = []
        signed, repeated = set[Root](), list[WaitingRegistration]()
        while pool and len(operations) < limit:
            waiting = pool.popleft()
            operation = self._sign_registration(waiting)
            if operation.signing_root in signed:
                repeated.append(waiting)  # for the next slot, under another signature
                continue
            if not is_careless:
                trial = self._try_registration(state, operation)
                for checked in trial.checks:
                    self._world.charge_validation(checked, "proposer", [proposed.proposer])
                if trial.code:
                    proposed.refused.append((waiting, trial.code))
                    continue
                state = trial.state
            proposed.registrations.append(waiting)
            operations.append(operation)
            signed.add(operation.signing_root)
        pool.extendleft(reversed(repeated))
        return operations, state

    def _try_registration(self, state: BeaconState, operation: NewExecutionScript) -> _Trial:
        """Process a registration as importers will, on a working copy."""
        context = self._world.context
        effects: list[Effect] = []
        code, costs_block = "", False
        draft = state.draft()
        try:
            process_new_execution_script(draft, operation, context, effects)
        except InvalidOperation as error:
            code = str(error.values.get("rule", error.code))
            costs_block = context.placement.costs_block
        checks = tuple(effect for effect in effects if isinstance(effect, ScriptChecked))
        for effect in effects:
            if isinstance(effect, ScriptRegistered):
                code = effect.rule
        if context.placement.validates_at_registration and not code and not checks:
            # Others will validate later; whoever includes it looks now.
            checks = (context.checker.examine(operation.code),)
            code = checks[0].rule
        return _Trial(state if code else BeaconState.finish(draft), code, costs_block, checks)

    def _sign_registration(self, waiting: WaitingRegistration) -> NewExecutionScript:
        world = self._world
        pubkey = world.get_pubkey(waiting.sender)
        unsigned = NewExecutionScript.create(
            sender=waiting.sender,
            slot=world.slot,
            code=waiting.code,
            pubkey=pubkey,
            signature=ZERO_SIGNATURE,
        )
        message = compute_signing_root(unsigned.signing_root, DOMAIN_REGISTRATION)
        signature = sign(world.context.config.bls, world.keys.get_secret(pubkey), message)
        return unsigned.evolve(signature=signature)

    def _take_claims(self, draft: BeaconState, proposed: ProposedBeaconBlock) -> list[NewValidator]:
        if not self._pool.claims:
            return []
        context = self._world.context
        effects: list[Effect] = []
        registry = Registry(self._world.beacon.validators)
        postponed = []
        while self._pool.claims and len(proposed.claims) < context.config.max_claims_per_block:
            waiting = self._pool.claims.popleft()
            operation = self._build_claim(waiting)
            try:
                process_new_validator(draft, operation, registry, context, effects)
            except InvalidOperation as error:
                if error.code in _POSTPONING:
                    postponed.append(waiting)
                else:
                    self._reject_claim(waiting, error.code)
                continue
            proposed.claims.append(waiting)
            proposed.claim_proofs.append(operation)
        self._pool.claims.extend(postponed)
        return proposed.claim_proofs

    def _build_claim(self, waiting: WaitingClaim) -> NewValidator:
        pushed = waiting.proven.deposit
        deposit = pushed.deposit if isinstance(pushed, TimestampedDepositData) else pushed
        proof = self._provider.build_deposit_proof(waiting.proven, self._world.beacon)
        return NewValidator.create(executor=waiting.executor, deposit=deposit, proof=proof)

    def _reject_claim(self, waiting: WaitingClaim, code: str) -> None:
        """Give a claim up; what a script that was caught has pushed stays in its pool for ever."""
        if waiting.deposit is not None:
            step = "stuck" if code == _STRANDING else "rejected"
            self._world.advance_deposit(waiting.deposit, step, note=code)

    def _take_withdrawals(
        self, draft: BeaconState, proposed: ProposedBeaconBlock
    ) -> list[Withdrawal]:
        context = self._world.context
        effects: list[Effect] = []
        withdrawals = proposed.withdrawal_operations
        limit = context.config.max_withdrawals_per_block
        while self._pool.withdrawals and len(withdrawals) < limit:
            waiting = self._pool.withdrawals.popleft()
            target = self._world.scripts.find(waiting.script)
            if target is None:
                continue  # its script was called back before anything was paid
            operation = self._owners.build_withdrawal(waiting, target)
            try:
                process_withdrawal(draft, operation, context, effects)
            except InvalidOperation as error:
                if waiting.deposit is not None:
                    self._world.advance_deposit(waiting.deposit, "stuck", note=error.code)
                continue
            proposed.withdrawals.append(waiting)
            withdrawals.append(operation)
        return withdrawals

    def _take_reports(self, draft: BeaconState) -> list[ValidationReport]:
        """Return the reports that the placement takes: not the vote after the last one needed."""
        context = self._world.context
        effects: list[Effect] = []
        taken = []
        for report in self._reporters.build_reports():
            try:
                process_validation_report(draft, report, context, effects)
            except InvalidOperation:
                continue
            taken.append(report)
        return taken

    def put_back(self, proposed: ProposedBeaconBlock) -> list[tuple[WaitingRegistration, str]]:
        """Return a lost block's operations to the pool, except a script that it was lost for.

        Everybody has seen now that this one breaks a rule; nobody looked at those behind it.

        Returns:
            The script left out, with the rule it breaks; none if the block was lost otherwise.
        """
        self._pool.claims.extendleft(reversed(proposed.claims))
        self._pool.withdrawals.extendleft(reversed(proposed.withdrawals))
        refused = self._find_culprit(proposed)
        culprits = [waiting for waiting, _ in refused]
        kept = [waiting for waiting in proposed.registrations if waiting not in culprits]
        self._pool.registrations.extendleft(reversed(kept))
        return refused

    def _find_culprit(self, proposed: ProposedBeaconBlock) -> list[tuple[WaitingRegistration, str]]:
        state = self._world.beacon
        for waiting in proposed.registrations:
            trial = self._try_registration(state, self._sign_registration(waiting))
            if trial.costs_block:
                return [(waiting, trial.code)]
            state = trial.state
        return []
