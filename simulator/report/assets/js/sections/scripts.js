/* The scripts: a sentence, their lives, what checking them took, and tables of all of it. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;

  const or = (text) => text || "–";
  const badge = (kind, text) => el("span", { class: `badge ${kind}` }, text);

  function tellState(row) {
    if (row.refused !== null && row.registered === null) return "refused";
    if (row.registered === null) return "waiting";
    if (row.code) return "invalid";
    if (row.condemned !== null) return "marked invalid";
    if (row.settled !== null) return "settled";
    return row.usable === null ? "being checked" : "usable";
  }

  const TONES = { refused: "bad", invalid: "bad", "marked invalid": "bad", usable: "good", settled: "good" };
  const VERDICTS = new Map([[1, "valid"], [0, "not valid"]]);

  const SCRIPTS = [
    { key: "name", label: "script" },
    { label: "state", value: tellState, format: (state) => badge(TONES[state] || "", state) },
    { key: "submitted", label: "submitted", kind: "number", csv: "submitted_slot" },
    { key: "sender", label: "by account", kind: "number" },
    { key: "bytes", label: "code", kind: "bytes", csv: "code_bytes" },
    { key: "registered", label: "registered", kind: "number", csv: "registered_slot" },
    { key: "index", label: "index", kind: "number", paper: false },
    { key: "fee", label: "fee", kind: "eth", csv: "fee_gwei" },
    { key: "usable", label: "usable from", kind: "number", csv: "usable_slot" },
    { label: "waited", kind: "number", csv: "slots_to_usable", value: (row) => (row.usable === null ? null : row.usable - row.submitted),
      format: (slots) => (slots === null ? "–" : format.slots(slots)) },
    { key: "calls", label: "calls", kind: "number" },
    { key: "noops", label: "without effect", kind: "number" },
    { key: "failed", label: "blocks refused", kind: "number" },
    { key: "dropped", label: "calls dropped", kind: "number" },
    { key: "fuel", label: "fuel", kind: "number", paper: false },
    { key: "marks", label: "marks", kind: "number" },
    { key: "mark", label: "last mark", kind: "mono", csv: "last_mark_hex", paper: false,
      format: (mark) => (mark ? `${mark.length > 18 ? `${mark.slice(0, 16)}…` : mark} (${format.bytes(mark.length / 2)})` : "–") },
    { label: "it says", value: (row) => VERDICTS.get(row.verdict) || "" },
    { key: "flaw", label: "really breaks", format: or },
    { key: "attack", label: "attack", format: or },
    { key: "code", label: "refused for", format: or },
    { key: "hash", label: "code hash", kind: "mono", csv: "code_sha256", paper: false, format: (hash) => format.root(hash) },
  ];

  const VALIDATIONS = (names) => [
    { label: "script", value: (row) => names[row.script] },
    { key: "role", label: "by" },
    { key: "place", label: "for" },
    { key: "first", label: "first slot", kind: "number" },
    { key: "last", label: "last slot", kind: "number" },
    { key: "nodes", label: "asked of nodes", kind: "number" },
    { key: "new_nodes", label: "paid for by", kind: "number" },
    { key: "seconds", label: "modelled seconds", kind: "number", csv: "modelled_seconds" },
    { key: "decoded", label: "bytes decoded", kind: "number" },
    { key: "functions", label: "functions", kind: "number" },
    { key: "instructions", label: "instructions", kind: "number" },
    { label: "found", value: (row) => row.rule || "valid", format: (found) => badge(found === "valid" ? "good" : "bad", found) },
  ];

  const FAILURES = (names) => [
    { label: "script", value: (row) => names[row.script] },
    { key: "what", label: "what" },
    { key: "code", label: "code", kind: "mono" },
    { label: "byte offset", kind: "number", csv: "byte_offset", value: (row) => (row.offset < 0 ? null : row.offset) },
    { key: "count", label: "times", kind: "number" },
    { key: "first", label: "first slot", kind: "number" },
    { key: "last", label: "last slot", kind: "number" },
    { key: "meaning", label: "which means" },
  ];

  function tell(model, rows) {
    const count = (test) => rows.filter(test).length;
    const refused = count((row) => ["refused", "invalid", "marked invalid"].includes(tellState(row)));
    const wrong = count((row) => row.flaw && row.usable !== null);
    const waits = rows.filter((row) => row.usable !== null && !row.flaw).map((row) => row.usable - row.submitted).sort((a, b) => a - b);
    const under = model.strategy ? `Under the placement ${model.strategy}, ` : "";
    const parts = [
      `${under}${format.plural(rows.length, "script")} ${rows.length === 1 ? "was" : "were"} submitted, ${format.number(count((row) => row.registered !== null))} registered, `
      + `${format.number(count((row) => row.usable !== null))} became usable and ${refused ? format.number(refused) : "none"} ${refused < 2 ? "was" : "were"} refused or found invalid.`,
    ];
    if (waits.length) parts.push(`Whoever sent valid code waited ${waits[0] === waits.at(-1) ? "" : `${waits[0]} to `}${format.slots(waits.at(-1))}.`);
    if (wrong) parts.push(`${format.plural(wrong, "script")} with a flaw became usable all the same.`);
    return format.capital(parts.join(" "));
  }

  function card(host, { title, note, look, ...options }) {
    const inner = el("div", { class: look });
    host.append(el("article", { class: "card scripts-card" }, el("h3", {}, title), note && el("p", {}, note), inner));
    lab.table(inner, { caption: title, pageSize: 12, ...options });
  }

  /* What the timeline needs of a script. */
  function readLives(rows, validations) {
    const first = new Map();
    validations.forEach((row) => first.set(row.script, Math.min(row.first, first.get(row.script) ?? Infinity)));
    return rows.map((row, position) => ({
      ...row, validated: first.get(position) ?? null,
      ended: row.registered === null ? row.refused : row.code ? row.registered : row.condemned,
    }));
  }

  lab.section("scripts", (host, run) => {
    const model = run.sections.scripts;
    const { label, slots } = run.facts;
    const rows = lab.records(model.scripts);
    if (!rows.length) {
      host.append(lab.emptyCard("No scripts", "Nobody submitted a script in this run: the scenario registers none, and has no adversary who does."));
      return null;
    }
    const names = rows.map((row) => row.name);
    const validations = lab.records(model.validations);
    const failures = lab.records(model.failures);
    const [lives, costs] = [el("div"), el("div")];
    host.append(el("p", { class: "scripts-lead" }, tell(model, rows)), lives, costs);
    if (model.left_out) host.append(el("p", { class: "notice" }, `${format.plural(model.left_out, "more script")} are not shown; the metrics count them.`));
    const figures = [lab.scriptsTimeline(lives, readLives(rows, validations), slots, label), ...lab.scriptsCosts(costs, model, label)];
    card(host, { title: "All scripts", note: "What each did and what is remembered about it. A mark is what the placement wrote down for everybody to read.",
      name: `${label}-scripts`, rows, columns: SCRIPTS, search: true });
    if (validations.length) {
      card(host, { title: "Who validated what", note: "A node pays for a piece of code once, unless the placement lets it forget. Seconds are modelled, the rest is counted: they are never added up.",
        name: `${label}-validations`, rows: validations, columns: VALIDATIONS(names) });
    }
    if (failures.length) {
      card(host, { title: "What failed", look: "scripts-failures", note: "Broken rules with the byte at which validating found them, refused blocks and dropped calls; alike ones together.",
        name: `${label}-failures`, rows: failures, columns: FAILURES(names), search: true });
    } else {
      host.append(lab.emptyCard("What failed", "Nothing: no code was refused, and every call of a script came into a block and ran to its end."));
    }
    return () => figures.forEach((figure) => figure.dispose());
  });
})();
