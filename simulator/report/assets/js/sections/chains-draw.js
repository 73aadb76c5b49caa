/* Drawing lanes on a canvas: only what is visible, one path per outcome. */
(() => {
  "use strict";
  const lab = window.shardlab;
  const AXIS = 26;
  const [EMPTY, ACCEPTED, NOOP, UNDONE, REJECTED] = lab.chainsOutcomes.keys();
  const MANY_ARCS = 150; // from here on only those under way in the current slot
  const MOST_ARCS = 600;
  const FAINT = 0.22;

  lab.chainsColors = () => Object.fromEntries(["cell-empty", "cell-accepted", "cell-noop", "cell-undone",
    "cell-rejected", "cell-mark", "arc-crosslink", "arc-deposit", "text", "text-2", "line", "line-2",
    "surface", "surface-2", "accent", "accent-soft"].map((name) => [name, lab.theme.color(name)]));

  /* view: {width, height, gutter, cell (px per slot), lane (px), left (first slot, fractional),
   * top (px scrolled over lanes), rows (lanes shown)} */
  const geometry = {
    AXIS,
    x: (view, slot) => view.gutter + (slot - view.left) * view.cell,
    // The beacon chain's lane, the first, stays while the shards' lanes scroll beneath it.
    y: (view, row) => (row === 0 ? AXIS : AXIS + row * view.lane - view.top),
    slot: (view, x) => Math.floor(view.left + (x - view.gutter) / view.cell),
    row: (view, y) => (y >= AXIS && y < AXIS + view.lane ? 0 : Math.floor((y - AXIS + view.top) / view.lane)),
  };

  function visible(view, slots) {
    return {
      first: Math.max(1, Math.floor(view.left)),
      last: Math.min(slots, Math.ceil(view.left + (view.width - view.gutter) / view.cell)),
      top: Math.max(1, Math.floor(view.top / view.lane) + 1),
      bottom: Math.min(view.rows.length - 1, geometry.row(view, view.height)),
    };
  }

  const color = (colors, outcome) => colors[`cell-${lab.chainsOutcomes[outcome].name}`];

  /* Cells of at least three pixels: a shape each. */
  function drawCells(context, data, view, state, seen) {
    const gap = view.cell > 8 ? 2 : view.cell > 4 ? 1 : 0;
    const high = view.lane * (view.lane > 30 ? 0.56 : 0.78);
    const wide = Math.max(1, view.cell - gap);
    const radius = Math.min(4, wide / 4, high / 4);
    const groups = new Map();
    for (let row = seen.top; row <= seen.bottom; row += 1) {
      const lane = view.rows[row];
      const y = geometry.y(view, row) + (view.lane - high) / 2;
      for (let slot = seen.first; slot <= seen.last; slot += 1) {
        const outcome = data.outcome(lane, slot, state.now);
        const faint = slot > state.now || !state.passes(lane, slot, outcome);
        const key = outcome * 2 + Number(faint);
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push(geometry.x(view, slot) + gap / 2, y, lane, slot);
      }
    }
    for (const [key, places] of groups) {
      context.globalAlpha = state.bright * (key % 2 ? FAINT : 1);
      drawGroup(context, data, key >> 1, places, { wide, high, radius, colors: state.colors });
    }
    context.globalAlpha = 1;
  }

  function drawGroup(context, data, outcome, places, { wide, high, radius, colors }) {
    context.beginPath();
    for (let each = 0; each < places.length; each += 4) {
      const [x, y] = [places[each], places[each + 1]];
      if (outcome === EMPTY) {
        const size = Math.min(3, wide / 2, high / 2);
        context.rect(x + (wide - size) / 2, y + (high - size) / 2, size, size);
      } else if (radius > 1) context.roundRect(x, y, wide, high, radius);
      else context.rect(x, y, wide, high);
    }
    context.fillStyle = color(colors, outcome);
    context.fill();
    if (wide >= 6 && high >= 6) drawMarks(context, data, outcome, places, wide, high, colors);
  }

  /* What tells outcomes apart without colour: a cross, stripes, a bar; a dot for deposits. */
  function drawMarks(context, data, outcome, places, wide, high, colors) {
    if (outcome === EMPTY) return;
    if (outcome === NOOP) { // too pale to stand on its own
      context.strokeStyle = colors["cell-accepted"];
      context.lineWidth = 1;
      context.stroke();
    }
    context.beginPath();
    const size = Math.min(wide, high) * 0.24;
    for (let each = 0; each < places.length; each += 4) {
      const [x, y, lane, slot] = places.slice(each, each + 4);
      const [middle, center] = [x + wide / 2, y + high / 2];
      if (outcome === REJECTED) {
        context.moveTo(middle - size, center - size); context.lineTo(middle + size, center + size);
        context.moveTo(middle + size, center - size); context.lineTo(middle - size, center + size);
      } else if (outcome === UNDONE) {
        for (const shift of [0.3, 0.62]) {
          context.moveTo(x + 1, y + high * shift + size); context.lineTo(x + wide - 1, y + high * shift - size);
        }
      } else if (outcome === NOOP) {
        context.moveTo(middle - size, center); context.lineTo(middle + size, center);
      } else if (lane > 0 && data.pushes(lane, slot)) {
        context.moveTo(middle + size * 0.6, center); context.arc(middle, center, size * 0.6, 0, 7);
      }
    }
    if (outcome === ACCEPTED) {
      context.fillStyle = colors["cell-mark"];
      context.fill();
    } else {
      context.strokeStyle = outcome === NOOP ? colors.text : colors["cell-mark"];
      context.lineWidth = Math.max(1.25, size / 3);
      context.stroke();
    }
  }

  /* Many slots a pixel: the gravest outcome of each pixel, in runs of equal ones. */
  function drawPixels(context, data, view, state, seen) {
    const high = Math.max(1, view.lane * 0.78);
    const paths = lab.chainsOutcomes.map(() => [new Path2D(), new Path2D()]);
    const step = Math.max(view.cell, 1);
    const columns = Math.ceil(((seen.last - seen.first + 1) * view.cell) / step);
    for (let row = seen.top; row <= seen.bottom; row += 1) {
      const lane = view.rows[row];
      const y = geometry.y(view, row) + (view.lane - high) / 2;
      for (let column = 0; column < columns; column += 1) {
        const first = Math.round(seen.first + (column * step) / view.cell);
        const last = Math.max(first, Math.round(seen.first + ((column + 1) * step) / view.cell) - 1);
        let [gravest, passes] = [EMPTY, false];
        for (let slot = first; slot <= last && slot <= seen.last; slot += 1) {
          const outcome = data.outcome(lane, slot, state.now);
          const fits = state.passes(lane, slot, outcome);
          if ((fits && !passes) || (fits === passes && outcome > gravest)) gravest = outcome;
          passes = passes || fits;
        }
        if (gravest === EMPTY) continue;
        paths[gravest][Number(first > state.now || !passes)].rect(geometry.x(view, first), y, step + 0.3, high);
      }
    }
    paths.forEach(([bright, faint], outcome) => {
      context.fillStyle = color(state.colors, outcome);
      context.globalAlpha = state.bright;
      context.fill(bright);
      context.globalAlpha = state.bright * FAINT;
      context.fill(faint);
      context.globalAlpha = 1;
    });
  }

  function center(view, lane, slot) {
    const row = view.rowOf.get(lane);
    if (row === undefined) return null;
    const y = geometry.y(view, row) + view.lane / 2;
    // What is scrolled away beneath the beacon chain's lane comes out at its edge.
    return [geometry.x(view, slot) + view.cell / 2, row === 0 ? y : Math.max(y, AXIS + view.lane)];
  }

  /* An arc, or its first part: a Bezier curve, cut by de Casteljau's construction. */
  function arc(context, from, to, part = 1) {
    const level = Math.abs(from[1] - to[1]) < 2;
    const lift = level ? Math.min(26, 8 + Math.abs(to[0] - from[0]) / 5) : 0;
    const reach = level ? 0 : Math.max(14, Math.abs(to[0] - from[0]) * 0.55);
    let points = [from, [from[0] + reach, from[1] - lift], [to[0] - reach, to[1] - lift], to];
    const kept = [points[0]];
    while (points.length > 1) {
      points = points.slice(1).map((point, each) => point.map((value, axis) => points[each][axis] + (value - points[each][axis]) * part));
      kept.push(points[0]);
    }
    context.moveTo(...from);
    context.bezierCurveTo(...kept[1], ...kept[2], ...kept[3]);
  }

  /* Arcs in view, [lane, slot, lane, slot, deposit]: all if they are few, else those under way in the
   * current slot, and none if even those would be a tangle. */
  function selectArcs(arcs, view, now) {
    const left = view.left - 2;
    const right = view.left + (view.width - view.gutter) / view.cell + 2;
    let shown = arcs.filter(([, first, , last]) => first <= now && last >= left && first <= right);
    if (shown.length > MANY_ARCS) shown = shown.filter(([, , , last]) => now <= last);
    return shown.length > MOST_ARCS ? [] : shown;
  }

  function drawArcs(context, arcs, view, { stroke, width, alpha, now }) {
    const shown = selectArcs(arcs, view, now);
    context.beginPath();
    for (const [fromLane, first, toLane, last] of shown) {
      const [from, to] = [center(view, fromLane, first), center(view, toLane, last)];
      if (from && to && last <= now) arc(context, from, to);
      else if (from && to) { // still on its way
        arc(context, from, to, Math.min(1, (now - first + 0.5) / (last - first)));
      }
    }
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.globalAlpha = alpha * Math.min(1, Math.max(0.4, 60 / shown.length));
    context.stroke();
    context.globalAlpha = 1;
  }

  /* What a followed deposit came to, beside its last step, where there is room for it. */
  function drawEnd(context, deposit, place, view, colors) {
    const { format } = lab;
    const took = deposit.latency === null ? "" : ` after ${format.slots(deposit.latency)}`;
    const proofs = deposit.proofs ? `, ${format.bytes(deposit.proofs)} of proofs` : "";
    context.font = `600 12px ${view.font}`;
    context.textBaseline = "middle";
    const measure = (words) => context.measureText(words).width + 16;
    const room = view.width - view.gutter - 8;
    const whole = `${deposit.state}${took}${proofs}`;
    const text = measure(whole) <= room ? whole : `${deposit.state}${took}`;
    const wide = measure(text);
    const beside = [place[0] + 14, place[0] - 14 - wide].find((left) => left >= view.gutter && left + wide <= view.width);
    // Above the step where there is room on neither side of it.
    const left = beside ?? Math.max(view.gutter + 4, Math.min(view.width - wide - 2, place[0] - wide / 2));
    const middle = beside === undefined ? place[1] - 28 : place[1];
    context.beginPath();
    context.roundRect(left, middle - 12, wide, 24, 6);
    context.fillStyle = colors.surface;
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = colors["arc-deposit"];
    context.stroke();
    context.fillStyle = colors.text;
    context.textAlign = "left";
    context.fillText(text, left + 8, middle + 0.5);
  }

  /* One deposit's whole life: a line through its steps, a ring at each. */
  function drawLife(context, deposit, view, state) {
    const places = deposit.steps.map((step) => center(view, step.lane, step.slot)).filter(Boolean);
    context.lineCap = "round";
    for (const [stroke, width] of [[state.colors.surface, 6], [state.colors["arc-deposit"], 2.5]]) {
      context.beginPath();
      places.forEach((place, index) => {
        if (!index) return;
        const before = places[index - 1];
        if (before[0] !== place[0] || before[1] !== place[1]) arc(context, before, place);
      });
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.stroke();
    }
    const size = Math.max(3, Math.min(6, view.cell / 2.6));
    for (const [x, y] of places) {
      context.beginPath();
      context.arc(x, y, size, 0, 7);
      context.fillStyle = state.colors.surface;
      context.fill();
      context.lineWidth = 2.5;
      context.strokeStyle = state.colors["arc-deposit"];
      context.stroke();
    }
    if (places.length) drawEnd(context, deposit, places[places.length - 1], view, state.colors);
  }

  function drawAxis(context, view, state, seen) {
    const { colors } = state;
    const step = [1, 2, 4, 5, 8, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000].find((each) => each * view.cell >= 44) || 5000;
    context.textBaseline = "middle";
    context.textAlign = "center";
    context.fillStyle = colors["text-2"];
    context.font = `11px ${view.font}`;
    for (let slot = Math.ceil(seen.first / step) * step || step; slot <= seen.last; slot += step) {
      const x = geometry.x(view, slot) + view.cell / 2;
      const half = context.measureText(String(slot)).width / 2;
      const last = view.width - half - 1;
      if (x - half > view.gutter) context.fillText(String(slot), Math.min(x, last), AXIS / 2 - 1);
    }
  }

  function drawGutter(context, view, state, seen) {
    const { colors } = state;
    context.fillStyle = colors.surface;
    context.fillRect(0, 0, view.gutter, view.height);
    context.textAlign = "left";
    context.textBaseline = "middle";
    const every = Math.max(1, Math.ceil(13 / view.lane));
    for (let row = seen.bottom; row >= 0; row = row > seen.top ? row - 1 : row > 0 ? 0 : -1) {
      const lane = view.rows[row];
      if (row % every && lane !== state.cursor.lane) continue;
      if (row === 0) {
        context.fillStyle = colors.surface;
        context.fillRect(0, 0, view.gutter, AXIS + view.lane);
      }
      const current = lane === state.cursor.lane && state.focused;
      context.fillStyle = current ? colors.accent : lane === 0 ? colors.text : colors["text-2"];
      context.font = `${lane === 0 || current ? 600 : 400} ${view.lane >= 16 ? 13 : 10.5}px ${view.font}`;
      const short = view.gutter < 70;
      const text = lane === 0 ? (short ? "beacon" : "Beacon") : short ? `${lane - 1}` : `Shard ${lane - 1}`;
      context.fillText(text, 2, geometry.y(view, row) + view.lane / 2);
    }
  }

  function drawGround(context, view, state) {
    context.fillStyle = state.colors["surface-2"];
    context.fillRect(view.gutter, AXIS + 1, view.width, view.lane - 2);
    const x = geometry.x(view, state.now);
    context.fillStyle = state.colors["accent-soft"];
    context.fillRect(x, 0, Math.max(2, view.cell), view.height);
  }

  function ring(context, view, place, stroke, dashed) {
    const row = view.rowOf.get(place.lane);
    if (row === undefined) return;
    context.strokeStyle = stroke;
    context.lineWidth = 2;
    context.setLineDash(dashed ? [3, 3] : []);
    const high = view.lane * (view.lane > 30 ? 0.56 : 0.78) + 4;
    const wide = Math.max(6, view.cell + 1);
    context.beginPath();
    context.roundRect(geometry.x(view, place.slot) + (view.cell - wide) / 2, geometry.y(view, row) + (view.lane - high) / 2, wide, high, 4);
    context.stroke();
    context.setLineDash([]);
  }

  function clip(context, view, top) {
    context.beginPath();
    context.rect(view.gutter, top, view.width, view.height);
    context.clip();
  }

  lab.chainsGeometry = geometry;
  lab.chainsArcs = selectArcs;
  lab.chainsDraw = (context, data, view, state, arcs) => {
    context.clearRect(0, 0, view.width, view.height);
    const seen = visible(view, data.slots);
    drawGround(context, view, state);
    context.save();
    clip(context, view, AXIS - 2);
    const { deposit } = state;
    state.bright = deposit ? 0.45 : 1; // all else steps back behind a life that is followed
    const draw = view.cell >= 3 ? drawCells : drawPixels;
    draw(context, data, view, state, { ...seen, top: 0, bottom: 0 });
    context.save();
    clip(context, view, AXIS + view.lane);
    draw(context, data, view, state, seen);
    context.restore();
    const dim = deposit ? 0.25 : 1;
    if (state.showCrosslinks) drawArcs(context, arcs.crosslinks, view, { stroke: state.colors["arc-crosslink"], width: 1.25, alpha: 0.5 * dim, now: state.now });
    if (state.showDeposits) drawArcs(context, arcs.deposits, view, { stroke: state.colors["arc-deposit"], width: 1.75, alpha: 0.75 * dim, now: state.now });
    if (deposit) drawLife(context, deposit, view, state);
    if (state.block) ring(context, view, state.block, state.colors.text, false);
    if (state.focused) ring(context, view, { lane: state.cursor.lane, slot: state.now }, state.colors.accent, true);
    context.restore();
    drawGutter(context, view, state, seen);
    drawAxis(context, view, state, seen);
  };
})();
