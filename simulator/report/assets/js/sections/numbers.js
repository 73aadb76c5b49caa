/* All numbers: what was found and expected, every metric, every setting. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;

  const bound = (condition) => Object.entries(condition)
    .map(([name, value]) => `${name.replace(/_/g, " ")} ${format.number(value)}`).join(", ");

  function flatten(value, prefix = "") {
    if (value === null || typeof value !== "object") return [{ name: prefix, value: String(value) }];
    return Object.entries(value).flatMap(([key, inner]) => flatten(inner, prefix ? `${prefix}.${key}` : key));
  }

  function show(parent, title, options) {
    const host = el("div");
    parent.append(el("article", { class: "card pad" }, el("h3", {}, title), host));
    lab.table(host, { caption: title, ...options });
  }

  lab.section("numbers", (host, run) => {
    const { facts } = run;
    if (facts.findings.length) {
      host.append(el("ul", { class: "bullets" }, facts.findings.map((finding) => el("li", {}, finding))));
    }
    if (facts.expectations.length) {
      show(host, "What the scenario expects", {
        name: `${facts.label}-expectations`,
        rows: facts.expectations,
        columns: [
          { key: "metric", label: "metric", kind: "name" },
          { label: "expected", value: (row) => bound(row.condition) },
          { key: "value", label: "found", kind: "number" },
          { label: "met", value: (row) => (row.met ? "met" : "not met"),
            format: (text) => el("span", { class: `badge ${text === "met" ? "good" : "bad"}` }, text) },
        ],
      });
    }
    const grid = el("div", { class: "grid" });
    host.append(grid);
    show(grid, "Metrics", {
      name: `${facts.label}-metrics`,
      rows: Object.entries(facts.metrics).map(([name, value]) => ({ name, value })),
      columns: [{ key: "name", label: "metric", kind: "name" }, { key: "value", label: "value", kind: "number" }],
      pageSize: 20,
    });
    show(grid, "Settings", {
      name: `${facts.label}-settings`,
      rows: flatten({ ...facts.config, costs: facts.costs, scripts: facts.scripts }),
      columns: [{ key: "name", label: "setting", kind: "name" }, { key: "value", label: "value" }],
      pageSize: 20,
    });
  });
})();
