/* Paper: light, in one column, as wide as a sheet; what is drawn on canvases and kept in pages of tables is made anew. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const root = document.documentElement;
  const print = window.matchMedia("print");

  /* Rows of a table that go on paper; its CSV has the others. */
  lab.paper = { on: false, rows: 200 };

  function turn(on) {
    if (lab.paper.on === on) return;
    lab.paper.on = on;
    root.toggleAttribute("data-paper", on);
    if (on) root.dataset.theme = "light";
    else lab.theme.choose();
    for (const table of document.querySelectorAll(".table-scroll")) table.dispatchEvent(new CustomEvent("paper"));
    lab.emit("theme", root.dataset.theme);
    lab.emit("paper", on);
  }

  window.addEventListener("beforeprint", () => turn(true));
  window.addEventListener("afterprint", () => turn(print.matches));
  print.addEventListener("change", () => turn(print.matches)); // a browser may only say that the medium has changed
})();
