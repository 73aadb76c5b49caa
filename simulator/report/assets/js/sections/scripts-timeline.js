/* The lives of scripts: a row each, from submitted to settled, with marks for what happened at once. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el, format } = lab;
  const ROW = 24;
  const MOST_ROWS = 24;
  const CROSS = "path://M2,0L5,3L8,0L10,2L7,5L10,8L8,10L5,7L2,10L0,8L3,5L0,2Z";

  const STAGES = [
    { key: "waiting", label: "submitted, not registered yet", color: "series-8" },
    { key: "checked", label: "registered, not usable yet", color: "series-2" },
    { key: "usable", label: "usable, calls may be called back", color: "series-5" },
    { key: "settled", label: "settled", color: "series-1" },
  ];
  const MARKS = [
    { key: "validated", label: "first validated", symbol: "diamond", size: 9, color: "text", offset: [0, "-95%"] },
    { key: "called", label: "first call", symbol: "circle", size: 9, color: "surface", border: "text" },
    { key: "ended", label: "refused, or invalid for good", symbol: CROSS, size: 10, color: "bad", bare: true },
  ];
  const COLUMNS = [
    { key: "name", label: "script" },
    { key: "submitted", label: "submitted", kind: "number", csv: "submitted_slot" },
    { key: "registered", label: "registered", kind: "number", csv: "registered_slot" },
    { key: "validated", label: "first validated", kind: "number", csv: "first_validated_slot" },
    { key: "usable", label: "usable", kind: "number", csv: "usable_slot" },
    { key: "settled", label: "settled", kind: "number", csv: "settled_slot" },
    { key: "called", label: "first call", kind: "number", csv: "first_call_slot" },
    { key: "ended", label: "refused or invalid", kind: "number", csv: "refused_slot" },
  ];

  /* Where each stage of a life ends; what never came leaves no stage behind it. */
  function measure(life, end) {
    const stop = life.ended ?? end;
    const registered = life.registered ?? stop;
    const usable = life.usable ?? stop;
    const settled = life.settled ?? end;
    return {
      start: life.submitted,
      waiting: Math.max(0, registered - life.submitted),
      checked: Math.max(0, usable - registered),
      usable: life.usable === null ? 0 : Math.max(0, settled - usable),
      settled: life.settled === null ? 0 : Math.max(0, end - settled),
    };
  }

  const tell = (life) => [life.name, ...COLUMNS.slice(1).filter(({ key }) => life[key] !== null)
    .map(({ key, label }) => `${label}: slot ${life[key]}`)].join("\n");

  function draw(theme, lives, end, width) {
    const spans = lives.map((life) => measure(life, end));
    const bar = (name, values, style) => ({ name, type: "bar", stack: "life", barWidth: 12, data: values, ...style });
    const shown = MARKS.map((mark) => ({ ...mark, data: lives.flatMap((life, row) => (life[mark.key] === null ? [] : [[life[mark.key], row]])) }));
    const isLong = lives.length > MOST_ROWS;
    return {
      legend: { data: [...STAGES.filter(({ key }) => spans.some((span) => span[key])), ...shown.filter((mark) => mark.data.length)]
        .map(({ label, symbol }) => ({ name: label, icon: symbol || "roundRect" })) },
      grid: { top: 44, left: 16, right: isLong ? 40 : 20, bottom: 24, containLabel: true },
      xAxis: { type: "value", min: 0, max: end, minInterval: 1, name: "slot", nameLocation: "middle", nameGap: 26, axisLabel: { showMaxLabel: false } },
      yAxis: {
        type: "category", inverse: true, data: lives.map((life) => life.name), splitLine: { show: false },
        axisLabel: { width: Math.min(170, width * 0.26), overflow: "truncate", interval: 0 },
      },
      dataZoom: isLong ? [{
        type: "slider", yAxisIndex: 0, startValue: 0, endValue: MOST_ROWS - 1, width: 14, right: 8, showDetail: false, brushSelect: false,
        zoomLock: true, borderColor: theme.color("line-2"), fillerColor: theme.color("accent-soft"), showDataShadow: false,
        handleSize: 0, moveHandleSize: 0,
      }] : [],
      tooltip: { trigger: "item", formatter: ({ seriesType, dataIndex, value }) => tell(lives[seriesType === "bar" ? dataIndex : value[1]]) },
      series: [
        bar("", spans.map((span) => span.start), { silent: true, itemStyle: { color: "transparent" }, tooltip: { show: false } }),
        ...STAGES.map(({ key, label, color }) => bar(label, spans.map((span) => span[key]), { color: theme.color(color), itemStyle: { borderRadius: 2 } })),
        ...shown.map((mark) => ({
          name: mark.label, type: "scatter", data: mark.data, symbol: mark.symbol, symbolSize: mark.size, symbolOffset: mark.offset, z: 5, color: theme.color(mark.color),
          itemStyle: { borderColor: theme.color(mark.border || "surface"), borderWidth: mark.bare ? 0 : mark.border ? 2 : 1 },
        })),
      ],
    };
  }

  /* Returns the figure. */
  lab.scriptsTimeline = (host, lives, slots, label) => {
    const end = slots + 1;
    const rows = Math.min(lives.length, MOST_ROWS);
    const figure = lab.figure(host, {
      name: `${label}-lives`, title: "Lives of the scripts", height: rows * ROW + 120,
      description: "From the request to be registered until calls can no longer be called back.",
      option: (theme) => draw(theme, lives, end, host.clientWidth),
      table: { columns: COLUMNS, rows: lives, search: true },
    });
    const reveal = (at) => {
      if (lives.length <= MOST_ROWS) return;
      const startValue = Math.max(0, Math.min(at - MOST_ROWS + 2, lives.length - MOST_ROWS));
      figure.chart.dispatchAction({ type: "dataZoom", startValue, endValue: startValue + MOST_ROWS - 1 });
    };
    lab.chartKeys(figure, host, { count: () => lives.length, series: 1, reveal, tell: (index) => tell(lives[index]).replaceAll("\n", ", ") });
    if (lives.length > MOST_ROWS) {
      host.querySelector(".figure-body").append(el("p", { class: "figure-note" },
        `${format.number(MOST_ROWS)} of ${format.plural(lives.length, "script")} at a time: move the bar on the right, or use the arrow keys.`));
    }
    return figure;
  };
})();
