/* One table for all: sorted by its headings, searched, in pages, downloaded whole.
 *
 * lab.table(host, {name, caption, columns, rows, pageSize, search, csv, onrow})
 * - columns: {key, label, kind, value(row), format(value, row), csv}; kind is "text" (default),
 *   "number", "eth" (Gwei in, ETH shown), "bytes", "mono" or "name" (dotted, with underscores). CSV has the raw
 *   value, and its heading is `csv` or the label. `paper: false` leaves a column out of what is printed.
 * - onrow(row): makes rows choosable by click and Enter.
 * Returns {update(rows)}. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;
  const NUMERIC = new Set(["number", "eth", "bytes"]);
  const FORMATS = { number: format.number, eth: format.eth, bytes: format.bytes };

  function show(row, column) {
    const value = lab.read(row, column);
    if (column.format) return column.format(value, row);
    if (value === null || value === undefined || value === "") return "–";
    return FORMATS[column.kind] ? FORMATS[column.kind](value) : value;
  }

  const look = ({ kind, paper = true }) =>
    [NUMERIC.has(kind) && "number", kind === "mono" && "mono", !paper && "off-paper"].filter(Boolean).join(" ") || null;

  /* A dotted name may break where its parts meet, and nowhere else. */
  const breakable = (name) => String(name).split(/(?<=[._:])/).flatMap((part, at) => (at ? [el("wbr"), part] : [part]));

  function compare(left, right) {
    if (left === right) return 0;
    if (left === null || left === undefined) return 1;
    if (right === null || right === undefined) return -1;
    return typeof left === "number" && typeof right === "number"
      ? left - right : String(left).localeCompare(String(right), "en", { numeric: true });
  }

  lab.table = (host, given) => {
    const options = { pageSize: 25, search: null, csv: true, ...given };
    const { columns } = options;
    const state = { rows: options.rows, query: "", sort: null, down: false, page: 0 };
    const body = el("tbody");
    const pager = el("div", { class: "pager" });
    const left = el("p", { class: "figure-note paper-note" });
    const scroller = el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": options.caption, onpaper: () => { draw(); squeeze(); } });
    const count = el("span", { class: "figure-note", role: "status" });
    const headings = columns.map((column) => el("th", {
      scope: "col", class: look(column),
    }, el("button", { type: "button", onclick: () => sortBy(column) }, column.label)));

    function sortBy(column) {
      state.down = state.sort === column && !state.down;
      state.sort = column;
      state.page = 0;
      columns.forEach((each, position) => {
        if (each === column) headings[position].setAttribute("aria-sort", state.down ? "descending" : "ascending");
        else headings[position].removeAttribute("aria-sort");
      });
      draw();
    }

    function select() {
      const query = state.query.trim().toLowerCase();
      let rows = state.rows;
      if (query) {
        rows = rows.filter((row) => columns.some((column) =>
          `${show(row, column)} ${lab.read(row, column)}`.toLowerCase().includes(query)));
      }
      if (state.sort) {
        const sign = state.down ? -1 : 1;
        rows = [...rows].sort((a, b) => sign * compare(lab.read(a, state.sort), lab.read(b, state.sort)));
      }
      return rows;
    }

    function drawRow(row) {
      const choose = options.onrow && (() => options.onrow(row));
      return el("tr", {
        tabindex: choose ? "0" : null,
        onclick: choose,
        onkeydown: choose && ((event) => event.key === "Enter" && choose()),
        class: choose ? "choosable" : null,
      }, columns.map((column) => {
        const shown = show(row, column);
        return el("td", { class: look(column) }, column.kind === "name" ? breakable(shown) : shown);
      }));
    }

    function draw() {
      const rows = select();
      const size = lab.paper.on ? lab.paper.rows : options.pageSize;
      const pages = Math.max(1, Math.ceil(rows.length / size));
      if (!lab.paper.on) state.page = Math.min(state.page, pages - 1); // where somebody was, after printing too
      const first = lab.paper.on ? 0 : state.page * size;
      lab.fill(body, rows.slice(first, first + size).map(drawRow));
      left.textContent = rows.length > size
        ? `The first ${format.number(size)} of ${format.plural(rows.length, "row")}; the CSV that the page offers has all.` : "";
      if (!rows.length) lab.fill(body, el("tr", {}, el("td", { colspan: columns.length, class: "empty" }, "Nothing here.")));
      count.textContent = format.plural(rows.length, "row");
      const turn = (by) => () => { state.page += by; draw(); };
      lab.fill(pager, pages > 1 && [
        el("span", {}, `${format.number(first + 1)}–${format.number(Math.min(first + size, rows.length))} of ${format.number(rows.length)}`),
        el("button", { type: "button", class: "button", disabled: state.page === 0, onclick: turn(-1) }, "Previous"),
        el("button", { type: "button", class: "button", disabled: state.page === pages - 1, onclick: turn(1) }, "Next"),
      ]);
    }

    /* A table that is too wide for a sheet is set smaller. */
    function squeeze() {
      const fit = () => {
        table.style.zoom = "";
        const ratio = scroller.clientWidth / table.scrollWidth;
        if (lab.paper.on && ratio < 1) table.style.zoom = String(Math.max(0.5, ratio));
        return ratio >= 0.5;
      };
      table.classList.remove("squeezed");
      if (!fit() && lab.paper.on) { // hashes and the like, which may break anywhere
        table.classList.add("squeezed");
        fit();
      }
    }

    const table = el("table", { class: "table" },
      el("caption", { class: "visually-hidden" }, options.caption), el("thead", {}, el("tr", {}, headings)), body);
    const searched = options.search === null ? options.rows.length > options.pageSize : options.search;
    lab.fill(host,
      el("div", { class: "table-tools" },
        searched ? el("input", {
          type: "search", class: "input", placeholder: "Search", "aria-label": `Search ${options.caption}`,
          oninput: (event) => { state.query = event.target.value; state.page = 0; draw(); },
        }) : el("span"),
        el("div", { class: "buttons" }, count,
          options.csv && lab.csvButton(options.name, () => columns, select))),
      lab.fill(scroller, table), left, pager);
    draw();
    return { update(rows) { state.rows = rows; draw(); } };
  };
})();
