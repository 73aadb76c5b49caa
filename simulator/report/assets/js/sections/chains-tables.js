/* What the lanes draw, as tables: deposits, blocks, crosslinks, and what was told. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;

  const DEPOSITS = [
    { key: "number", label: "deposit", kind: "number" },
    { key: "from", label: "from shard", kind: "number" },
    { key: "to", label: "to shard", kind: "number" },
    { key: "gwei", label: "amount", kind: "eth", csv: "gwei" },
    { key: "route", label: "route" },
    { key: "state", label: "state" },
    { key: "created", label: "asked for", kind: "number" },
    { key: "pushed", label: "pushed", kind: "number" },
    { key: "latency", label: "latency, slots", kind: "number", csv: "latency_slots" },
    { key: "proofs", label: "proofs", kind: "bytes", csv: "proof_bytes", format: (size) => (size ? format.bytes(size) : "–") },
  ];

  const CROSSLINKS = [
    { key: "slot", label: "slot", kind: "number" },
    { key: "shard", label: "shard", kind: "number" },
    { key: "start", label: "first slot covered", kind: "number" },
    { key: "end", label: "last slot covered", kind: "number" },
    { key: "blocks", label: "blocks", kind: "number" },
    { key: "root", label: "shard state root", kind: "mono", format: (root) => format.root(root) },
    { key: "undone", label: "orphaned in slot", kind: "number", format: (slot) => slot || "–" },
  ];

  const STORIES = [
    { key: "slot", label: "slot", kind: "number" },
    { label: "chain", value: (row) => format.lane(row.lane) },
    { key: "text", label: "what happened" },
  ];

  /* Rows know their lane and slot; the block itself is looked up when a column is read. */
  const readBlocks = (data) => {
    const read = (name) => (row) => data.block(row.lane, row.slot).read(name);
    return [
      { key: "slot", label: "slot", kind: "number" },
      { label: "chain", value: (row) => format.lane(row.lane) },
      { label: "outcome", value: (row) => lab.chainsOutcomes[row.outcome].label },
      { label: "script", value: (row) => data.block(row.lane, row.slot).script },
      { label: "proposer", value: read("proposer"), kind: "number" },
      { label: "size", value: read("size"), kind: "bytes", csv: "size_bytes" },
      { label: "data", value: read("data"), kind: "bytes", csv: "data_bytes" },
      { label: "fuel", value: read("fuel"), kind: "number" },
      { label: "host calls", value: read("calls"), kind: "number" },
      { label: "deposits pushed", value: (row) => data.pushes(row.lane, row.slot), kind: "number" },
      { label: "rule", value: (row) => { const block = data.block(row.lane, row.slot); return block.refused || block.noop; } },
      { label: "block root", value: read("root"), kind: "mono", format: (root) => (root ? format.root(root) : "–") },
    ];
  };

  function listBlocks(data, passes) {
    const rows = [];
    for (let slot = 1; slot <= data.slots; slot += 1) {
      for (let lane = 0; lane < data.lanes; lane += 1) {
        const outcome = data.outcome(lane, slot, data.slots);
        if (outcome && passes(lane, slot, outcome)) rows.push({ lane, slot, outcome });
      }
    }
    return rows;
  }

  /* A table that is made when it is first opened, and made anew when the filters change. */
  function fold(title, options, getRows) {
    const host = el("div");
    let table = null;
    const refresh = () => {
      if (!node.open) return;
      if (table) table.update(getRows());
      else table = lab.table(host, { caption: title, pageSize: 15, search: true, rows: getRows(), ...options });
    };
    const node = el("details", { class: "card pad fold", ontoggle: refresh }, el("summary", {}, title), host);
    return { node, refresh };
  }

  lab.chainsTables = (data, label, { passes, pickBlock, pickDeposit }) => {
    const { model, words } = data;
    const blocks = fold("All blocks as a table", {
      name: `${label}-blocks`, columns: readBlocks(data), onrow: (row) => pickBlock(row.lane, row.slot),
    }, () => listBlocks(data, passes));
    const crosslinks = fold("All crosslinks as a table", {
      name: `${label}-crosslinks`, columns: CROSSLINKS, onrow: (row) => pickBlock(0, row.slot),
    }, () => lab.records(model.crosslinks));
    const stories = fold("Scripts, faults and refusals as a table", {
      name: `${label}-events`, columns: STORIES, onrow: (row) => pickBlock(row.lane, row.slot),
    }, () => lab.records(model.stories).map((row) => ({ ...row, text: words[row.text] })));

    const depositsHost = el("div");
    const all = data.deposits.length + model.left_out;
    const card = el("article", { class: "card pad" }, el("h3", {}, "Deposits"),
      model.left_out > 0 && el("p", { class: "figure-note" },
        `The first ${format.number(data.deposits.length)} of ${format.number(all)}; shardlab follow tells of the others.`),
      depositsHost);
    if (all) {
      lab.table(depositsHost, {
        name: `${label}-deposits`, caption: "Deposits", rows: data.deposits, columns: DEPOSITS, pageSize: 10,
        search: true, onrow: pickDeposit,
      });
    }
    return {
      nodes: [all > 0 && card, el("div", { class: "folds" }, blocks.node, crosslinks.node, stories.node)],
      refilter: blocks.refresh,
    };
  };
})();
