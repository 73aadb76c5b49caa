/* A chart with its title, its table and its CSV.
 *
 * lab.figure(host, {name, title, description, height, option, table})
 * - option(theme): the ECharts option; asked again when the theme changes. Colours, fonts, axes and
 *   tooltips have the page's defaults already (`lab.chartDefaults`), which an option may override.
 * - table: {columns, rows} as lab.table takes them: the same numbers as text.
 * - events: {click(params), ...}: handlers for the chart.
 * Returns {update({option, table}), dispose()}. Whoever mounts it disposes of it. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el } = lab;

  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

  function merge(base, given) {
    const merged = { ...base };
    for (const [key, value] of Object.entries(given)) {
      merged[key] = isObject(value) && isObject(base[key]) ? merge(base[key], value) : value;
    }
    return merged;
  }

  function axis(given, color) {
    const look = {
      axisLine: { lineStyle: { color: color("line-2") } },
      axisTick: { show: false },
      axisLabel: { color: color("text-2"), fontSize: 12, hideOverlap: true },
      splitLine: { lineStyle: { color: color("line") } },
      nameTextStyle: { color: color("text-2"), fontSize: 12 },
    };
    return Array.isArray(given) ? given.map((each) => merge(look, each)) : merge(look, given);
  }

  lab.chartDefaults = (option) => {
    const { color } = lab.theme;
    const base = {
      color: lab.theme.series(),
      animation: !lab.theme.reducedMotion() && !lab.paper.on,
      animationDuration: 250,
      backgroundColor: "transparent",
      aria: { enabled: true, decal: { show: false } },
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: color("text") },
      grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
      legend: { top: 0, left: 0, type: "scroll", icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: color("text-2") } },
      tooltip: {
        confine: true, backgroundColor: color("surface"), borderColor: color("line-2"), borderWidth: 1,
        textStyle: { color: color("text"), fontSize: 13 },
        renderMode: "richText", // drawn, not HTML: names from a run stay text
      },
    };
    const merged = merge(base, option);
    for (const name of ["xAxis", "yAxis"]) {
      if (merged[name]) merged[name] = axis(merged[name], color);
    }
    if (!option.legend) delete merged.legend;
    return merged;
  };

  lab.figure = (host, given) => {
    const state = { ...given };
    const canvas = el("div", { class: "figure-chart", role: "img", "aria-label": given.title });
    canvas.style.height = `${given.height || 320}px`;
    const tableHost = el("div", { hidden: true });
    const views = ["Chart", "Table"].map((label, position) => el("button", {
      type: "button", class: "button quiet", "aria-pressed": String(position === 0), onclick: () => view(position),
    }, label));
    const table = lab.table(tableHost, { csv: false, pageSize: 15, ...given.table, name: given.name, caption: given.title });

    lab.fill(host, el("figure", { class: "card figure", id: `figure-${given.name}` },
      el("figcaption", { class: "figure-head" },
        el("div", {}, el("h3", {}, given.title), given.description && el("p", {}, given.description)),
        el("div", { class: "buttons" },
          el("div", { class: "segmented", role: "group", "aria-label": "Show as" }, views),
          lab.csvButton(given.name, () => state.table.columns, () => state.table.rows))),
      el("div", { class: "figure-body" }, canvas, tableHost)));

    const chart = window.echarts.init(canvas, null, { renderer: "canvas" });
    for (const [kind, handler] of Object.entries(given.events || {})) chart.on(kind, handler);
    const draw = () => chart.setOption(lab.chartDefaults(state.option(lab.theme)), true);
    draw();

    function view(position) {
      canvas.hidden = position === 1;
      tableHost.hidden = position === 0;
      views.forEach((each, index) => each.setAttribute("aria-pressed", String(index === position)));
      if (position === 0) chart.resize();
    }

    const resizing = new ResizeObserver(() => canvas.clientWidth && chart.resize());
    resizing.observe(canvas);
    const redraw = () => { draw(); chart.getZr().flush(); };
    const unlisten = [lab.on("theme", redraw), lab.on("paper", () => {
      if (canvas.clientWidth) chart.resize();
      redraw();
    })];
    return {
      chart,
      update(changes) {
        Object.assign(state, changes);
        draw();
        if (changes.table) table.update(changes.table.rows);
      },
      dispose() {
        unlisten.forEach((each) => each());
        resizing.disconnect();
        chart.dispose();
      },
    };
  };
})();
