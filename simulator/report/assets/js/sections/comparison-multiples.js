/* Small multiples: several panels of one chart, as many in a row as fit.
 *
 * lab.multiples(host, {name, title, description, panels, build, table})
 * - panels: how many; panelHeight: of each.
 * - build(theme, box): the ECharts option; box(position) gives {left, top, width, height} of a panel.
 * Returns a figure whose update() takes the same names. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const NARROWEST = 250;
  const GAP = 28;
  const HEAD = 30;

  lab.multiples = (host, given) => {
    const options = { panelHeight: 190, ...given };
    /* As many as fit, the rows as even as can be. */
    const columnsFor = (width) => {
      const most = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
      return Math.ceil(options.panels / Math.ceil(options.panels / most));
    };
    const measure = () => Math.max(200, (host.querySelector(".figure-chart") || host).clientWidth || 600);
    let columns = 0;

    const option = (theme) => {
      const width = measure();
      const across = (width - GAP * (columns - 1)) / columns;
      const box = (position) => ({
        left: (position % columns) * (across + GAP), top: Math.floor(position / columns) * options.panelHeight + HEAD,
        width: across, height: options.panelHeight - HEAD - 26,
      });
      return options.build(theme, box);
    };
    const fit = () => {
      columns = columnsFor(measure());
      return Math.ceil(options.panels / columns) * options.panelHeight + 8;
    };
    const figure = lab.figure(host, { ...options, height: fit(), option });
    const canvas = host.querySelector(".figure-chart");
    const refit = () => {
      if (!canvas.clientWidth) return;
      canvas.style.height = `${fit()}px`;
      figure.chart.resize();
      figure.update({ option });
    };
    refit();
    let width = canvas.clientWidth;
    const resizing = new ResizeObserver(() => {
      if (canvas.clientWidth && canvas.clientWidth !== width) { width = canvas.clientWidth; refit(); }
    });
    resizing.observe(canvas);
    const unlisten = lab.on("paper", refit);
    return {
      chart: figure.chart,
      update(changes) {
        Object.assign(options, changes);
        if (changes.table) figure.update({ option, table: changes.table });
        refit();
      },
      dispose() { unlisten(); resizing.disconnect(); figure.dispose(); },
    };
  };
})();
