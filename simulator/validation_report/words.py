"""The words of the report: what stands above the tables, and what follows from them.

Tests hold every sentence of the conclusion against the tables of the written page.

Source:
    Ours; the argument that is judged is the record's (PROTOCOL 7).
"""

from typing import Final

INTRODUCTION: Final = """\
<!-- Written by `make validation-report`. -->

# Where should scripts be validated?

Every scenario of `scenarios/validation` under all nine places of validation
([protocol.md](protocol.md#7-where-validation-happens)). Costs are modelled: bytes of code times the
rates of an engine profile, once for each distinct node and code hash. No clock is read. Numbers are
means with sample standard deviations over the seeds; a number that stands alone is the same under
every seed. Under `none` nobody validates, so it leads every cost and competes in no sentence.
"""

CONCLUSION: Final = """
## Where the argument holds, and where it does not

The record argues: validate on the beacon chain, because shards cannot share a mark. In what follows
"cheaper" means a lower `total`, and `none` is left out.

**It holds for scripts that every shard uses.** With one popular script, and with big scripts called
on all eight shards, each of the three beacon placements is cheaper than each of the three shard
placements. shard-lazy costs 1.25 times as much: each shard has four full nodes that are no
validators, and they validate too. Looking at every call costs over forty times as much as the
beacon chain with the popular script, and is the only cost that still grows from 0.4 to 0.8 calls a
slot. With more shards the cost of all three shard placements grows, that of no other: at 1,024
shards shard-lazy costs over three times as much as the beacon chain.

**It does not hold for scripts that few shards use.** With big scripts called on one shard, and with
many scripts on one shard each, shard-lazy is over six times cheaper than every beacon placement.
What decides is on how many shards a script is called: with the popular script shard-lazy is cheaper
than beacon-operation on one, two and four of eight shards, and dearer on all eight. shard-eager
gains nothing by that: it is dearer than all three beacon placements under every question.

**Against a flood it holds for what is left behind, not for what is spent.** In the flood
beacon-operation alone loses no block, of whatever kind, and keeps no dead code. But shard-lazy
spends less in total, wastes less, and gives an attacker less per ETH; the committee has the least
of all three. Under beacon-block the attack is free, and it alone loses beacon blocks. Where shards
validate, bad code stays in the state for good.

**It overlooks the third way.** A committee's verdict is a mark that shards share. Under every
question no placement but optimistic is cheaper than the committee, and beacon-operation is dearer
by a factor of at least three. Its cost does not grow with the number of validators, nor with shards
or calls. It costs waiting: its median until a script is usable is above all others but
beacon-deferred's. And it costs trust: with three seats in ten against it, a committee of four is
now and then wrong, and one of sixteen or thirty-two was not in any of these runs.

**Optimism is cheapest where no script is bad.** Under every question without bad scripts it is the
cheapest of all. In the flood it costs about twice as much as beacon-operation, and only shard-eager
is dearer; against the slower trickle under the rotating committee only the committee is cheaper.
Its cost grows with the share of bad scripts, more than fourfold from a tenth to nine tenths.

**Deferral spreads the work of all but whoever looks first.** Where proposers look before they
include, its peak is above that of beacon-operation under every budget, because the look comes in
one piece and the queue on top of it. Where nobody looks first the peak is the budget's: at 8,192
bytes a slot less than a fifth of beacon-operation's, and the last script waits over forty slots. In
no question does any placement but beacon-deferred and optimistic go over the budget of a slot.
"""
