/* Flows between shards: a Sankey diagram of few shards, a chord diagram of more, a matrix of many. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;
  const KINDS = [["sankey", "Sankey"], ["chord", "Chord"], ["matrix", "Matrix"]];
  const MOST_FOR_SANKEY = 6;
  const MOST_FOR_CHORD = 24;
  const MOST_LINKS = 400; // more than that nobody can tell apart, and it would draw slowly
  const BETWEEN = "between shards";
  const ALL = "all, also inside shards";

  const COLUMNS = [
    { key: "route", label: "route" },
    { key: "from", label: "from shard", kind: "number" },
    { key: "to", label: "to shard", kind: "number" },
    { key: "deposits", label: "deposits", kind: "number" },
    { key: "gwei", label: "asked for", kind: "eth", csv: "gwei" },
    { key: "settled", label: "settled", kind: "number" },
    { key: "settled_gwei", label: "ETH settled", kind: "eth", csv: "settled_gwei" },
  ];

  function choose(rows, route) {
    if (route === ALL) return rows;
    if (route === BETWEEN) return rows.filter((row) => row.from !== row.to);
    return rows.filter((row) => row.route === route);
  }

  /* One link per pair of shards, over all chosen routes. */
  function addUp(rows) {
    const links = new Map();
    for (const row of rows) {
      const key = `${row.from} ${row.to}`;
      const link = links.get(key) || { from: row.from, to: row.to, gwei: 0, settled: 0 };
      link.gwei += row.settled_gwei;
      link.settled += row.settled;
      links.set(key, link);
    }
    return [...links.values()].filter((link) => link.gwei > 0);
  }

  const listShards = (links) => [...new Set(links.flatMap((link) => [link.from, link.to]))].sort((a, b) => a - b);
  const color = (theme, shard) => theme.color(lab.shardColor(shard));
  const tell = (link) => `shard ${link.from} to shard ${link.to}: ${format.eth(link.gwei)} in ${format.plural(link.settled, "deposit")}`;

  function drawSankey(theme, links) {
    const froms = [...new Set(links.map((link) => link.from))].sort((a, b) => a - b);
    const tos = [...new Set(links.map((link) => link.to))].sort((a, b) => a - b);
    const node = (side, position) => (shard) => ({
      name: `${side} ${shard}`, shard, itemStyle: { color: color(theme, shard), borderWidth: 0 }, label: { position },
    });
    const margin = links.length < 3 ? "24%" : 8; // a few flows need not fill a card
    return { series: [{
      type: "sankey", left: 64, right: 64, top: margin, bottom: margin, nodeWidth: 14, nodeGap: 12, draggable: false,
      layoutIterations: 0, emphasis: { focus: "adjacency" },
      label: { color: theme.color("text"), formatter: ({ data }) => `shard ${data.shard}` },
      lineStyle: { color: "source", opacity: 0.32, curveness: 0.5 },
      data: [...froms.map(node("from", "left")), ...tos.map(node("to", "right"))],
      links: links.map((link) => ({ source: `from ${link.from}`, target: `to ${link.to}`, value: link.gwei / 1e9, link })),
    }] };
  }

  function drawChord(theme, links) {
    return { series: [{
      type: "chord", top: 20, bottom: 20, left: 40, right: 40, padAngle: 2, clockwise: true, emphasis: { focus: "adjacency" },
      radius: ["80%", "87%"], label: { show: true, color: theme.color("text"), fontSize: 11 },
      lineStyle: { color: "source", opacity: 0.35 },
      data: listShards(links).map((shard) => ({ name: `shard ${shard}`, shard, itemStyle: { color: color(theme, shard) } })),
      links: links.map((link) => ({ source: `shard ${link.from}`, target: `shard ${link.to}`, value: link.gwei / 1e9, link })),
    }] };
  }

  function drawMatrix(theme, links) {
    const shards = listShards(links);
    const most = Math.max(...links.map((link) => link.gwei));
    const axis = (name, more) => ({
      type: "category", name, data: shards, nameLocation: "middle", splitLine: { show: false }, ...more,
    });
    return {
      grid: { left: 24, right: 8, top: 12, bottom: 60, containLabel: true },
      xAxis: axis("to shard", { nameGap: 26 }),
      yAxis: axis("from shard", { nameGap: 32, inverse: true }),
      visualMap: {
        min: 0, max: most / 1e9, text: [format.ethShort(most), "0 ETH"], calculable: false, orient: "horizontal", left: "center",
        bottom: 0, itemWidth: 12, itemHeight: 120, textStyle: { color: theme.color("text-2") },
        formatter: (value) => `${format.number(Math.round(value * 100) / 100)} ETH`,
        inRange: { color: [theme.color("surface-2"), theme.color("series-5"), theme.color("series-1")] },
      },
      series: [{
        type: "heatmap", emphasis: { itemStyle: { borderColor: theme.color("text"), borderWidth: 1 } },
        data: links.map((link) => ({ value: [shards.indexOf(link.to), shards.indexOf(link.from), link.gwei / 1e9], link })),
      }],
    };
  }

  const DRAW = { sankey: drawSankey, chord: drawChord, matrix: drawMatrix };

  function tip(params) {
    const { data } = params;
    if (data.link) return tell(data.link);
    return params.name.replace(/^from (\d+)$/, "shard $1 sends").replace(/^to (\d+)$/, "shard $1 receives")
      + `: ${format.eth(Math.round(params.value * 1e9))}`;
  }

  const suit = (shards) => (shards <= MOST_FOR_SANKEY ? "sankey" : shards <= MOST_FOR_CHORD ? "chord" : "matrix");

  /* Returns what cleans up. */
  lab.moneyFlows = (host, rows, label, settings) => {
    const title = "What flowed between shards";
    const routes = [...new Set(rows.map((row) => row.route))];
    const isBetween = (row) => row.from !== row.to;
    if (!rows.length) {
      host.append(lab.emptyCard(title, "No deposit was asked for in this run: the scenario has no transfers in its workload."));
      return () => {};
    }
    const state = { route: rows.some(isBetween) ? BETWEEN : ALL, kind: null };
    const nothing = el("p", { class: "empty", hidden: true });
    const cut = el("p", { class: "figure-note", role: "status" });
    let figure = null;

    const read = () => {
      const chosen = choose(rows, state.route);
      const links = addUp(chosen);
      const kind = state.kind || suit(listShards(links).length);
      const isCut = kind !== "matrix" && links.length > MOST_LINKS;
      const drawn = isCut ? [...links].sort((a, b) => b.gwei - a.gwei).slice(0, MOST_LINKS) : links;
      return { chosen, links: drawn, all: links.length, kind };
    };
    const option = (theme) => {
      const { links, kind } = read();
      return links.length ? { ...DRAW[kind](theme, links), tooltip: { trigger: "item", formatter: tip } } : {};
    };
    const select = el("select", { "aria-label": "Filter by route", onchange: () => { state.route = select.value; refresh(); } },
      [BETWEEN, ...routes, ALL].map((route) => el("option", { value: route, selected: route === state.route }, route)));
    const kinds = KINDS.map(([kind, name]) => el("button", {
      type: "button", class: "button", onclick: () => { state.kind = kind; refresh(); },
    }, name));

    function refresh() {
      const { chosen, links, all, kind } = read();
      const sum = chosen.reduce((count, row) => count + row.deposits, 0);
      kinds.forEach((button, position) => button.setAttribute("aria-pressed", String(KINDS[position][0] === kind)));
      nothing.hidden = links.length > 0;
      cut.textContent = links.length < all
        ? `The ${format.number(links.length)} largest of ${format.number(all)} flows; the matrix and the table have all.` : "";
      nothing.textContent = sum
        ? `${format.plural(sum, "deposit")} asked for, and none of them had settled when the run ended.`
        : `No deposit of this run went ${state.route}.`;
      figure.update({ option, table: { columns: COLUMNS, rows: chosen } });
    }

    figure = lab.figure(host, {
      name: `${label}-flows`, title, height: settings.height, option,
      description: "ETH that arrived, by the shard that sent it and the shard that has it now.",
      table: { columns: COLUMNS, rows: read().chosen },
    });
    host.querySelector(".figure-body").prepend(el("div", { class: "money-tools no-print" },
      el("label", { class: "field-inline" }, "Route", select),
      el("div", { class: "segmented", role: "group", "aria-label": "Kind of diagram" }, kinds)), nothing, cut);
    refresh();
    lab.chartKeys(figure, host, {
      count: () => read().links.length, tell: (index) => tell(read().links[index]),
    });
    return () => figure.dispose();
  };
})();
