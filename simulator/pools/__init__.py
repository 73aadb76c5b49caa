"""Pools: one function, many jobs, in several processes or on several machines.

A pool knows nothing of what the jobs are. It hands each to a worker, yields what came of it as
soon as it is known, and gives a job whose worker ended under it to another one.

Source:
    Ours.
"""

from simulator.pools.base import MAX_ATTEMPTS, Crash, Pool, attempt_job, describe_lost_job
from simulator.pools.local import LocalPool

__all__ = ["MAX_ATTEMPTS", "Crash", "LocalPool", "Pool", "attempt_job", "describe_lost_job"]
