/* Comparison: sentences, numbers and courses of all runs, each panel of one kind on the same scales. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;

  /* What people look for first, in this order. */
  const HEADLINES = [
    ["deposits.latency_slots.p50", "median latency, slots"],
    ["deposits.settled", "deposits settled"],
    ["eth.in_flight_max_gwei", "ETH in flight, most", 1e9],
    ["routes.beacon.beacon_operations_per_transfer", "beacon operations per transfer"],
    ["costs.total_seconds", "validating, modelled seconds"],
    ["costs.peak_slot_seconds", "busiest slot, modelled seconds"],
    ["scripts.slots_to_usable.p50", "median wait to usable, slots"],
    ["scripts.usable", "scripts usable"],
    ["validation.wrong_verdicts", "wrong verdicts"],
    ["shards.blocks", "shard blocks"],
    ["shards.blocks_rejected", "shard blocks refused"],
    ["beacon.bytes", "beacon chain, bytes"],
  ];
  const MOST_PANELS = 8;
  const MOST_SENTENCES = 8;
  const COURSES = [
    ["settled", "deposits settled so far"], ["in_flight", "ETH in flight", 1e9], ["seconds", "modelled seconds of validating so far"],
    ["usable", "scripts usable so far"], ["blocks", "shard blocks so far"], ["refused", "shard blocks refused so far"],
  ];

  const show = (value) => (value === null ? "–" : format.number(Math.round(value * 1e6) / 1e6));
  const largest = (rows) => rows.flat().reduce((most, value) => Math.max(most, value ?? 0), 0);
  const differs = (values) => values.some((value) => value !== values[0]);

  const panelTitle = (theme, text, box) => ({
    text, left: box.left, top: box.top - 26, textStyle: { color: theme.color("text"), fontSize: 13, fontWeight: 600, width: box.width, overflow: "truncate" },
  });

  function tellLead(model, count) {
    const by = model.key ? `They differ in ${model.key}: ${[...new Set(model.names)].join(", ")}.` : "";
    const settings = model.settings.name.length;
    const same = model.scenarios === 1 ? "of the same scenario" : `of ${format.number(model.scenarios)} different scenarios`;
    return `${format.plural(count, "run")} ${same}. ${by || (settings ? `${format.plural(settings, "setting")} differ.` : "No setting differs.")}`;
  }

  /* Headline metrics that any run has; those that differ come first. */
  function chooseHeadlines(metrics) {
    const found = HEADLINES.map(([name, label, unit = 1]) => {
      const position = metrics.name.indexOf(name);
      return position < 0 ? null : {
        name, label, better: metrics.better[position],
        values: metrics.values[position].map((value) => (value === null ? null : value / unit)),
      };
    }).filter(Boolean);
    const apart = found.filter((each) => differs(each.values));
    return (apart.length ? apart : found).slice(0, MOST_PANELS);
  }

  function showNumbers(host, model, prefix) {
    const headlines = chooseHeadlines(model.metrics);
    if (!headlines.length) {
      host.append(lab.emptyCard("Key numbers", "None of these runs was closed, so none has metrics."));
      return null;
    }
    const { names } = model;
    const height = Math.max(120, names.length * 26 + 60);
    const label = Math.min(128, 20 + 8 * Math.max(...names.map((name) => name.length)));
    return lab.multiples(host, {
      name: `${prefix}-key-numbers`, title: "Key numbers", panels: headlines.length, panelHeight: height,
      description: "A panel per number, a bar per run, every bar from zero.",
      build: (theme, box) => {
        const boxes = headlines.map((_, position) => box(position));
        return {
          title: headlines.map((each, position) => panelTitle(theme, each.label, boxes[position])),
          grid: boxes.map((place) => ({ ...place, left: place.left + label, width: place.width - label, containLabel: false })),
          xAxis: headlines.map((_, gridIndex) => ({
            type: "value", gridIndex, min: 0, max: ({ max }) => (max || 1) * 1.3, axisLabel: { show: false }, splitLine: { show: false },
          })),
          yAxis: headlines.map((_, gridIndex) => ({
            type: "category", gridIndex, inverse: true, data: names, splitLine: { show: false }, axisLabel: { width: label - 8, overflow: "truncate", interval: 0 },
          })),
          tooltip: { trigger: "item", formatter: ({ seriesName, name, seriesIndex, dataIndex }) => `${name}\n${seriesName}: ${show(headlines[seriesIndex].values[dataIndex])}` },
          series: headlines.map((each, position) => ({
            type: "bar", name: each.label, xAxisIndex: position, yAxisIndex: position, barMaxWidth: 16,
            data: each.values.map((value, run) => ({ value: value ?? 0, itemStyle: { color: theme.color(`series-${(run % 8) + 1}`), borderRadius: [0, 3, 3, 0] } })),
            label: { show: true, position: "right", color: theme.color("text"), fontSize: 12, formatter: ({ dataIndex }) => show(each.values[dataIndex]) },
          })),
        };
      },
      table: {
        columns: [{ key: "label", label: "number" }, ...names.map((name, run) => ({ label: name, kind: "number", value: (row) => row.values[run] }))],
        rows: headlines,
      },
    });
  }

  function showCourses(host, model, runs, label) {
    const points = runs.map((run) => run.sections.comparison.points);
    const kinds = COURSES.filter(([key]) => largest(points.map((each) => each[key])) > 0);
    if (!kinds.length) {
      host.append(lab.emptyCard("Slot by slot", "In none of these runs was there a block, a script or a deposit."));
      return null;
    }
    const state = { kind: kinds[0] };
    const read = (run) => points[run][state.kind[0]].map((value) => (value === null ? null : value / (state.kind[2] || 1)));
    const lastSlot = largest(points.map((each) => each.slot));
    const table = () => ({
      columns: [{ key: "slot", label: "slot", kind: "number" }, ...model.names.map((name, run) => ({
        label: name, kind: "number", value: (row) => row[run],
      }))],
      rows: [...new Set(points.flatMap((each) => each.slot))].sort((a, b) => a - b).map((slot) =>
        ({ slot, ...points.map((each, run) => read(run)[each.slot.indexOf(slot)] ?? null) })),
    });
    const figure = lab.multiples(host, {
      name: `${label}-courses`, title: "Slot by slot", panels: runs.length, panelHeight: 200,
      description: "A panel per run, all of them on the same scales.",
      build: (theme, box) => {
        const most = largest(runs.map((_, run) => read(run)));
        const boxes = runs.map((_, run) => box(run));
        return {
          title: boxes.map((place, run) => panelTitle(theme, model.names[run], place)),
          grid: boxes.map((place) => ({ ...place, left: place.left + 6, containLabel: true, width: place.width - 24 })),
          xAxis: runs.map((_, gridIndex) => ({ type: "value", gridIndex, min: 0, max: lastSlot, splitNumber: 3, splitLine: { show: false } })),
          yAxis: runs.map((_, gridIndex) => ({
            type: "value", gridIndex, min: 0, max: most, splitNumber: 2, axisLabel: { showMaxLabel: true, formatter: (value) => format.axis(value) },
          })),
          tooltip: { trigger: "axis", formatter: ([point]) => `${point.seriesName}\nslot ${point.value[0]}: ${show(point.value[1])}` },
          series: runs.map((_, run) => ({
            type: "line", name: model.names[run], xAxisIndex: run, yAxisIndex: run, symbol: "none", lineStyle: { width: 2 }, areaStyle: { opacity: 0.16 },
            color: theme.color(`series-${(run % 8) + 1}`), data: points[run].slot.map((slot, at) => [slot, read(run)[at]]),
          })),
        };
      },
      table: table(),
    });
    const select = el("select", { "aria-label": "What to show slot by slot", onchange: () => {
      state.kind = kinds[select.selectedIndex];
      figure.update({ table: table() });
    } }, kinds.map(([, name]) => el("option", {}, name)));
    host.querySelector(".figure-body").prepend(el("div", { class: "comparison-tools no-print" }, el("label", { class: "field-inline" }, "Show", select)));
    lab.chartKeys(figure, host, {
      count: () => points[0].slot.length, tell: (at) => `${model.names[0]}, slot ${points[0].slot[at]}: ${show(read(0)[at])}`,
    });
    return figure;
  }

  /* The sentences on headline numbers; all others are in the table. */
  function showSentences(host, model) {
    const said = lab.records(model.sentences);
    if (!said.length) {
      host.append(lab.emptyCard("What differs", "Nothing: all metrics of these runs are the same."));
      return;
    }
    const wanted = new Map(HEADLINES.map(([name, label], rank) => [name, { label, rank }]));
    const first = said.filter(({ metric }) => wanted.has(metric)).sort((a, b) => wanted.get(a.metric).rank - wanted.get(b.metric).rank);
    const headline = (metric) => (wanted.has(metric)
      ? [`${metric.endsWith("_gwei") ? wanted.get(metric).label.replace("ETH", "Gwei") : wanted.get(metric).label} `, el("code", {}, metric)] : metric);
    const strip = ({ metric, text }) => format.capital(text.startsWith(`${metric}: `) ? text.slice(metric.length + 2) : text);
    host.append(el("article", { class: "card pad" }, el("h3", {}, "What differs"),
      el("dl", { class: "comparison-said" }, (first.length ? first : said).slice(0, MOST_SENTENCES).map((each) =>
        el("div", {}, el("dt", {}, headline(each.metric)), el("dd", {}, strip(each)))))),
    lab.fold(`All ${format.plural(said.length, "sentence")} on numbers that differ`, (inner) => lab.table(inner, {
      name: "comparison-sentences", caption: "Sentences", rows: said, search: true, pageSize: 15,
      columns: [{ key: "metric", label: "metric", kind: "name" }, { label: "what is said of it", value: strip }],
    })));
  }

  function difference(values) {
    const known = values.filter((value) => value !== null);
    if (known.length < 2) return null;
    return values.length === 2 ? known[1] - known[0] : Math.max(...known) - Math.min(...known);
  }

  function factor(values) {
    const known = values.filter((value) => value !== null);
    const least = Math.min(...known);
    return known.length > 1 && least > 0 ? Math.max(...known) / least : null;
  }

  function showTables(host, model) {
    const { names } = model;
    const byRun = (kind) => names.map((name, run) => ({ label: name, kind, value: (row) => row.values[run] }));
    const pair = names.length === 2;
    const settings = lab.records(model.settings);
    const metrics = lab.records(model.metrics).filter((row) => differs(row.values));
    const card = (title, options) => {
      const inner = el("div");
      host.append(el("article", { class: "card pad" }, el("h3", {}, title), inner));
      lab.table(inner, { caption: title, pageSize: 15, ...options });
    };
    card("The runs, and how to make them again", {
      name: "comparison-runs", rows: lab.runs.map(({ facts }, run) => ({ ...facts, name: names[run] })),
      columns: [{ key: "name", label: "run" }, { key: "label", label: "folder" }, { key: "scenario", label: "scenario" }, { key: "seed", label: "seed", kind: "number" },
        { key: "slots", label: "slots", kind: "number" }, { key: "ending", label: "how it ended" },
        { label: "shardlab", value: (row) => row.versions.shardlab }, { key: "command", label: "command", kind: "mono" }],
    });
    if (settings.length) card("Settings that differ", { name: "comparison-settings", rows: settings, columns: [{ key: "name", label: "setting", kind: "name" }, ...byRun("text")] });
    else host.append(lab.emptyCard("Settings that differ", "None: these runs have the same settings, seed and versions, and so the same results."));
    card("Metrics that differ", {
      name: "comparison-metrics", rows: metrics, search: true,
      columns: [{ key: "name", label: "metric", kind: "name" }, ...byRun("number"),
        { label: pair ? "difference" : "largest difference", kind: "number", value: (row) => difference(row.values), format: show },
        { label: "factor", kind: "number", value: (row) => factor(row.values), format: (value) => (value === null ? "–" : format.number(Math.round(value * 100) / 100)) },
        { key: "better", label: "better is" }],
    });
  }

  lab.section("comparison", (host, run, page) => {
    const model = page.sections.comparison;
    const runs = lab.runs;
    const label = "comparison";
    const [numbers, courses] = [el("div"), el("div")];
    host.append(el("p", { class: "comparison-lead" }, tellLead(model, runs.length)));
    showSentences(host, model);
    host.append(numbers, courses);
    const figures = [showNumbers(numbers, model, label), showCourses(courses, model, runs, label)];
    showTables(host, model);
    return () => figures.forEach((figure) => figure && figure.dispose());
  });
})();
