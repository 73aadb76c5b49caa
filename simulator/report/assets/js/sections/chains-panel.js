/* The panel beside the lanes: a slot in words, a block's contents, a deposit's life. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;

  const SYMBOLS = { good: "✓", bad: "!", plain: "·", quiet: "·" };

  function part(piece, actions) {
    if (typeof piece === "string") return piece;
    const choose = piece.deposit
      ? () => actions.pickDeposit(piece.deposit) : () => actions.pickBlock(piece.lane, piece.slot);
    return el("button", { type: "button", class: "link", onclick: choose }, piece.text);
  }

  const sentence = (told, actions) => el("li", { class: `tone-${told.tone}` },
    el("span", { class: "tone-mark", "aria-hidden": "true" }, SYMBOLS[told.tone]),
    el("span", {}, told.parts.map((piece) => part(piece, actions))));

  function tellQueues(data, slot) {
    const books = data.model.books;
    const at = (name) => books[name][slot - 1];
    const waiting = [["claim_queue", "receipt", "to be claimed"], ["withdrawal_queue", "validator", "to withdraw"],
      ["relay_queue", "transfer", "to leave"], ["delivery_queue", "arrival", "to be delivered"]]
      .filter(([name]) => at(name))
      .map(([name, what, end]) => `${format.plural(at(name), what)} ${end}`);
    const flight = at("in_flight") ? `${format.ethShort(at("in_flight"))} in flight` : "no ETH in flight";
    return `At its end: ${[flight, ...(waiting.length ? [`waiting: ${waiting.join(", ")}`] : [])].join("; ")}.`;
  }

  lab.chainsSlotPanel = (data, slot, actions) => {
    const groups = lab.chainsWords.tell(data, slot);
    return [
      el("h3", {}, `Slot ${slot}`, el("small", {}, ` after ${format.seconds(slot * data.facts.seconds_per_slot)}`)),
      groups.map((group) => el("div", { class: "told" },
        el("h4", {}, group.name), el("ul", {}, group.sentences.map((told) => sentence(told, actions))))),
      el("p", { class: "figure-note" }, tellQueues(data, slot)),
    ];
  };

  /* A root by its ends; chosen, it shows whole. */
  function fullRoot(data, hex) {
    if (!hex) return "";
    if (hex.length < 64) return el("code", {}, `0x${hex}…`);
    const short = `0x${hex.slice(0, 8)}…${hex.slice(-8)}`;
    return el("button", {
      type: "button", class: "root", title: `0x${hex}`, "aria-expanded": "false",
      onclick({ currentTarget: button }) {
        const whole = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!whole));
        button.textContent = whole ? short : `0x${hex}`;
      },
    }, short);
  }

  function blockRows(data, block) {
    const { read } = block;
    if (block.lane === 0) {
      return [["Proposer", `validator ${block.proposer}`], ["Block root", fullRoot(data, read("root"))],
        ["Size", block.refused ? "" : format.bytes(read("size"))],
        ...["crosslinks", "registrations", "claims", "withdrawals", "reports"]
          .map((name) => [format.capital(name), block.refused ? "" : format.number(read(name))])];
    }
    const ran = !block.refused;
    return [["Script", block.script], ["Proposer", `validator ${block.proposer}`],
      ["Block root", fullRoot(data, read("root"))], ["Script's state after", fullRoot(data, read("state"))],
      ["Built on beacon state", fullRoot(data, data.words[read("beacon")])],
      ["Size", ran ? format.bytes(read("size")) : ""], ["Data", ran ? format.bytes(read("data")) : ""],
      ["Fuel", format.number(read("fuel"))], ["Ticks", read("ticks") ? format.number(read("ticks")) : ""],
      ["Host calls", ran ? format.number(read("calls")) : ""], ["Deposits pushed", ran ? format.number(data.pushes(block.lane, block.slot)) : ""]];
  }

  function outcomeBadge(data, block, now) {
    const outcome = lab.chainsOutcomes[data.outcome(block.lane, block.slot, now)];
    const kind = { accepted: "good", rejected: "bad", undone: "bad" }[outcome.name] || "";
    const text = outcome.name === "undone"
      ? `${block.lane === 0 ? "orphaned" : "reverted"} in slot ${block.undone}` : outcome.label;
    return el("span", { class: `badge ${kind}` }, text);
  }

  lab.chainsBlockPanel = (data, place, now, actions) => {
    const where = `${format.capital(format.lane(place.lane))}, slot ${place.slot}`;
    const head = el("div", { class: "panel-head" }, el("h3", {}, where),
      lab.button("Close the block", actions.close, { icon: "close", quiet: true }));
    const block = data.block(place.lane, place.slot);
    if (!block) return [head, el("p", { class: "figure-note" }, "No block stands here.")];
    const steps = data.stepsIn(place.slot, place.lane);
    return [
      head, el("p", {}, outcomeBadge(data, block, now)),
      block.refused && el("p", {}, "Broken rule: ", el("code", {}, block.reason)),
      block.noop && el("p", {}, "The script did not run: ", el("code", {}, block.noop)),
      lab.pairs(blockRows(data, block)),
      steps.length > 0 && el("div", { class: "told" }, el("h4", {}, "Deposits in this block"),
        el("ul", {}, steps.slice(0, 60).map(({ deposit, name }) => el("li", {},
          el("button", { type: "button", class: "link", onclick: () => actions.pickDeposit(deposit) }, `Deposit ${deposit.number}`),
          ` ${name}, ${format.ethShort(deposit.gwei)}`)))),
    ];
  };

  function lifeStep(data, deposit, step, index, actions) {
    const before = index ? deposit.steps[index - 1].slot : deposit.created;
    const waited = step.slot - before;
    const account = step.account && `account 0x${step.account.slice(0, 10)}${step.before === null ? ""
      : ` ${format.ethShort(step.before)} → ${format.ethShort(step.after)}`}`;
    const notes = [step.note, account, step.proof && `proof ${format.bytes(step.proof)}`,
      step.beacon && `beacon operation ${format.bytes(step.beacon)}`].filter(Boolean);
    return el("li", {},
      el("button", { type: "button", class: "link", onclick: () => actions.pickBlock(step.lane, step.slot) }, `Slot ${step.slot}`),
      el("span", { class: "life-wait" }, waited ? `+${format.slots(waited)}` : "same slot"),
      el("div", {}, el("strong", {}, step.name), ` on the ${format.lane(step.lane)}`.replace("the shard", "shard"),
        notes.length > 0 && el("p", { class: "figure-note" }, notes.join(" · "))));
  }

  lab.chainsDepositPanel = (data, deposit, actions) => [
    el("div", { class: "panel-head" }, el("h3", {}, `Deposit ${deposit.number}`),
      lab.button("Close the deposit", actions.close, { icon: "close", quiet: true })),
    el("p", {}, `${format.eth(deposit.gwei)} ${lab.chainsWords.way(deposit)}, through ${deposit.script}`,
      deposit.route === "shard" ? "." : `, by the ${deposit.route} route.`),
    lab.pairs([
      ["State", el("span", { class: `badge ${deposit.state === "settled" ? "good" : ""}` }, deposit.state)],
      ["Asked for", `slot ${deposit.created}`],
      ["Latency", deposit.latency === null ? "" : `${format.slots(deposit.latency)}, ${format.seconds(deposit.latency * data.facts.seconds_per_slot)}`],
      ["Proofs", deposit.proofs ? format.bytes(deposit.proofs) : ""],
      ["Sender", deposit.sender && `0x${deposit.sender.slice(0, 16)}…`],
      ["Recipient", deposit.recipient && `0x${deposit.recipient.slice(0, 16)}…`],
    ]),
    el("ol", { class: "life" }, deposit.steps.map((step, index) => lifeStep(data, deposit, step, index, actions))),
    !deposit.steps.length && el("p", { class: "figure-note" }, "Nothing has happened to it yet."),
    el("p", { class: "figure-note" }, el("code", {}, `shardlab follow RUN ${deposit.number}`), " tells the same."),
  ];
})();
