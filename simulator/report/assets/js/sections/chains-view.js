/* The canvas with its window on slots and lanes: size, zoom, pan, pointer, and the overview strip. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const { el } = lab;
  const { AXIS, x: toX, y: toY, slot: toSlot, row: toRow } = lab.chainsGeometry;
  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const STRIP = 44;

  function scale(canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  /* Deposits from push to end, crosslinks from a shard's last block to the beacon chain. */
  function buildArcs(data) {
    const { crosslinks } = data.model;
    return {
      deposits: data.deposits.flatMap((deposit) => {
        const last = deposit.steps[deposit.steps.length - 1];
        const first = deposit.steps.find((step) => step.slot === deposit.pushed && step.name === "pushed");
        if (!first || last === first || (first.lane === last.lane && first.slot === last.slot)) return [];
        return [[first.lane, first.slot, last.lane, last.slot, deposit]];
      }),
      crosslinks: crosslinks.slot.map((slot, position) =>
        [crosslinks.shard[position] + 1, crosslinks.end[position], 0, slot]),
    };
  }

  lab.chainsView = (data, state, { onpick, onhover }) => {
    const canvas = el("canvas", { class: "chains-canvas", "aria-hidden": "true" });
    const strip = el("canvas", { class: "chains-strip", "aria-hidden": "true", title: "The whole run: drag to move" });
    const tip = el("div", { class: "chains-tip", hidden: true });
    const frame = el("div", { class: "chains-frame" }, canvas, tip);
    const arcs = buildArcs(data);
    const view = { width: 0, height: 0, gutter: 76, cell: 0, lane: 0, left: 1, top: 0, rows: [], rowOf: new Map(), font: "sans-serif" };
    let [context, stripContext, stripBase, pending, fitted] = [null, null, null, false, false];

    const span = () => (view.width - view.gutter) / view.cell;
    const fitCell = () => (view.width - view.gutter) / data.slots;
    const fitLane = () => clamp(((lab.paper.on ? 330 : Math.min(window.innerHeight * 0.62, 620)) - AXIS) / view.rows.length, 7, 58);

    function setRows(rows) {
      view.rows = rows;
      view.rowOf = new Map(rows.map((lane, row) => [lane, row]));
      fitted = false;
      resize();
    }

    function bound() {
      view.cell = clamp(view.cell, Math.min(fitCell(), 24), 64);
      view.lane = clamp(view.lane, fitLane(), Math.max(fitLane(), 64));
      view.left = clamp(view.left, 1, Math.max(1, data.slots + 1 - span()));
      view.top = clamp(view.top, 0, Math.max(0, view.rows.length * view.lane - (view.height - AXIS)));
    }

    function fit() {
      const readable = data.slots > 400 ? 0 : view.width < 560 ? 9 : 5;
      const wanted = Math.max(fitCell(), readable);
      view.cell = Math.min(wanted, 26);
      view.lane = fitLane();
      view.left = 1;
      view.top = 0;
      fitted = true;
    }

    function resize() {
      const width = frame.clientWidth;
      if (!width || !view.rows.length) return;
      view.width = width;
      view.gutter = width < 560 ? 54 : 76;
      view.font = getComputedStyle(document.body).fontFamily;
      view.height = Math.round(AXIS + view.rows.length * fitLane() + 4);
      if (!fitted) fit();
      bound();
      context = scale(canvas, width, view.height);
      stripContext = scale(strip, width, STRIP);
      stripBase = null;
      show(state.now);
      draw();
    }

    function drawStripBase() {
      stripBase = document.createElement("canvas");
      const base = scale(stripBase, view.width, STRIP);
      const wide = view.width - view.gutter;
      const columns = Math.min(data.slots, Math.floor(wide));
      const bars = Array.from({ length: columns }, () => ({ slots: 0, all: 0, bad: 0 }));
      for (let slot = 1; slot <= data.slots; slot += 1) {
        const bar = bars[Math.floor(((slot - 1) / data.slots) * columns)];
        bar.slots += 1;
        for (const lane of view.rows) {
          const outcome = data.outcome(lane, slot, data.slots);
          bar.bad += Number(outcome >= 3);
          bar.all += Number(outcome > 0);
        }
      }
      const most = Math.max(...bars.map((bar) => bar.all / bar.slots)) || 1;
      const draw = (x, bottom, high, name) => {
        base.fillStyle = state.colors[name];
        base.fillRect(x, bottom - high, Math.max(0.8, wide / columns - 0.5), high);
        return bottom - high;
      };
      bars.forEach((bar, column) => {
        const x = view.gutter + (column / columns) * wide;
        const unit = (STRIP - 14) / most / bar.slots;
        const top = draw(x, STRIP - 5, (bar.all - bar.bad) * unit, "cell-accepted");
        if (bar.bad) draw(x, top, Math.max(2, bar.bad * unit), "cell-rejected");
      });
    }

    function drawStrip() {
      if (!stripBase) drawStripBase();
      const wide = view.width - view.gutter;
      const at = (slot) => view.gutter + ((slot - 1) / data.slots) * wide;
      stripContext.clearRect(0, 0, view.width, STRIP);
      stripContext.globalAlpha = 0.55;
      stripContext.drawImage(stripBase, 0, 0, view.width, STRIP);
      stripContext.globalAlpha = 1;
      stripContext.fillStyle = state.colors["text-2"];
      stripContext.font = `11px ${view.font}`;
      stripContext.textBaseline = "middle";
      stripContext.fillText("all slots", 2, STRIP / 2);
      if (span() < data.slots - 0.5) {
        stripContext.strokeStyle = state.colors["line-2"];
        stripContext.lineWidth = 1.5;
        stripContext.fillStyle = state.colors["accent-soft"];
        stripContext.globalAlpha = 0.5;
        stripContext.fillRect(at(view.left), 2, span() / data.slots * wide, STRIP - 4);
        stripContext.globalAlpha = 1;
        stripContext.strokeStyle = state.colors.accent;
        stripContext.beginPath();
        stripContext.roundRect(at(view.left), 2, Math.max(4, (span() / data.slots) * wide), STRIP - 4, 4);
        stripContext.stroke();
      }
      stripContext.fillStyle = state.colors.accent;
      stripContext.fillRect(at(state.now) + wide / data.slots / 2 - 1, 0, 2, STRIP);
    }

    function paint() {
      pending = false;
      if (!context) return;
      lab.chainsDraw(context, data, view, state, arcs);
      drawStrip();
    }

    function draw() {
      if (!pending) {
        pending = true;
        requestAnimationFrame(paint);
      }
    }

    /* Bring a slot, and a lane, into view. */
    function show(slot, lane = null) {
      if (!view.cell) return;
      if (slot < view.left + 1) view.left = slot - span() * 0.2;
      else if (slot > view.left + span() - 2) view.left = slot - span() * 0.8;
      const row = lane === null ? undefined : view.rowOf.get(lane);
      if (row !== undefined) {
        if (row > 0 && toY(view, row) < AXIS + view.lane) view.top = (row - 1) * view.lane;
        else if (toY(view, row + 1) > view.height) view.top = (row + 1) * view.lane - view.height + AXIS;
      }
      bound();
    }

    function zoom(factor, x = null, y = null) {
      const anchorX = x === null ? Math.max(view.gutter, toX(view, state.now)) : x;
      const anchorY = y === null ? AXIS : y;
      const slot = view.left + (anchorX - view.gutter) / view.cell;
      const row = (anchorY - AXIS + view.top) / view.lane;
      view.cell *= factor;
      if (view.rows.length > 12) view.lane *= Math.sqrt(factor);
      bound();
      view.left = slot - (anchorX - view.gutter) / view.cell;
      view.top = row * view.lane - (anchorY - AXIS);
      bound();
      draw();
    }

    function locate(event) {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const [slot, row] = [toSlot(view, x), toRow(view, y)];
      const inside = x >= view.gutter && y >= AXIS && slot >= 1 && slot <= data.slots && row >= 0 && row < view.rows.length;
      return { x, y, slot, lane: inside ? view.rows[row] : null };
    }

    /* The deposit whose arc runs closest to a point, within a few pixels. */
    function findArc({ x, y }) {
      if (!state.showDeposits) return null;
      for (const [fromLane, first, toLane, last, deposit] of lab.chainsArcs(arcs.deposits, view, state.now)) {
        const [from, to] = [view.rowOf.get(fromLane), view.rowOf.get(toLane)];
        if (from === undefined || to === undefined || last > state.now) continue;
        const [x0, x1] = [toX(view, first) + view.cell / 2, toX(view, last) + view.cell / 2];
        if (x < x0 - 2 || x > x1 + 2 || from === to) continue;
        const [y0, y1] = [from, to].map((row) => toY(view, row) + view.lane / 2);
        const reach = Math.max(14, (x1 - x0) * 0.55);
        for (let step = 1; step < 24; step += 1) {
          const t = step / 24;
          const u = 1 - t;
          const px = u ** 3 * x0 + 3 * u * u * t * (x0 + reach) + 3 * u * t * t * (x1 - reach) + t ** 3 * x1;
          const py = u ** 3 * y0 + 3 * u * u * t * y0 + 3 * u * t * t * y1 + t ** 3 * y1;
          if (Math.hypot(px - x, py - y) < 5) return deposit;
        }
      }
      return null;
    }

    const pointers = new Map();
    let moved = 0;
    canvas.addEventListener("pointerdown", (event) => {
      pointers.set(event.pointerId, event);
      moved = 0;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) {
        hover(locate(event));
        return;
      }
      if (pointers.size === 2) pinch(event);
      else {
        view.left -= (event.clientX - before.clientX) / view.cell;
        view.top -= event.clientY - before.clientY;
        moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
        bound();
        draw();
      }
      pointers.set(event.pointerId, event);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (moved < 5 && pointers.size === 1) {
        const place = locate(event);
        onpick(place, place.lane !== null && data.find(place.lane, place.slot) < 0 ? findArc(place) : null);
      }
      pointers.delete(event.pointerId);
    });
    canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
    canvas.addEventListener("pointerleave", () => { tip.hidden = true; });

    function pinch(event) {
      const other = [...pointers.values()].find((each) => each.pointerId !== event.pointerId);
      const before = pointers.get(event.pointerId);
      const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      const { x, y } = locate(event);
      moved += 10;
      zoom(distance(event) / distance(before), x, y);
    }

    canvas.addEventListener("wheel", (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (!event.ctrlKey && !event.metaKey && !sideways) return; // the page scrolls
      event.preventDefault();
      const { x, y } = locate(event);
      if (sideways && !event.ctrlKey) {
        view.left += (event.deltaX || event.deltaY) / view.cell;
        bound();
        draw();
      } else zoom(Math.exp(-event.deltaY / 300), x, y);
    }, { passive: false });

    function hover(place) {
      const deposit = place.lane !== null && data.find(place.lane, place.slot) < 0 ? findArc(place) : null;
      tip.hidden = place.lane === null;
      canvas.style.cursor = deposit || (place.lane !== null && data.find(place.lane, place.slot) >= 0) ? "pointer" : "default";
      if (tip.hidden) return;
      tip.textContent = onhover(place, deposit);
      const right = place.x > view.width - 260;
      tip.style.transform = `translate(${Math.round(place.x + (right ? -12 : 14))}px, ${Math.round(place.y + 14)}px)${right ? " translateX(-100%)" : ""}`;
    }

    let dragging = false;
    const jump = (event) => {
      const box = strip.getBoundingClientRect();
      const share = (event.clientX - box.left - view.gutter) / (view.width - view.gutter);
      view.left = 1 + share * data.slots - span() / 2;
      bound();
      draw();
    };
    strip.addEventListener("pointerdown", (event) => { dragging = true; strip.setPointerCapture(event.pointerId); jump(event); });
    strip.addEventListener("pointermove", (event) => dragging && jump(event));
    strip.addEventListener("pointerup", () => { dragging = false; });

    const resizing = new ResizeObserver(() => frame.clientWidth !== view.width && resize());
    resizing.observe(frame);
    const unlisten = lab.on("paper", () => {
      fitted = fitted && !lab.paper.on; // paper has everything, whatever somebody zoomed into
      resize();
      paint();
    });
    return {
      frame, strip, view, draw, show, zoom, setRows,
      fit() { fit(); bound(); draw(); },
      recolor() { stripBase = null; paint(); },
      pan(slots, rows) { view.left += slots; view.top += rows * view.lane; bound(); draw(); },
      /* Where a cell's middle is on the page; for tests. */
      place(lane, slot) {
        const box = canvas.getBoundingClientRect();
        return [box.left + toX(view, slot) + view.cell / 2, box.top + toY(view, view.rowOf.get(lane)) + view.lane / 2];
      },
      paint,
      dispose() { unlisten(); resizing.disconnect(); },
    };
  };
})();
