/* Reading the documents that the page carries. */
(() => {
  "use strict";
  const lab = window.shardlab;

  async function inflate(base64) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }

  lab.readDocument = async (name) => {
    const element = document.getElementById(name);
    const text = element.textContent;
    return JSON.parse(element.dataset.coding === "deflate" ? await inflate(text) : text);
  };

  /* Columns of a model as records; for short tables, not for drawing loops. */
  lab.records = (columns) => {
    const names = Object.keys(columns);
    const count = names.length ? columns[names[0]].length : 0;
    return Array.from({ length: count }, (_, position) =>
      Object.fromEntries(names.map((name) => [name, columns[name][position]])));
  };
})();
