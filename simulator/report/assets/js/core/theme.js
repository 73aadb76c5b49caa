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

  const choose = () => { root.dataset.theme = remembered() || chosen || (system.matches ? "dark" : "light"); };

  function apply() {
    if (lab.paper && lab.paper.on) return; // paper is light
    choose();
    lab.emit("theme", root.dataset.theme);
  }

  let chosen = null;
  lab.theme = {
    choose,
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
  apply();
})();
