"use strict";
// The charts of the run view. Each shows the rows it is given; a click on a bar asks to filter.
const charts = (() => {
  const { plot, barX, text, rectY, ruleX, ruleY, axisX, axisY, gridX, arrow, dot } = vendor;
  const INK = "var(--ink)";
  const DAY = 86_400_000;
  const EDGES = 20;

  function counted(values) {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    return [...counts].map(([name, count]) => ({ name, count }));
  }

  function largestFirst(entries) {
    return entries.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  }

  // A chart is one picture with one label; those that Plot gives to its parts would not be read.
  function put(place, chart, label) {
    for (const part of chart.querySelectorAll("[aria-label]")) {
      part.dataset.mark = part.getAttribute("aria-label");
      part.removeAttribute("aria-label");
    }
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", label);
    place.replaceChildren(chart);
  }

  function remark(words) {
    const note = document.createElement("p");
    note.className = "none";
    note.textContent = words;
    return note;
  }

  function nothing(place) {
    place.replaceChildren(remark("Nothing to show."));
  }

  /** Bars with a name and a number each; `pick` is called with the name that is clicked. */
  function bars(place, entries, { label, width, spoken, pick, colour = "var(--incident)", most = 12 }) {
    const rest = entries.slice(most);
    const shown = entries.slice(0, most);
    if (!shown.length) return nothing(place);
    const title = (entry) => spoken(entry.name);
    const margin = Math.min(190, 24 + 7 * Math.max(...shown.map((entry) => title(entry).length)));
    const chart = plot({
      width,
      height: 16 + 26 * shown.length,
      marginLeft: margin,
      marginRight: 48,
      marginTop: 4,
      marginBottom: 4,
      x: { axis: null },
      y: { domain: shown.map(title), label: null },
      marks: [
        barX(shown, { x: "count", y: title, fill: colour, insetTop: 2, insetBottom: 2, rx: 2 }),
        text(shown, { x: "count", y: title, text: (entry) => entry.count.toLocaleString("en"), textAnchor: "start", dx: 6, fill: INK }),
        axisY({ label: null, tickSize: 0, tickFormat: (name) => shortened(name, 26) }),
      ],
    });
    const told = shown.map((entry) => `${title(entry)} ${entry.count}`).join(", ");
    put(place, chart, `${label}: ${told}`);
    const rects = chart.querySelectorAll("g[data-mark=bar] rect");
    if (rest.length) place.append(remark(`The ${most} most frequent; ${rest.length} more are not shown.`));
    shown.forEach((entry, number) => {
      makePick(rects[number], () => pick(entry.name));
    });
  }

  function shortened(name, length) {
    const characters = [...name];
    return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : name;
  }

  /** Incidents by day, month or year; `pick` is called with the first and last day of a bar. */
  function timeline(place, days, { width, pick }) {
    if (!days.length) return nothing(place);
    const [first, last] = [days.reduce((a, b) => (b < a ? b : a)), days.reduce((a, b) => (b > a ? b : a))];
    const [unit, length] = unitOf((new Date(last) - new Date(first)) / DAY);
    const bins = counted(days.map((day) => day.slice(0, length))).map(({ name, count }) => {
      const start = new Date(name);
      return { start, end: after(start, unit), count };
    });
    const chart = plot({
      width,
      height: 190,
      marginBottom: 28,
      marginTop: 12,
      x: { type: "utc", label: null },
      y: { label: null, grid: true },
      marks: [
        axisX({ label: null }),
        axisY({ label: null, ticks: 4, tickFormat: (n) => (Number.isInteger(n) ? `${n}` : "") }),
        rectY(bins, { x1: "start", x2: "end", y: "count", fill: "var(--incident)", inset: 0.5 }),
        ruleY([0], { stroke: INK }),
      ],
    });
    put(place, chart, `Timeline: ${days.length} dated incidents by ${unit}, ${first} to ${last}`);
    const rects = chart.querySelectorAll("g[data-mark=rect] rect");
    bins.forEach(({ start, end }, number) => {
      const iso = (date) => date.toISOString().slice(0, 10);
      makePick(rects[number], () => pick(iso(start), iso(new Date(end - DAY))));
    });
  }

  /** How wide a bar is, and how much of an ISO date names it. */
  function unitOf(span) {
    if (span <= 62) return ["day", 10];
    return span <= 4000 ? ["month", 7] : ["year", 4];
  }

  function after(start, unit) {
    const end = new Date(start);
    if (unit === "day") end.setUTCDate(end.getUTCDate() + 1);
    else if (unit === "month") end.setUTCMonth(end.getUTCMonth() + 1);
    else end.setUTCFullYear(end.getUTCFullYear() + 1);
    return end;
  }

  function makePick(shape, pick) {
    shape.classList.add("pick");
    shape.addEventListener("click", pick);
  }

  /** Sums of the pairs of the rows, the most often stated first. */
  function edgesOf(rows) {
    const sums = new Map();
    for (const row of rows) {
      for (const [doer, sufferer, count] of row.against) {
        const key = JSON.stringify([doer.toLowerCase(), sufferer.toLowerCase()]);
        const edge = sums.get(key) ?? { source: doer, target: sufferer, count: 0 };
        edge.count += count;
        sums.set(key, edge);
      }
    }
    const edges = [...sums.values()].sort((a, b) => b.count - a.count);
    return { edges: edges.slice(0, EDGES), more: Math.max(0, edges.length - EDGES) };
  }

  function network(place, edges, width) {
    if (!edges.length) return nothing(place);
    const nodes = new Map();
    const node = (name, side) => {
      const key = name.toLowerCase();
      const found = nodes.get(key) ?? { id: key, name, acted: 0, suffered: 0 };
      nodes.set(key, found);
      return side && found;
    };
    for (const edge of edges) {
      node(edge.source, "acted").acted += edge.count;
      node(edge.target, "suffered").suffered += edge.count;
    }
    const points = [...nodes.values()];
    const lines = edges.map(({ source, target, count }) => ({
      source: source.toLowerCase(),
      target: target.toLowerCase(),
      count,
    }));
    const height = Math.min(680, 220 + 14 * points.length);
    settle(points, lines, width, height);
    const most = Math.max(...edges.map((edge) => edge.count));
    const chart = plot({
      width,
      height,
      margin: 0,
      x: { axis: null, domain: [0, width] },
      y: { axis: null, domain: [height, 0] },
      marks: [
        arrow(lines, {
          x1: (line) => line.source.x,
          y1: (line) => line.source.y,
          x2: (line) => line.target.x,
          y2: (line) => line.target.y,
          bend: true,
          inset: 9,
          headLength: 8,
          stroke: "var(--soft)",
          strokeWidth: (line) => 1 + (2.5 * (line.count - 1)) / Math.max(1, most - 1),
        }),
        dot(points, { x: "x", y: "y", r: 5.5, fill: (point) => (point.acted ? "var(--alarm)" : "var(--card)"), stroke: "var(--alarm)", strokeWidth: 2 }),
        text(points, { x: "x", y: "y", dy: -13, text: (point) => shortened(point.name, 22), fill: INK, stroke: "var(--card)", strokeWidth: 4 }),
      ],
    });
    put(place, chart, `Network of ${points.length} actors; the list beside it has the same`);
  }

  function settle(points, lines, width, height) {
    const { forceSimulation, forceLink, forceManyBody, forceX, forceY, forceCollide } = vendor;
    const simulation = forceSimulation(points)
      .force("link", forceLink(lines).id((point) => point.id).distance(110))
      .force("charge", forceManyBody().strength(-420))
      .force("apart", forceCollide((point) => 18 + 2.2 * Math.min(22, point.name.length)))
      .force("x", forceX((point) => (point.acted > point.suffered ? 0.32 : 0.68) * width).strength(0.14))
      .force("y", forceY(height / 2).strength(0.12))
      .stop();
    simulation.tick(120);
    for (const point of points) {
      point.x = Math.max(60, Math.min(width - 60, point.x));
      point.y = Math.max(26, Math.min(height - 14, point.y));
    }
  }

  /** Figures as dots with their intervals as lines, between `low` and `high`. */
  function intervals(place, figures, { label, width, low, high, zero }) {
    const margin = Math.min(220, 20 + 7.2 * Math.max(...figures.map((figure) => figure.name.length)));
    const marks = [
      gridX({ stroke: "var(--line)", strokeOpacity: 1 }),
      axisX({ label: null, anchor: "bottom" }),
      axisY({ label: null, tickSize: 0 }),
      ruleY(figures.filter((figure) => figure.interval), { y: "name", x1: (f) => f.interval.low, x2: (f) => f.interval.high, stroke: "var(--incident)", strokeWidth: 2.5, strokeOpacity: 0.55 }),
      dot(figures.filter((figure) => figure.value !== null), { x: "value", y: "name", r: 4.5, fill: "var(--incident)" }),
    ];
    if (zero) marks.splice(1, 0, ruleX([0], { stroke: INK }));
    const chart = plot({
      width,
      height: 44 + 24 * figures.length,
      marginLeft: margin,
      marginRight: 16,
      x: { domain: [low, high] },
      y: { domain: figures.map((figure) => figure.name), type: "band" },
      marks,
    });
    put(place, chart, `${label}; the table has the same`);
  }

  return { bars, counted, edgesOf, intervals, largestFirst, network, timeline };
})();
