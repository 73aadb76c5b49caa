/* Making elements. Text is always set as text: nothing from a run is ever parsed as HTML. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const SVG = "http://www.w3.org/2000/svg";

  const ICONS = {
    play: "M7 5v14l11-7z",
    pause: "M8 5v14M16 5v14",
    back: "M15 5l-8 7 8 7M5 5v14",
    forward: "M9 5l8 7-8 7M19 5v14",
    first: "M18 5l-7 7 7 7M10 5l-7 7 7 7",
    last: "M6 5l7 7-7 7M14 5l7 7-7 7",
    plus: "M12 5v14M5 12h14",
    minus: "M5 12h14",
    fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
    download: "M12 4v11M7 11l5 5 5-5M5 20h14",
    copy: "M9 9h11v11H9zM5 15H4V4h11v1",
    theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
    close: "M6 6l12 12M18 6L6 18",
    help: "M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2.2M12 18v.01",
  };

  function append(node, children) {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  }

  /* el("p", {class: "note", onclick: f, "aria-label": "x"}, "text", otherNode) */
  lab.el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name === "value") node.value = value;
      else node.setAttribute(name, value === true ? "" : value);
    }
    append(node, children);
    return node;
  };

  lab.fill = (node, ...children) => {
    node.replaceChildren();
    append(node, children);
    return node;
  };

  lab.icon = (name) => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  };

  lab.button = (label, onclick, { icon = null, quiet = false, pressed = null, title = null } = {}) =>
    lab.el("button", {
      type: "button",
      class: ["button", icon && "icon", quiet && "quiet"].filter(Boolean).join(" "),
      "aria-label": icon ? label : null,
      "aria-pressed": pressed === null ? null : String(pressed),
      title: title || (icon ? label : null),
      onclick,
    }, icon ? lab.icon(icon) : label);

  /* pairs([["fuel", "1,234"], ...]) as a definition list; empty values are left out. */
  lab.pairs = (entries) => lab.el("dl", { class: "pairs" }, entries
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => [lab.el("dt", {}, name), lab.el("dd", {}, value)]));
})();
