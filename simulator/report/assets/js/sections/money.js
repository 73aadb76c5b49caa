/* The money: where all ETH is over time, on which shard, what flowed, and that none was made. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;
  const HEIGHT = 340;
  const MOST_SHARDS = 7;
  /* A shard has one colour in all diagrams; orange is for what is in flight. */
  const SHARD_COLORS = ["series-1", "series-3", "series-4", "series-7", "series-5", "series-6", "series-8"];
  lab.shardColor = (shard) => SHARD_COLORS[shard % SHARD_COLORS.length];

  /* From the bottom of the stack to its top. */
  const PLACES = [
    { key: "validators", label: "validators", color: "series-8" },
    { key: "accounts", label: "on shards", color: "series-1" },
    { key: "reserve", label: "reserve", color: "series-4" },
    { key: "in_flight", label: "in flight", color: "series-2" },
    { key: "funding", label: "funding pools", color: "series-5" },
    { key: "unclaimed", label: "unclaimed", color: "series-7" },
    { key: "burned", label: "burned", color: "series-6" },
  ];

  const eth = (gwei) => gwei / 1e9;
  const showEth = (value) => format.eth(Math.round(value * 1e9));
  const peak = (values) => values.reduce((most, value) => Math.max(most, value), 0);

  const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

  /* Labels at round numbers, wherever the first point at or after one lies. */
  function slotAxis(slots) {
    const step = STEPS.find((each) => slots.at(-1) / each <= 7) || 10000;
    const interval = (index) => index === 0 || Math.floor(slots[index] / step) !== Math.floor(slots[index - 1] / step);
    return { type: "category", data: slots, boundaryGap: false, name: "slot", nameLocation: "end", nameGap: 6, axisLabel: { interval } };
  }

  const ethAxis = () => ({ type: "value", axisLabel: { formatter: (value) => (value ? `${format.axis(value)} ETH` : "0") } });

  function band(theme, { label, color, values }) {
    return {
      name: label, type: "line", stack: "all", symbol: "none", data: values.map(eth), color: theme.color(color),
      areaStyle: { opacity: 0.78 }, lineStyle: { width: 1, color: theme.color("surface") }, emphasis: { disabled: true },
    };
  }

  /* A stacked area over slots, with its table. */
  function showAreas(host, { name, title, description, slots, bands, limit }) {
    const rows = slots.map((slot, position) => ({ slot, position }));
    const figure = lab.figure(host, {
      name, title, description, height: HEIGHT,
      option: (theme) => {
        const series = bands.map((each) => band(theme, each));
        if (limit) series[0].markLine = limit(theme);
        return {
          legend: { itemGap: 14 }, grid: { top: 48, left: 8, right: 36, bottom: 8, containLabel: true },
          xAxis: slotAxis(slots), yAxis: ethAxis(),
          tooltip: {
            trigger: "axis", axisPointer: { type: "line", lineStyle: { color: theme.color("line-2") } },
            formatter: (points) => lab.tipLines(`end of slot ${points[0].axisValue}`, [...points].reverse(), showEth),
          },
          series,
        };
      },
      table: {
        columns: [{ key: "slot", label: "slot", kind: "number" }, ...bands.map((each) => ({
          label: each.label, kind: "eth", csv: `${each.label}, Gwei`, value: (row) => each.values[row.position],
        }))],
        rows,
      },
    });
    lab.chartKeys(figure, host, {
      count: () => slots.length,
      tell: (index) => `Slot ${slots[index]}: ${bands.filter((each) => each.values[index])
        .map((each) => `${each.label} ${format.eth(each.values[index])}`).join(", ")}`,
    });
    return figure;
  }

  function genesisLine(genesis) {
    return (theme) => ({
      silent: true, symbol: "none", data: [{ yAxis: eth(genesis) }],
      lineStyle: { color: theme.color("text"), type: "dashed", width: 1 },
      label: { formatter: "ETH at genesis", position: "insideEndTop", color: theme.color("text-2"), fontSize: 11 },
    });
  }

  function showPlaces(host, model, label) {
    const { points } = model;
    const bands = PLACES.map((place) => ({ ...place, values: points[place.key] })).filter((each) => peak(each.values) > 0);
    const owed = peak(points.unbacked);
    const figure = showAreas(host, {
      name: `${label}-eth`, title: "Where all ETH is", slots: points.slot, bands, limit: genesisLine(model.genesis),
      description: owed
        ? `Above the line is ETH that scripts owe and do not have: up to ${format.eth(owed)}.`
        : `The bands always add up to the ${format.ethShort(model.genesis)} of genesis. Bonds count with the validators.`,
    });
    const [most] = bands;
    if (most.key !== "validators" || bands.length === 1) return figure;
    // Validators hold so much more than all others that these are hardly seen beside them.
    const buttons = ["Everything", "Without validators"].map((text, position) => el("button", {
      type: "button", class: "button", "aria-pressed": String(position === 0), onclick: () => {
        buttons.forEach((each, at) => each.setAttribute("aria-pressed", String(at === position)));
        figure.chart.dispatchAction({ type: position ? "legendUnSelect" : "legendSelect", name: most.label });
      },
    }, text));
    host.querySelector(".figure-body").prepend(el("div", { class: "money-tools no-print" },
      el("div", { class: "segmented", role: "group", "aria-label": "What to show" }, buttons)));
    return figure;
  }

  /* The fullest shards by name, the others together. */
  function listShardBands(model) {
    const shards = model.shards.map((values, shard) => ({ shard, values, most: peak(values) })).filter((each) => each.most > 0);
    const ranked = [...shards].sort((a, b) => b.most - a.most || a.shard - b.shard);
    const named = shards.length <= MOST_SHARDS ? ranked : ranked.slice(0, MOST_SHARDS - 1);
    const rest = ranked.slice(named.length);
    const isOwn = model.shards.length <= MOST_SHARDS;
    const bands = named.sort((a, b) => a.shard - b.shard).map((each, position) => ({
      label: `shard ${each.shard}`, values: each.values, color: lab.shardColor(isOwn ? each.shard : position),
    }));
    if (rest.length) {
      const values = model.points.slot.map((_, at) => rest.reduce((sum, each) => sum + each.values[at], 0));
      bands.push({ label: format.plural(rest.length, "other shard"), values, color: SHARD_COLORS[MOST_SHARDS - 1] });
    }
    return bands;
  }

  function showShards(host, model, label) {
    const title = "On the shards and on the way";
    const { points } = model;
    const extra = [["elsewhere", "credited twice", "series-6"], ["in_flight", "in flight", "series-2"]]
      .map(([key, name, color]) => ({ label: name, values: points[key], color }));
    const bands = [...listShardBands(model), ...extra].filter((each) => peak(each.values) > 0);
    if (!bands.length) {
      host.append(lab.emptyCard(title, "No ETH ever reached a shard: nothing in this run makes deposits or funds a script's pool."));
      return null;
    }
    return showAreas(host, {
      name: `${label}-shards`, title, slots: points.slot, bands,
      description: "ETH in pools and accounts of every shard, and between them.",
    });
  }

  function tellConservation(model) {
    const wrong = model.errors.slot.length;
    const slots = format.plural(model.checked, "slot");
    if (wrong) return `In ${format.plural(wrong, "slot")} of ${format.number(model.checked)} the books did not agree: a bug in shardlab, and nothing on this page can be trusted.`;
    const owed = peak(model.points.unbacked);
    const inBooks = owed ? ` Scripts' own books are another matter: they owed up to ${format.eth(owed)} more than the chain gave them.` : "";
    return `At the end of each of ${slots}, what everybody held and what had been burned added up to the ${format.eth(model.genesis)} of genesis, to the Gwei: the error is 0. No ETH was made, and none was lost.${inBooks}`;
  }

  function showConservation(host, model, label) {
    const errors = new Map(model.errors.slot.map((slot, position) => [slot, model.errors.gwei[position]]));
    const slots = [...new Set([...model.points.slot, ...errors.keys()])].sort((a, b) => a - b);
    const burned = new Map(model.points.slot.map((slot, position) => [slot, model.points.burned[position]]));
    const rows = slots.map((slot) => {
      const error = errors.get(slot) || 0;
      const gone = burned.has(slot) ? burned.get(slot) : null;
      return { slot, error, burned: gone, held: gone === null ? null : model.genesis - gone + error };
    });
    const figure = lab.figure(host, {
      name: `${label}-conservation`, title: "Conservation", height: HEIGHT - 60, description: tellConservation(model),
      option: (theme) => ({
        grid: { top: 16, left: 28, right: 36, bottom: 8, containLabel: true }, xAxis: slotAxis(slots),
        yAxis: {
          type: "value", name: "error, Gwei", minInterval: 1, min: ({ min }) => Math.min(-1, min), max: ({ max }) => Math.max(1, max),
          nameLocation: "middle", nameGap: 30, axisLabel: { formatter: (value) => format.axis(value) },
        },
        tooltip: { trigger: "axis", formatter: ([point]) => `end of slot ${point.axisValue}\nerror ${format.number(point.value)} Gwei` },
        series: [{
          type: "line", name: "error", symbol: "none", data: rows.map((row) => row.error), lineStyle: { width: 2.5 },
          color: theme.color(model.errors.slot.length ? "bad" : "good"),
        }],
      }),
      table: {
        columns: [
          { key: "slot", label: "slot", kind: "number" },
          { key: "held", label: "held", kind: "eth", csv: "held_gwei" },
          { key: "burned", label: "burned", kind: "eth", csv: "burned_gwei" },
          { key: "error", label: "error, Gwei", kind: "number" },
        ],
        rows,
      },
    });
    lab.chartKeys(figure, host, {
      count: () => rows.length, tell: (index) => `Slot ${rows[index].slot}: error ${format.number(rows[index].error)} Gwei`,
    });
    return figure;
  }

  lab.section("money", (host, run) => {
    const model = run.sections.money;
    const { label } = run.facts;
    const [places, shards, flows, conservation] = [0, 1, 2, 3].map(() => el("div", { class: "money-cell" }));
    host.append(el("div", { class: "money-grid" }, places, shards, flows, conservation));
    const figures = [showPlaces(places, model, label), showShards(shards, model, label), showConservation(conservation, model, label)];
    const cleanFlows = lab.moneyFlows(flows, lab.records(model.flows), label, { height: HEIGHT + 40 });
    if (model.stride > 1) {
      host.append(el("p", { class: "figure-note" }, `Areas have a point every ${format.number(model.stride)} slots; the conservation was checked in all ${format.number(model.checked)}.`));
    }
    return () => {
      cleanFlows();
      figures.forEach((figure) => figure && figure.dispose());
    };
  });
})();
