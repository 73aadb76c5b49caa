/* Tables as files. Text that a spreadsheet would take for a formula gets an apostrophe before it. */
(() => {
  "use strict";
  const lab = window.shardlab;

  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    let text = String(value);
    if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }

  lab.read = (row, column) => (column.value ? column.value(row) : row[column.key]);

  lab.toCsv = (columns, rows) => {
    const lines = [columns.map((column) => cell(column.csv || column.label))];
    for (const row of rows) lines.push(columns.map((column) => cell(lab.read(row, column))));
    return `${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
  };

  lab.download = (name, text, type = "text/csv") => {
    const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    const link = lab.el("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };

  lab.csvButton = (name, getColumns, getRows) =>
    lab.el("button", {
      type: "button",
      class: "button quiet",
      title: "Download as CSV",
      onclick: () => lab.download(`${name.replace(/[^\w.-]+/g, "-")}.csv`, lab.toCsv(getColumns(), getRows())),
    }, lab.icon("download"), "CSV");
})();
