/* What validating took, by role: modelled seconds in one chart, work in another, never mixed. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;
  const WORK = [["decoded", "bytes decoded"], ["functions", "functions"], ["instructions", "instructions"]];
  const human = (role) => role.replaceAll("_", " ");

  function bars(theme, roles, key, color, show) {
    return {
      grid: { top: 8, left: 20, right: 70, bottom: 8, containLabel: true },
      xAxis: { type: "value", axisLabel: { formatter: (value) => format.axis(value) }, splitNumber: 4 },
      yAxis: { type: "category", inverse: true, data: roles.map((row) => human(row.role)), splitLine: { show: false } },
      tooltip: { trigger: "item", formatter: ({ name, value }) => `${name}: ${show(value)}` },
      series: [{
        type: "bar", barMaxWidth: 22, data: roles.map((row) => row[key]), color: theme.color(color), itemStyle: { borderRadius: [0, 3, 3, 0] },
        label: { show: true, position: "right", color: theme.color("text-2"), formatter: ({ value }) => show(value) },
      }],
    };
  }

  function showSeconds(host, roles, label) {
    const show = (value) => `${format.number(value)} s`;
    const figure = lab.figure(host, {
      name: `${label}-seconds`, title: "Modelled seconds by role", height: 250,
      description: "What the engine profile says that validating and compiling took, over all nodes of a role.",
      option: (theme) => bars(theme, roles, "seconds", "series-1", show),
      table: {
        columns: [{ label: "role", value: (row) => human(row.role) },
          { key: "seconds", label: "modelled seconds", kind: "number", csv: "modelled_seconds" }],
        rows: roles,
      },
    });
    lab.chartKeys(figure, host, { count: () => roles.length, tell: (at) => `${human(roles[at].role)}: ${show(roles[at].seconds)}` });
    return figure;
  }

  function showWork(host, roles, label) {
    const state = { key: "decoded" };
    const unit = () => WORK.find(([key]) => key === state.key)[1];
    const show = (value) => (state.key === "decoded" ? format.bytes(value) : format.number(value));
    const option = (theme) => bars(theme, roles, state.key, "series-3", show);
    const figure = lab.figure(host, {
      name: `${label}-work`, title: "Work by role", height: 206, option,
      description: "What the decoder saw, the same on every machine; light clients read marks only.",
      table: {
        columns: [{ label: "role", value: (row) => human(row.role) }, ...WORK.map(([key, name]) => ({ key, label: name, kind: "number" }))],
        rows: roles,
      },
    });
    const buttons = WORK.map(([key, name]) => el("button", {
      type: "button", class: "button", "aria-pressed": String(key === state.key), onclick: () => { state.key = key; refresh(); },
    }, name));
    function refresh() {
      buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(WORK[at][0] === state.key)));
      figure.update({ option });
    }
    host.querySelector(".figure-body").prepend(el("div", { class: "scripts-tools no-print" },
      el("div", { class: "segmented", role: "group", "aria-label": "Kind of work" }, buttons)));
    lab.chartKeys(figure, host, { count: () => roles.length, tell: (at) => `${human(roles[at].role)}: ${show(roles[at][state.key])} ${unit()}` });
    return figure;
  }

  /* Returns the figures. */
  lab.scriptsCosts = (host, model, label) => {
    const roles = lab.records(model.roles);
    if (!model.validations.script.length) {
      host.append(lab.emptyCard("What validating took",
        "Nobody validated any code in this run: no script reached a node that checks it under this placement."));
      return [];
    }
    const [left, right] = [el("div"), el("div")];
    host.append(el("div", { class: "scripts-grid" }, left, right));
    const timed = roles.every((row) => row.seconds !== null);
    if (!timed) left.append(lab.emptyCard("Modelled seconds by role", "The run's database holds no rates of an engine."));
    return [timed && showSeconds(left, roles, label), showWork(right, roles, label)].filter(Boolean);
  };
})();
