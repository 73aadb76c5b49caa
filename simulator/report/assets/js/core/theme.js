/* Light and dark: as the system has it, until somebody chooses. Charts ask here for their colours. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const KEY = "shardlab-theme";

  function remembered() {
    try { return window.localStorage.getItem(KEY); } catch { return null; }
  }

  function apply() {
    root.dataset.theme = remembered() || chosen || (system.matches ? "dark" : "light");
    lab.emit("theme", root.dataset.theme);
  }

  let chosen = null;
  lab.theme = {
    current: () => root.dataset.theme,
    toggle() {
      chosen = root.dataset.theme === "dark" ? "light" : "dark";
      try { window.localStorage.setItem(KEY, chosen); } catch { /* a file may have no storage */ }
      apply();
    },
    /* color("accent"), color("series-1") */
    color: (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim(),
    series: () => Array.from({ length: 8 }, (_, position) => lab.theme.color(`series-${position + 1}`)),
    reducedMotion: () => window.matchMedia("(prefers-reduced-motion: reduce)").matches,
  };
  system.addEventListener("change", apply);
  // What is drawn on canvases has to be drawn anew for paper.
  window.addEventListener("beforeprint", () => { root.dataset.theme = "light"; lab.emit("theme", "light"); });
  window.addEventListener("afterprint", apply);
  apply();
})();
