/* The chains model, indexed: which block stands in a cell, what happened in a slot, a deposit's steps. */
(() => {
  "use strict";
  const lab = window.shardlab;

  /* What became of a block; the order is also which one a crowded pixel shows: the later, the rather. */
  const OUTCOMES = [
    { name: "empty", label: "no block" },
    { name: "accepted", label: "accepted" },
    { name: "noop", label: "script not run" },
    { name: "undone", label: "reverted or orphaned" },
    { name: "rejected", label: "refused" },
  ];
  const [EMPTY, ACCEPTED, NOOP, UNDONE, REJECTED] = OUTCOMES.keys();

  /* Positions of records by slot, for columns in order of their slots: those of slot s are
   * offsets[s] to offsets[s + 1]. */
  function indexSlots(column, slots) {
    const offsets = new Int32Array(slots + 2);
    for (const slot of column) offsets[slot + 1] += 1;
    for (let slot = 1; slot < offsets.length; slot += 1) offsets[slot] += offsets[slot - 1];
    return offsets;
  }

  function readDeposits(model, slots) {
    const { deposits, steps, words } = model;
    const list = deposits.number.map((number, position) => ({
      position, number,
      script: words[deposits.script[position]], route: words[deposits.route[position]],
      from: deposits.from[position], to: deposits.to[position], gwei: deposits.gwei[position],
      created: deposits.created[position],
      sender: words[deposits.sender[position]], recipient: words[deposits.recipient[position]],
      steps: [],
    }));
    steps.slot.forEach((slot, position) => {
      list[steps.deposit[position]].steps.push({
        slot, lane: steps.lane[position], name: words[steps.step[position]],
        proof: steps.proof[position], beacon: steps.beacon[position],
        note: words[steps.note[position]], account: words[steps.account[position]],
        before: steps.before[position], after: steps.after[position],
      });
    });
    for (const deposit of list) measure(deposit, slots);
    return list;
  }

  /* As `shardlab follow` counts: from the last push, or from creation on one shard. */
  function measure(deposit) {
    const { steps } = deposit;
    const last = steps[steps.length - 1];
    const pushed = steps.filter((step) => step.name === "pushed");
    deposit.state = last ? last.name : "waiting";
    deposit.pushed = pushed.length ? pushed[pushed.length - 1].slot : null;
    deposit.since = deposit.route === "shard" || deposit.pushed === null ? deposit.created : deposit.pushed;
    deposit.latency = deposit.state === "settled" ? last.slot - deposit.since : null;
    deposit.proofs = steps.reduce((sum, step) => sum + step.proof, 0);
    deposit.end = last ? last.slot : deposit.created;
  }

  lab.chainsData = (run) => {
    const model = run.sections.chains;
    const { words, beacon, blocks, crosslinks, steps, stories } = model;
    const { slots, shards } = run.facts;
    const lanes = shards + 1;
    const width = slots + 1;
    const cells = new Int32Array(lanes * width); // 0: no block; else 1 + position in its table
    beacon.slot.forEach((slot, position) => { cells[slot] = position + 1; });
    blocks.slot.forEach((slot, position) => { cells[blocks.lane[position] * width + slot] = position + 1; });

    const data = {
      facts: run.facts, model, words, slots, lanes, shards, cells, width,
      deposits: readDeposits(model, slots),
      at: {
        blocks: indexSlots(blocks.slot, slots),
        crosslinks: indexSlots(crosslinks.slot, slots),
        steps: indexSlots(steps.slot, slots),
        stories: indexSlots(stories.slot, slots),
      },
      scripts: [...new Set(blocks.script)].map((word) => words[word]).sort(),
    };

    /* The position of the block in a cell, or -1. */
    data.find = (lane, slot) => (slot < 1 || slot > slots ? -1 : cells[lane * width + slot] - 1);

    /* What became of the block in a cell, as one knew at the end of slot `now`. */
    data.outcome = (lane, slot, now) => {
      const position = cells[lane * width + slot] - 1;
      if (position < 0) return EMPTY;
      const table = lane === 0 ? beacon : blocks;
      if (table.refused[position]) return REJECTED;
      if (table.undone[position] && table.undone[position] <= now) return UNDONE;
      return lane > 0 && blocks.noop[position] ? NOOP : ACCEPTED;
    };

    data.block = (lane, slot) => {
      const position = data.find(lane, slot);
      if (position < 0) return null;
      const table = lane === 0 ? beacon : blocks;
      const read = (name) => (name === "size" && lane > 0 ? table.frame[position] + table.data[position]
        : table[name] ? table[name][position] : undefined);
      return {
        lane, slot, position, read, proposer: read("proposer"), undone: read("undone"),
        script: lane > 0 ? words[read("script")] : "", refused: words[read("refused")],
        reason: words[read("reason")], noop: lane > 0 ? words[read("noop")] : "",
      };
    };

    /* Deposits that left a shard from each block. The block's own count knows those for the beacon chain only, and
     * the steps only the deposits that the page holds. */
    const pushes = Int32Array.from(blocks.deposits);
    const seen = new Int32Array(pushes.length);
    const PUSHED = words.indexOf("pushed");
    steps.slot.forEach((slot, position) => {
      const block = cells[steps.lane[position] * width + slot] - 1;
      const leaves = steps.step[position] === PUSHED && steps.lane[position] > 0 && data.deposits[steps.deposit[position]].route !== "shard";
      if (!leaves || block < 0 || blocks.refused[block]) return;
      seen[block] += 1;
      pushes[block] = Math.max(pushes[block], seen[block]);
    });
    data.pushes = (lane, slot) => (lane > 0 && data.find(lane, slot) >= 0 ? pushes[data.find(lane, slot)] : 0);

    /* Steps in a slot, all or of one lane: {deposit, step}. */
    data.stepsIn = (slot, lane = null) => {
      const found = [];
      for (let position = data.at.steps[slot]; position < data.at.steps[slot + 1]; position += 1) {
        if (lane !== null && steps.lane[position] !== lane) continue;
        const deposit = data.deposits[steps.deposit[position]];
        found.push({ deposit, name: words[steps.step[position]], lane: steps.lane[position],
          proof: steps.proof[position], note: words[steps.note[position]] });
      }
      return found;
    };
    return data;
  };
  lab.chainsOutcomes = OUTCOMES;
})();
