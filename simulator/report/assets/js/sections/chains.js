/* The chains: lanes with a playhead, filters, a panel in words, and tables of blocks and deposits. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, fill, format } = lab;
  const SPEEDS = [1, 2, 5, 10, 30, 100];
  const HELP = [["Space", "play or pause"], ["← →", "one slot back, one on"], ["Shift ← →", "ten slots"],
    ["Home End", "first slot, last slot"], ["↑ ↓", "choose a lane"], ["Enter", "open the block in the lane"],
    ["D", "follow the lane's next deposit in the slot"], ["+ −", "zoom"], ["0", "fit everything"],
    ["Esc", "close what is open"], ["?", "this help"]];

  function parseShards(text, shards) {
    const wanted = new Set();
    for (const piece of text.split(/[\s,]+/).filter(Boolean)) {
      const match = /^(\d+)(?:-(\d+))?$/.exec(piece);
      if (!match) return null;
      const last = Math.min(Number(match[2] ?? match[1]), shards - 1);
      for (let shard = Number(match[1]); shard <= last; shard += 1) wanted.add(shard);
    }
    return wanted;
  }

  function legendMark(outcome) {
    return el("span", { class: `mark mark-${outcome.name}`, "aria-hidden": "true" });
  }

  function helpDialog() {
    const dialog = el("dialog", { class: "card pad help", "aria-label": "Keys" });
    fill(dialog, el("div", { class: "panel-head" }, el("h3", {}, "Keys"),
      lab.button("Close", () => dialog.close(), { icon: "close", quiet: true })),
    el("dl", { class: "pairs" }, HELP.map(([keys, what]) =>
      [el("dt", {}, keys.split(" ").map((key) => [el("kbd", {}, key), " "])), el("dd", {}, what)])),
    el("p", { class: "figure-note" }, "They work where the lanes have the focus. Ctrl and wheel zoom, Shift and wheel or a drag move."));
    return dialog;
  }

  lab.section("chains", (host, run) => {
    const data = lab.chainsData(run);
    const state = {
      now: data.slots, cursor: { lane: 0 }, focused: false, block: null, deposit: null, playing: false,
      speed: 5, showCrosslinks: true, showDeposits: true, colors: lab.chainsColors(), passes: () => true,
      filter: { script: "", outcomes: new Set(lab.chainsOutcomes.map((each) => each.name)) },
    };
    const panel = el("aside", { class: "card chains-panel", "aria-label": "What happened" });
    const spoken = el("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
    const actions = { pickBlock, pickDeposit, close };
    const view = lab.chainsView(data, state, {
      onpick(place, deposit) {
        if (deposit) pickDeposit(deposit);
        else if (place.lane !== null) { state.cursor.lane = place.lane; pickBlock(place.lane, place.slot); }
      },
      onhover: (place, deposit) => (deposit
        ? `Deposit ${deposit.number}: ${format.ethShort(deposit.gwei)} ${lab.chainsWords.way(deposit)}, ${deposit.state}`
        : lab.chainsWords.tellCell(data, place.lane, place.slot, state.now)),
    });

    /* --- playing ------------------------------------------------------------------------- */
    const slider = el("input", { type: "range", min: 1, max: data.slots, value: data.slots, "aria-label": "Slot",
      oninput: () => goTo(Number(slider.value)) });
    const field = el("input", { type: "number", class: "input slot-field", min: 1, max: data.slots, "aria-label": "Slot number",
      onchange: () => goTo(Number(field.value) || 1) });
    const play = lab.button("Play", () => setPlaying(!state.playing), { icon: "play" });
    play.classList.add("primary");
    let clock = null;

    function goTo(slot) {
      state.now = Math.max(1, Math.min(data.slots, slot));
      view.show(state.now, state.focused ? state.cursor.lane : null);
      slider.value = state.now;
      field.value = state.now;
      slider.setAttribute("aria-valuetext", `slot ${state.now} of ${data.slots}`);
      drawPanel();
      view.draw();
      lab.emit("slot", state.now);
    }

    function setPlaying(playing) {
      window.clearInterval(clock);
      state.playing = playing;
      fill(play, lab.icon(playing ? "pause" : "play"));
      play.setAttribute("aria-label", playing ? "Pause" : "Play");
      play.title = playing ? "Pause" : "Play";
      if (!playing) return;
      if (state.now >= data.slots) goTo(1);
      clock = window.setInterval(() => (state.now >= data.slots ? setPlaying(false) : goTo(state.now + 1)), 1000 / state.speed);
    }

    const step = (by) => { setPlaying(false); goTo(state.now + by); };

    /* --- choosing ------------------------------------------------------------------------ */
    function pickBlock(lane, slot) {
      setPlaying(false);
      state.block = { lane, slot };
      state.cursor.lane = lane;
      goTo(slot);
      view.show(slot, lane);
    }

    function pickDeposit(deposit) {
      setPlaying(false);
      state.deposit = deposit;
      state.block = null;
      goTo(Math.max(1, deposit.end));
      view.show(Math.max(1, deposit.pushed || deposit.created));
      lab.emit("deposit", deposit.number);
    }

    function close() {
      if (state.block) state.block = null;
      else state.deposit = null;
      drawPanel();
      view.draw();
    }

    function drawPanel() {
      const parts = state.block ? lab.chainsBlockPanel(data, state.block, state.now, actions)
        : state.deposit ? lab.chainsDepositPanel(data, state.deposit, actions)
          : lab.chainsSlotPanel(data, state.now, actions);
      fill(panel, el("div", { class: "chains-panel-inner" }, parts,
        (state.block || state.deposit) && el("div", { class: "told-more" }, lab.chainsSlotPanel(data, state.now, actions))));
    }

    function speak() {
      spoken.textContent = lab.chainsWords.tellCell(data, state.cursor.lane, state.now, state.now);
    }

    /* --- keys ---------------------------------------------------------------------------- */
    function moveLane(by) {
      const rows = view.view.rows;
      const row = Math.max(0, Math.min(rows.length - 1, (view.view.rowOf.get(state.cursor.lane) ?? 0) + by));
      state.cursor.lane = rows[row];
      view.show(state.now, state.cursor.lane);
      view.draw();
    }

    function followNext() {
      const here = data.stepsIn(state.now, state.cursor.lane).map((each) => each.deposit);
      const distinct = [...new Set(here)];
      if (distinct.length) pickDeposit(distinct[(distinct.indexOf(state.deposit) + 1) % distinct.length]);
    }

    const KEYS = {
      " ": () => setPlaying(!state.playing),
      ArrowLeft: (event) => step(event.shiftKey ? -10 : -1),
      ArrowRight: (event) => step(event.shiftKey ? 10 : 1),
      ArrowUp: () => moveLane(-1),
      ArrowDown: () => moveLane(1),
      Home: () => step(-data.slots),
      End: () => step(data.slots),
      Enter: () => pickBlock(state.cursor.lane, state.now),
      Escape: close,
      d: followNext,
      "+": () => view.zoom(1.4),
      "=": () => view.zoom(1.4),
      "-": () => view.zoom(1 / 1.4),
      0: () => view.fit(),
      "?": () => help.showModal(),
    };

    const help = helpDialog();
    const stage = el("div", {
      class: "chains-stage", tabindex: "0", role: "application", "aria-roledescription": "lanes of blocks",
      "aria-label": `${format.plural(data.lanes, "lane")} of ${format.plural(data.slots, "slot")}. Arrows move, Enter opens a block, question mark shows all keys. The tables below hold the same.`,
      onfocus() { state.focused = stage.matches(":focus-visible"); speak(); view.draw(); },
      onblur() { state.focused = false; view.draw(); },
      onkeydown(event) {
        const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        state.focused = true;
        act(event);
        if (!state.playing) speak();
      },
    }, view.frame, view.strip);

    /* --- filters ------------------------------------------------------------------------- */
    function refilter() {
      const { script, outcomes } = state.filter;
      const word = script ? data.words.indexOf(script) : 0;
      const { blocks } = data.model;
      const shown = lab.chainsOutcomes.map((outcome) => outcomes.has(outcome.name));
      state.passes = (lane, slot, outcome) => {
        if (!shown[outcome]) return false;
        if (!word || lane === 0) return true;
        const position = data.find(lane, slot);
        return position < 0 || blocks.script[position] === word;
      };
      view.draw();
      tables.refilter();
    }

    const shardField = el("input", { type: "text", "aria-label": "Filter by shard", placeholder: "all, or 0-3, 7", size: 12, inputmode: "numeric",
      oninput() {
        const wanted = parseShards(shardField.value, data.shards);
        shardField.setAttribute("aria-invalid", String(wanted === null));
        if (wanted === null) return;
        const rows = Array.from({ length: data.lanes }, (_, lane) => lane)
          .filter((lane) => lane === 0 || !wanted.size || wanted.has(lane - 1));
        view.setRows(rows);
        tables.refilter();
      } });
    const scriptField = el("select", { "aria-label": "Filter by script", onchange() { state.filter.script = scriptField.value; refilter(); } },
      el("option", { value: "" }, "all scripts"), data.scripts.map((script) => el("option", { value: script }, script)));
    const outcomeChecks = lab.chainsOutcomes.map((outcome) => el("label", { class: "check" },
      el("input", { type: "checkbox", checked: true, onchange(event) {
        state.filter.outcomes[event.target.checked ? "add" : "delete"](outcome.name);
        refilter();
      } }), legendMark(outcome), outcome.label));
    const arcCheck = (label, key, mark) => el("label", { class: "check" },
      el("input", { type: "checkbox", checked: true, onchange(event) { state[key] = event.target.checked; view.draw(); } }),
      el("span", { class: `mark mark-${mark}`, "aria-hidden": "true" }), label);

    const tables = lab.chainsTables(data, run.facts.label, {
      passes: (lane, slot, outcome) => state.passes(lane, slot, outcome) && view.view.rowOf.has(lane),
      pickBlock(lane, slot) { pickBlock(lane, slot); board.scrollIntoView({ block: "start" }); },
      pickDeposit(deposit) { pickDeposit(deposit); board.scrollIntoView({ block: "start" }); },
    });

    /* --- putting it together ------------------------------------------------------------- */
    const speed = el("select", { "aria-label": "Slots per second", onchange() { state.speed = Number(speed.value); if (state.playing) setPlaying(true); } },
      SPEEDS.map((each) => el("option", { value: each, selected: each === state.speed }, `${each} a second`)));
    speed.className = "input";
    const controls = el("div", { class: "chains-controls no-print" },
      el("div", { class: "buttons" },
        lab.button("First slot", () => step(-data.slots), { icon: "first" }),
        lab.button("One slot back", () => step(-1), { icon: "back" }), play,
        lab.button("One slot on", () => step(1), { icon: "forward" }),
        lab.button("Last slot", () => step(data.slots), { icon: "last" }), speed),
      el("div", { class: "chains-slot" }, el("label", { class: "slot-label" }, "Slot ", field, ` of ${format.number(data.slots)}`), slider),
      el("div", { class: "buttons" },
        lab.button("Zoom out", () => view.zoom(1 / 1.4), { icon: "minus" }),
        lab.button("Zoom in", () => view.zoom(1.4), { icon: "plus" }),
        lab.button("Fit everything", () => view.fit(), { icon: "fit" }),
        lab.button("Keys", () => help.showModal(), { icon: "help" })));
    const filters = el("div", { class: "chains-filters" },
      el("div", { class: "checks" }, outcomeChecks),
      el("div", { class: "checks" }, arcCheck("crosslinks", "showCrosslinks", "crosslink"), arcCheck("deposits", "showDeposits", "deposit")),
      el("div", { class: "checks no-print" },
        el("label", { class: "field-inline" }, "Script ", scriptField),
        el("label", { class: "field-inline" }, "Shards ", shardField)));
    const board = el("div", { class: "chains-board" },
      el("div", { class: "card chains-card" }, controls, stage, filters), panel);
    fill(host, board, spoken, tables.nodes, help);
    view.setRows(Array.from({ length: data.lanes }, (_, lane) => lane));
    goTo(data.slots);
    lab.chains = { data, state, view, goTo };

    const unthemed = lab.on("theme", () => { state.colors = lab.chainsColors(); view.recolor(); });
    return () => { window.clearInterval(clock); unthemed(); view.dispose(); };
  });
})();
