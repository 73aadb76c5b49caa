/* What happened in a slot and why, in sentences. A sentence is {tone, parts}: a part is a string, or
 * {text, deposit} or {text, lane, slot} for what can be chosen. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { format } = lab;
  const FEW = 8;

  const STEPS = {
    pushed: "was pushed: the script took its ETH in and wrote it down as leaving",
    committed: "is committed to: the shard's new state holds its receipt",
    crosslinked: "reached the beacon chain: a crosslink covers its block",
    claimed: "was claimed: its receipt became a validator on the beacon chain",
    active: "is a validator now",
    exited: "left as a validator, and waits to be withdrawn",
    withdrawn: "was withdrawn: the beacon chain wrote a receipt for the script to credit",
    delivered: "was delivered: a block brought it in, with its proof",
    settled: "settled: its ETH can be used",
    rejected: "was rejected",
    reverted: "was set back, because a block on its way was called back",
    expired: "expired on its way",
    returned: "went back to its sender",
    stuck: "is stuck: what it waits for cannot come in",
  };

  const list = (items) => (items.length < 2 ? items.join("")
    : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`);

  /* nameShards([0, 1, 2, 5]) -> "shards 0 to 2 and 5"; how many where naming them would not help. */
  function nameShards(shards) {
    const sorted = [...shards].sort((a, b) => a - b);
    const runs = [];
    for (const shard of sorted) {
      const last = runs[runs.length - 1];
      if (last && shard === last[1] + 1) last[1] = shard;
      else runs.push([shard, shard]);
    }
    const texts = runs.map(([first, last]) => (first === last ? `${first}`
      : last === first + 1 ? `${first}, ${last}` : `${first} to ${last}`));
    if (texts.length > FEW) return format.plural(sorted.length, "shard");
    return `${sorted.length === 1 ? "shard" : "shards"} ${list(texts)}`;
  }

  function tellBeacon(data, slot) {
    const block = data.block(0, slot);
    if (!block) return [{ tone: "bad", parts: ["The beacon chain has no block in this slot."] }];
    if (block.refused) return []; // told by its refusal
    const held = [["crosslinks", "crosslink"], ["registrations", "registration"], ["claims", "claim"],
      ["withdrawals", "withdrawal"], ["reports", "report"]]
      .map(([name, one]) => [block.read(name), one])
      .filter(([count]) => count)
      .map(([count, one]) => format.plural(count, one));
    return [{ tone: "plain", parts: [
      { text: "The beacon chain", lane: 0, slot },
      ` accepted the block of validator ${block.proposer}, ${format.bytes(block.read("size"))}: `,
      held.length ? `${list(held)}.` : "it carries no operations.",
    ] }];
  }

  function tellBlock(data, block) {
    const pushed = data.pushes(block.lane, block.slot);
    return { tone: "plain", parts: [
      { text: `Shard ${block.lane - 1}`, lane: block.lane, slot: block.slot },
      ` accepted the block of validator ${block.proposer}: ${block.script} ran on `,
      `${format.bytes(block.read("data"))} of data with ${format.number(block.read("fuel"))} fuel`,
      pushed ? `, and pushed ${format.plural(pushed, "deposit")}.` : ".",
    ] };
  }

  function tellShards(data, slot) {
    const { at, model } = data;
    const accepted = [];
    const busy = new Set();
    for (let position = at.blocks[slot]; position < at.blocks[slot + 1]; position += 1) {
      const block = data.block(model.blocks.lane[position], slot);
      busy.add(block.lane - 1);
      if (!block.refused && !block.noop) accepted.push(block);
    }
    const told = accepted.length <= FEW ? accepted.map((block) => tellBlock(data, block)) : [tellMany(data, accepted)];
    const idle = Array.from({ length: data.shards }, (_, shard) => shard).filter((shard) => !busy.has(shard));
    if (idle.length) {
      const all = idle.length === data.shards && idle.length > 1;
      const where = all ? "any shard" : nameShards(idle);
      told.push({ tone: "quiet", parts: [`No block on ${where}: nobody had anything for ${idle.length === 1 ? "it" : "them"}.`] });
    }
    return told;
  }

  function tellMany(data, blocks) {
    const sum = (name) => blocks.reduce((total, block) => total + block.read(name), 0);
    const scripts = [...new Set(blocks.map((block) => block.script))];
    const pushed = blocks.reduce((total, block) => total + data.pushes(block.lane, block.slot), 0);
    return { tone: "plain", parts: [
      `${format.capital(nameShards(blocks.map((block) => block.lane - 1)))} accepted a block each: `,
      `${list(scripts)} ran on ${format.bytes(sum("data"))} of data with ${format.number(sum("fuel"))} fuel`,
      pushed ? `, and pushed ${format.plural(pushed, "deposit")}.` : ".",
    ] };
  }

  function tellCrosslinks(data, slot) {
    const { crosslinks } = data.model;
    const positions = [];
    for (let position = data.at.crosslinks[slot]; position < data.at.crosslinks[slot + 1]; position += 1) positions.push(position);
    if (!positions.length) return [];
    const blocks = positions.reduce((sum, position) => sum + crosslinks.blocks[position], 0);
    const covered = positions.length === 1
      ? `its slots ${crosslinks.start[positions[0]]} to ${crosslinks.end[positions[0]]}, ` : "";
    return [{ tone: "plain", parts: [
      `The beacon chain learned of ${nameShards(positions.map((position) => crosslinks.shard[position]))}: `,
      `${covered}${format.plural(blocks, "block")}. Scripts elsewhere can now prove what happened there.`,
    ] }];
  }

  function tellSteps(data, slot) {
    const steps = data.stepsIn(slot);
    if (steps.length <= 2 * FEW) return steps.map(tellStep);
    const groups = new Map();
    for (const step of steps) groups.set(step.name, (groups.get(step.name) || 0) + 1);
    return [...groups].map(([name, count]) => ({ tone: tone(name), parts: [`${format.plural(count, "deposit")}: ${name}.`] }));
  }

  const tone = (name) => (name === "settled" ? "good"
    : ["rejected", "reverted", "expired", "stuck"].includes(name) ? "bad" : "plain");

  function tellStep({ deposit, name, proof, note }) {
    const why = note && ["rejected", "reverted", "expired", "stuck"].includes(name) ? ` (${note})` : "";
    const proven = proof ? ` Its proof took ${format.bytes(proof)}.` : "";
    return { tone: tone(name), parts: [
      { text: `Deposit ${deposit.number}`, deposit },
      ` of ${format.ethShort(deposit.gwei)}, ${lab.chainsWords.way(deposit)}, ${STEPS[name] || name}${why}.${proven}`,
    ] };
  }

  function tellStories(data, slot) {
    const { stories } = data.model;
    const counts = new Map(); // alike ones are told once
    for (let position = data.at.stories[slot]; position < data.at.stories[slot + 1]; position += 1) {
      const text = data.words[stories.text[position]];
      const same = counts.get(text) || { tone: data.words[stories.tone[position]], times: 0 };
      counts.set(text, { ...same, times: same.times + 1 });
    }
    const told = [...counts].map(([text, { tone: kind, times }]) => ({
      tone: kind, parts: [times > 1 ? `${text} This happened ${format.number(times)} times.` : text],
    }));
    const limit = 3 * FEW;
    if (told.length <= limit) return told;
    return [...told.slice(0, limit), { tone: "quiet", parts: [`And ${told.length - limit} more of that kind.`] }];
  }

  lab.chainsWords = {
    STEPS,
    way: (deposit) => (deposit.route === "shard" || deposit.from === deposit.to
      ? `on shard ${deposit.from}` : `from shard ${deposit.from} to shard ${deposit.to}`),
    tell: (data, slot) => [
      { name: "Blocks", sentences: [...tellBeacon(data, slot), ...tellShards(data, slot)] },
      { name: "Scripts, faults and refusals", sentences: tellStories(data, slot) },
      { name: "Crosslinks", sentences: tellCrosslinks(data, slot) },
      { name: "Deposits", sentences: tellSteps(data, slot) },
    ].filter((group) => group.sentences.length),
    /* One cell in a few words, for the tooltip and the screen reader. */
    tellCell(data, lane, slot, now) {
      const where = `${format.capital(format.lane(lane))}, slot ${slot}`;
      const block = data.block(lane, slot);
      if (!block) return `${where}: no block`;
      const outcome = lab.chainsOutcomes[data.outcome(lane, slot, now)];
      const what = outcome.name === "undone" ? (lane === 0 ? "orphaned" : "reverted") : outcome.label;
      const why = block.refused ? ` (${block.refused})` : "";
      return `${where}: ${what}${why}, validator ${block.proposer}${block.script ? `, ${block.script}` : ""}`;
    },
  };
})();
