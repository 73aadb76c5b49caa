/* The page's one global, and the list of sections that have announced themselves.
 *
 * A section calls `shardlab.section(name, mount)`. `mount(host, run, page)` draws it into `host`, an
 * empty element of its template (`data-mount`), and may return a function that cleans up.
 * - `run`:  {facts, sections}: the run that is shown; `run.sections[name]` is the section's model.
 * - `page`: {runs, sections, index}: labels of all runs, models of all runs together, which is shown.
 * A section is mounted again when another run is chosen; one that shows all runs ignores `run`. */
(() => {
  "use strict";
  const mounts = new Map();
  const listeners = new Map();

  window.shardlab = {
    mounts,
    section(name, mount) {
      mounts.set(name, mount);
    },
    /* Sections speak to each other by events: "run", "slot", "deposit", "theme". */
    on(kind, listener) {
      if (!listeners.has(kind)) listeners.set(kind, new Set());
      listeners.get(kind).add(listener);
      return () => listeners.get(kind).delete(listener);
    },
    emit(kind, value) {
      for (const listener of [...(listeners.get(kind) || [])]) listener(value);
    },
  };
})();
