/* Starting the page: read the data, show the header, mount the sections, follow the choice of a run. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, fill, format } = lab;
  const cleaners = [];
  const documents = [];

  const TILES = [
    ["Slots", (run) => format.number(run.facts.slots), (run) => format.seconds(run.facts.slots * run.facts.seconds_per_slot)],
    ["Shard blocks", (run) => metric(run, "shards.blocks"), (run) => count(run, "shards.blocks_rejected", "refused")],
    ["Deposits settled", (run) => metric(run, "deposits.settled"), (run) => count(run, "deposits.created", "asked for")],
    ["Median latency", (run) => metric(run, "deposits.latency_slots.p50"), () => "slots from pushed to settled"],
    ["Scripts usable", (run) => metric(run, "scripts.usable"), (run) => count(run, "scripts.submitted", "submitted")],
    ["Conservation error", (run) => metric(run, "conservation_error"), () => "Gwei; anything but 0 is a bug"],
  ];

  /* A run whose process was killed is running for ever, as far as it knows. */
  const STATUSES = { running: "not finished" };

  function metric(run, name) {
    const value = run.facts.metrics[name];
    return value === undefined ? "–" : format.number(value);
  }

  function count(run, name, what) {
    const value = run.facts.metrics[name];
    return value === undefined ? "" : `${format.number(value)} ${what}`;
  }

  function showHeader(run) {
    const { facts } = run;
    const status = facts.status === "complete" ? "good" : "bad";
    document.getElementById("run-title").textContent = facts.title;
    fill(document.getElementById("run-facts"),
      el("span", { class: `badge ${status}` }, STATUSES[facts.status] || facts.status),
      el("span", {}, `scenario ${facts.scenario}`),
      el("span", {}, `seed ${facts.seed}`),
      el("span", {}, `${format.plural(facts.shards, "shard")}, ${format.plural(facts.slots, "slot")} of ${facts.seconds_per_slot} s`),
      el("span", {}, `shardlab ${facts.versions.shardlab} with ${Object.entries(facts.versions)
        .filter(([name]) => name !== "shardlab").map(([name, version]) => `${name} ${version}`).join(", ")}`));
    const ending = document.getElementById("run-ending");
    ending.hidden = facts.status === "complete";
    ending.textContent = facts.ending;
    document.getElementById("run-command").textContent = facts.command;
    const note = document.getElementById("run-note");
    note.hidden = facts.is_shipped;
    note.textContent = `The scenario does not come with shardlab as it ran here: the command wants it as ${facts.scenario}.yaml, in the folder where you are.`;
    fill(document.getElementById("run-tiles"), TILES.map(([name, value, note]) =>
      el("div", { class: "card tile" }, el("dt", {}, name), el("dd", {}, value(run)), el("small", {}, note(run)))));
    document.title = `${facts.title} – shardlab`;
  }

  function showRun(index) {
    cleaners.splice(0).forEach((clean) => clean());
    const run = documents[index];
    showHeader(run);
    for (const [name, mount] of lab.mounts) {
      const host = document.querySelector(`[data-mount="${name}"]`);
      if (!host) continue;
      const clean = mount(fill(host), run, { ...lab.page, index });
      if (clean) cleaners.push(clean);
    }
    lab.emit("run", index);
  }

  async function copyCommand(event) {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(document.getElementById("run-command").textContent);
      button.setAttribute("aria-label", "Copied");
    } catch {
      window.getSelection().selectAllChildren(document.getElementById("run-command"));
    }
  }

  function followScroll() {
    const links = [...document.querySelectorAll(".bar nav a")];
    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const link = links.find((each) => each.hash === `#${entry.target.id}`);
        if (entry.isIntersecting) {
          links.forEach((each) => each.removeAttribute("aria-current"));
          link.setAttribute("aria-current", "true");
        }
      }
    }, { rootMargin: "-20% 0px -70% 0px" });
    document.querySelectorAll("section.section").forEach((section) => watch.observe(section));
  }

  async function start() {
    lab.page = await lab.readDocument("page-data");
    for (let index = 0; index < lab.page.runs.length; index += 1) {
      documents.push(await lab.readDocument(`run-data-${index}`));
    }
    lab.runs = documents;
    const chooser = document.getElementById("run-chooser");
    if (chooser) chooser.addEventListener("change", () => showRun(Number(chooser.value)));
    document.getElementById("theme-toggle").addEventListener("click", lab.theme.toggle);
    document.getElementById("command-copy").addEventListener("click", copyCommand);
    showRun(0);
    followScroll();
    document.documentElement.dataset.ready = "true";
  }

  start();
})();
