/* What the sections on money, scripts and comparison share: charts by keyboard, empty states, tooltips.
 *
 * lab.chartKeys(figure, host, {count, tell, series, reveal}): arrow keys walk through the points of a chart's axis and
 * say what they show; `tell(index)` gives the words, `reveal(index)` brings a point into view. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el } = lab;

  lab.chartKeys = (figure, host, { count, tell, series = 0, reveal = () => {} }) => {
    const canvas = host.querySelector(".figure-chart");
    const said = el("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
    let at = -1;
    canvas.after(said);
    canvas.tabIndex = 0;
    canvas.setAttribute("aria-description", "Arrow keys go from value to value");
    canvas.addEventListener("keydown", (event) => {
      const last = count() - 1;
      const step = event.shiftKey ? 10 : 1;
      const next = { ArrowRight: at + step, ArrowLeft: at - step, Home: 0, End: last }[event.key];
      if (next === undefined || last < 0) return;
      event.preventDefault();
      at = Math.max(0, Math.min(last, next));
      reveal(at);
      figure.chart.dispatchAction({ type: "showTip", seriesIndex: series, dataIndex: at });
      said.textContent = tell(at);
    });
    canvas.addEventListener("blur", () => figure.chart.dispatchAction({ type: "hideTip" }));
  };

  /* Says why there is nothing to draw. */
  lab.emptyCard = (title, why) =>
    el("article", { class: "card pad" }, el("h3", {}, title), el("p", { class: "empty" }, why));

  /* Lines of a tooltip: heading, then every series that is not zero, the topmost first. */
  lab.tipLines = (heading, points, show) => [heading, ...points
    .filter((point) => point.value)
    .map((point) => `${point.marker} ${point.seriesName}  ${show(point.value)}`)].join("\n");

  lab.fold = (title, draw) => {
    const host = el("div");
    let drawn = false;
    return el("details", { class: "card fold", ontoggle: (event) => {
      if (!event.target.open || drawn) return;
      drawn = true;
      draw(host);
    } }, el("summary", {}, title), host);
  };
})();
