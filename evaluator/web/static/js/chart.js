// The course of each rate: a line with its interval as a band, whiskers and points, and a tooltip.
(() => {
  "use strict";
  const HEIGHT = 240;
  const charts = new Map();

  function colours(element) {
    const probe = document.createElement("span");
    element.append(probe);
    const read = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const found = {};
    for (const name of ["line", "band", "whisker", "few", "grid", "axis", "surface"]) found[name] = read(`--chart-${name}`);
    found.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    probe.remove();
    return found;
  }

  // One very wide interval, of an hour with two scores, must not flatten all others: it leaves at the top.
  function top(points) {
    const highs = points.filter((p) => p.high !== null).map((p) => p.high).sort((a, b) => a - b);
    if (!highs.length) return 1;
    const usual = highs[Math.min(highs.length - 1, Math.floor(highs.length * 0.85))];
    const most = Math.max(...points.map((p) => p.estimate ?? 0));
    return Math.min(1, Math.max(1.08 * usual, 1.25 * most, 0.02));
  }

  const column = (points, name) => points.map((p) => p[name]);
  const dataOf = ({ points }) => [column(points, "t"), column(points, "high"), column(points, "low"), column(points, "estimate")];

  function whiskers(u, data, colour) {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    ctx.lineWidth = ratio * 1.25;
    ctx.strokeStyle = colour;
    ctx.beginPath();
    for (const p of data.points) {
      if (p.estimate === null) continue;
      const x = Math.round(u.valToPos(p.t, "x", true));
      const [low, high] = [u.valToPos(p.low, "y", true), u.valToPos(p.high, "y", true)];
      ctx.moveTo(x, low);
      ctx.lineTo(x, high);
      for (const y of [low, high]) {
        ctx.moveTo(x - 3 * ratio, y);
        ctx.lineTo(x + 3 * ratio, y);
      }
    }
    ctx.stroke();
    ctx.restore();
  }

  // Points are hollow where there is not enough data to decide on.
  function dots(u, data, c) {
    const { ctx } = u;
    const radius = (data.points.length > 80 ? 2 : 3.5) * devicePixelRatio;
    ctx.save();
    ctx.lineWidth = 1.75 * devicePixelRatio;
    ctx.strokeStyle = c.line;
    for (const p of data.points) {
      if (p.estimate === null) continue;
      ctx.beginPath();
      ctx.arc(u.valToPos(p.t, "x", true), u.valToPos(p.estimate, "y", true), radius, 0, 2 * Math.PI);
      ctx.fillStyle = p.few ? c.surface : c.line;
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  }

  function line(parent, className, text) {
    const element = document.createElement("div");
    element.className = className;
    element.textContent = text;
    parent.append(element);
  }

  function fill(tip, p) {
    tip.replaceChildren();
    line(tip, "tip-date", p.said);
    line(tip, "tip-rate", p.text);
    line(tip, "tip-n", `${p.scored} scored of ${p.selected} selected, ${p.settled} settled`);
    if (p.labels !== null) line(tip, "tip-n", `${p.labels} label${p.labels === 1 ? "" : "s"}`);
    const rest = [["pending", "waiting"], ["failed", "failed"], ["skipped", "skipped"]];
    const told = rest.filter(([name]) => p[name]).map(([name, word]) => `${p[name]} ${word}`);
    if (told.length) line(tip, "tip-n", told.join(", "));
    if (p.few) line(tip, "tip-few", "not enough data to decide on");
  }

  function tooltip(holder) {
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    return {
      hooks: {
        init: (u) => u.over.append(tip),
        setCursor: (u) => {
          const p = u.cursor.left >= 0 ? holder.data.points[u.cursor.idx] : undefined;
          tip.hidden = !p;
          if (!p) return;
          fill(tip, p);
          const x = u.valToPos(p.t, "x");
          const left = x > u.over.clientWidth / 2 ? x - tip.offsetWidth - 12 : x + 12;
          tip.style.left = `${Math.max(-40, Math.min(left, u.over.clientWidth - tip.offsetWidth))}px`;
          tip.style.top = "4px";
        },
      },
    };
  }

  function ticks(data) {
    const text = new Map(data.ticks.map((tick) => [tick.t, tick.text]));
    return {
      splits: (u) => {
        const room = Math.max(2, Math.floor(u.width / 80));
        let every = Math.ceil(data.ticks.length / room);
        if (data.grain === "hour") every = [1, 2, 3, 6, 12, 24].find((n) => n >= every) ?? 24 * Math.ceil(every / 24);
        return data.ticks.filter((tick) => tick.place % every === 0).map((tick) => tick.t);
      },
      values: (_, splits) => splits.map((t) => text.get(t)),
    };
  }

  function options(holder, width) {
    const { data } = holder;
    const c = colours(holder.element);
    const pad = (data.grain === "hour" ? 3600 : 86400) * 0.5;
    const axis = { stroke: c.axis, font: c.font, grid: { stroke: c.grid, width: 1 }, ticks: { show: false } };
    const hidden = { stroke: "transparent", width: 0, points: { show: false } };
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
      padding: [12, 8, 0, 0],
      scales: {
        x: { time: true, range: [data.from - pad, data.to + pad] },
        y: { range: [0, top(data.points)] },
      },
      axes: [
        { ...axis, ...ticks(data), grid: { show: false }, size: 32 },
        { ...axis, size: 52, values: (_, splits) => splits.map((v) => `${+(100 * v).toFixed(1)} %`) },
      ],
      series: [{}, hidden, hidden, { stroke: c.line, width: 2, points: { show: false } }],
      bands: [{ series: [1, 2], fill: c.band }],
      hooks: {
        draw: [
          (u) => whiskers(u, data, c.whisker),
          (u) => dots(u, data, c),
        ],
      },
      plugins: [tooltip(holder)],
    };
  }

  function draw(holder) {
    holder.plot?.destroy();
    holder.width = holder.element.clientWidth;
    if (!holder.width) return;
    holder.plot = new uPlot(options(holder, holder.width), dataOf(holder.data), holder.element);
  }

  function refresh(element) {
    const text = document.getElementById(element.dataset.chart)?.textContent;
    if (!text) return;
    let holder = charts.get(element);
    if (holder?.text === text) return;
    if (!holder) {
      holder = { element };
      charts.set(element, holder);
      new ResizeObserver(() => {
        if (holder.plot ? element.clientWidth !== holder.width : element.clientWidth) draw(holder);
      }).observe(element);
    }
    holder.text = text;
    holder.data = JSON.parse(text);
    draw(holder);
  }

  function refreshAll() {
    for (const [element, holder] of charts) {
      if (element.isConnected) continue;
      holder.plot?.destroy();
      charts.delete(element);
    }
    document.querySelectorAll("[data-chart]").forEach(refresh);
  }

  refreshAll();
  document.addEventListener("htmx:after:swap", refreshAll);
  document.addEventListener("faithline-theme", () => charts.forEach(draw));
})();
