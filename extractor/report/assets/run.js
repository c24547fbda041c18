"use strict";
// The run view: a table of incidents that can be filtered and sorted, and the way to each article.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SURE = ["certain", "likely", "possible", "doubtful", ""];
  const PAGE = 50;
  const CHOICES = ["type", "country", "perpetrators", "certainty", "outcome"];

  const $ = (id) => document.getElementById(id);
  const form = $("filters");
  const rows = data.rows.map((row) => {
    const article = data.articles[row.article];
    const words = [article.title, article.id, article.source, row.summary, row.place, ...row.perpetrators, ...row.others];
    return { ...row, title: article.title, outcome: article.outcome, find: words.join("\n").toLowerCase() };
  });

  const spoken = (value) => value.replaceAll("_", " ");
  const capital = (text) => text[0].toUpperCase() + text.slice(1);
  const words = {
    type: spoken,
    country: (code) => data.countries[code] ?? code,
    perpetrators: (name) => name,
    certainty: (value) => value || "nobody is named",
    outcome: spoken,
  };

  // --- the table

  const matches = {
    type: (row, wanted) => row.type === wanted,
    country: (row, wanted) => row.country === wanted,
    perpetrators: (row, wanted) => row.perpetrators.includes(wanted),
    certainty: (row, wanted) => Boolean(row.incident) && row.certainty === wanted.slice(1),
    outcome: (row, wanted) => row.outcome === wanted,
    start: (row, { from, to }) => Boolean(row.start) && (!from || row.start >= from) && (!to || row.start <= to),
    title: (row, wanted) => wanted.every((word) => row.find.includes(word)),
  };

  function column(id, header, value, cell) {
    const match = matches[id];
    return {
      id,
      header,
      accessorFn: value,
      meta: { cell },
      sortFn: vendor.sortFn_basic,
      sortDescFirst: false,
      sortUndefined: "last",
      filterFn: match ? (row, _, wanted) => match(row.original, wanted) : undefined,
    };
  }

  const table = vendor.constructTable({
    features: vendor.tableFeatures({
      coreReactivityFeature: vendor.storeReactivityBindings(),
      columnFilteringFeature: vendor.columnFilteringFeature,
      filteredRowModel: vendor.createFilteredRowModel(),
      rowSortingFeature: vendor.rowSortingFeature,
      sortedRowModel: vendor.createSortedRowModel(),
      rowPaginationFeature: vendor.rowPaginationFeature,
      paginatedRowModel: vendor.createPaginatedRowModel(),
    }),
    data: rows,
    columns: [
      column("start", "Date", (row) => row.start || undefined, (row) => row.start),
      column("type", "Type", (row) => row.type || undefined, linked),
      column("country", "Country", (row) => words.country(row.country) || undefined, (row) => words.country(row.country)),
      column("place", "Place", (row) => row.place.toLowerCase() || undefined, (row) => isolated(row.place)),
      column("perpetrators", "Perpetrator", (row) => row.perpetrators[0]?.toLowerCase(), (row) => isolated(row.perpetrators.join("; "))),
      column("certainty", "Certainty", (row) => (row.incident ? SURE.indexOf(row.certainty) : undefined), sureness),
      column("conflicts", "In conflict", (row) => -row.conflicts, conflicts),
      column("title", "Article", (row) => row.title.toLowerCase(), (row) => isolated(row.title)),
      column("outcome", "Outcome", (row) => row.outcome, outcome),
    ],
    autoResetPageIndex: false,
    initialState: { pagination: { pageIndex: 0, pageSize: PAGE } },
  });

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  const isolated = (text) => text && element("bdi", text);

  function linked(row) {
    const text = row.incident ? capital(spoken(row.type)) : "No incident";
    return element("a", text, { href: `#article-${row.article}${row.incident && `-${row.incident}`}` });
  }

  function sureness(row) {
    if (!row.incident) return "";
    return row.certainty ? element("span", row.certainty, { class: `certainty c-${row.certainty}` }) : "–";
  }

  function conflicts(row) {
    return row.conflicts ? element("span", `${row.conflicts} statements`, { class: "against" }) : "";
  }

  function outcome(row) {
    return element("span", row.outcome, { class: `status status-${row.outcome}` });
  }

  function drawHead() {
    const head = document.querySelector(".incidents thead tr");
    for (const each of table.getAllColumns()) {
      const cell = element("th", "", { scope: "col" });
      const button = element("button", each.columnDef.header, { type: "button" });
      button.addEventListener("click", () => {
        each.toggleSorting();
        table.setPageIndex(0);
        drawTable();
      });
      cell.append(button);
      head.append(cell);
    }
  }

  function drawTable() {
    document.querySelectorAll(".incidents thead th").forEach((cell, number) => {
      const sorted = table.getAllColumns()[number].getIsSorted();
      if (sorted) cell.setAttribute("aria-sort", sorted === "asc" ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    });
    const body = document.querySelector(".incidents tbody");
    body.replaceChildren(...table.getRowModel().rows.map(drawRow));
    const { pageIndex } = table.atoms.pagination.get();
    const pages = Math.max(1, table.getPageCount());
    $("page").textContent = `Page ${pageIndex + 1} of ${pages}`;
    $("previous").disabled = !table.getCanPreviousPage();
    $("next").disabled = !table.getCanNextPage();
  }

  function drawRow({ original }) {
    const line = document.createElement("tr");
    for (const { columnDef } of table.getAllColumns()) {
      const cell = element("td", "", { "data-label": columnDef.header });
      const content = columnDef.meta.cell(original);
      if (content) cell.append(content);
      line.append(cell);
    }
    return line;
  }

  // --- filters

  function fillChoices() {
    const values = {
      type: rows.map((row) => row.type),
      country: rows.map((row) => row.country),
      perpetrators: rows.flatMap((row) => row.perpetrators),
      outcome: data.articles.map((article) => article.outcome),
    };
    for (const [name, all] of Object.entries(values)) {
      const entries = charts.largestFirst(charts.counted(all.filter(Boolean)));
      for (const { name: value, count } of entries) {
        form.elements[name].append(element("option", `${words[name](value)} (${count})`, { value }));
      }
    }
    // The empty value is the choice of any, so that of nobody named needs a sign before it.
    for (const value of SURE) {
      form.elements.certainty.append(element("option", words.certainty(value), { value: `=${value}` }));
    }
  }

  function filters() {
    const chosen = CHOICES.map((id) => ({ id, value: form.elements[id].value }));
    const find = form.elements.find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const [from, to] = [form.elements.from.value, form.elements.to.value];
    if (find.length) chosen.push({ id: "title", value: find });
    if (from || to) chosen.push({ id: "start", value: { from, to } });
    return chosen.filter(({ value }) => value);
  }

  function apply() {
    table.setColumnFilters(filters());
    table.setPageIndex(0);
    drawTable();
    drawSummary();
    planCharts();
  }

  let planned = 0;
  /** Draw the charts with the next frame, once however often the filters change until then. */
  function planCharts() {
    cancelAnimationFrame(planned);
    planned = requestAnimationFrame(drawCharts);
  }

  function choose(name, value) {
    const field = form.elements[name];
    field.value = field.value === value ? "" : value;
    apply();
  }

  function chooseDays(from, to) {
    form.elements.from.value = from;
    form.elements.to.value = to;
    apply();
  }

  const filtered = () => table.getFilteredRowModel().rows.map((row) => row.original);

  function drawSummary() {
    const shown = filtered();
    const incidents = shown.filter((row) => row.incident).length;
    const articles = new Set(shown.map((row) => row.article)).size;
    const number = (count) => count.toLocaleString("en");
    $("shown").textContent = `${number(incidents)} of ${number(rows.filter((row) => row.incident).length)} incidents, in ${number(articles)} of ${number(data.articles.length)} articles`;
    for (const tile of document.querySelectorAll(".tile")) {
      tile.setAttribute("aria-pressed", tile.dataset.outcome === form.elements.outcome.value);
    }
  }

  function drawCharts() {
    if ($("run").hidden) return;
    const shown = filtered().filter((row) => row.incident);
    // All widths first: each one that is read after a change costs a layout of the whole page.
    const ids = ["timeline", "types", "certainties", "countries", "network"];
    const widths = new Map(ids.map((id) => [id, Math.max(240, Math.floor($(id).clientWidth))]));
    const width = (id) => widths.get(id);
    const days = shown.map((row) => row.start).filter(Boolean);
    charts.timeline($("timeline"), days, { width: width("timeline"), pick: chooseDays });
    for (const [id, name, label] of [["types", "type", "Types"], ["countries", "country", "Countries"]]) {
      const entries = charts.largestFirst(charts.counted(shown.map((row) => row[name]).filter(Boolean)));
      charts.bars($(id), entries, { label, width: width(id), spoken: words[name], pick: (value) => choose(name, value) });
    }
    const sure = charts.counted(shown.map((row) => row.certainty));
    sure.sort((a, b) => SURE.indexOf(a.name) - SURE.indexOf(b.name));
    charts.bars($("certainties"), sure, { label: "Certainty", width: width("certainties"), spoken: words.certainty, colour: "var(--attribution)", pick: (value) => choose("certainty", `=${value}`) });
    const { edges, more } = charts.edgesOf(shown);
    charts.network($("network"), edges, width("network"));
    drawEdges(edges, more);
  }

  function drawEdges(edges, more) {
    $("edges").replaceChildren(
      ...edges.map(({ source, target, count }) => {
        const item = document.createElement("li");
        const said = `${count} attribution${count === 1 ? "" : "s"}`;
        const button = element("button", "", { type: "button", title: `Show what ${source} is said to have done` });
        button.append(element("bdi", source), " → ", element("bdi", target));
        button.addEventListener("click", () => choose("perpetrators", source));
        item.append(button, " ", element("small", said));
        return item;
      }),
    );
    $("more-edges").textContent = more ? `The most stated; ${more} more pairs are not shown.` : "";
  }

  // --- the way to an article and back

  const home = { title: document.title, scroll: 0 };

  function route() {
    const match = location.hash.match(/^#article-(\d+)(?:-(i\d+))?$/);
    const article = match && data.articles[Number(match[1])];
    if (article) showArticle(Number(match[1]), match[2]);
    else if ($("run").hidden) showRun();
  }

  // Articles are kept packed: as markup, thousands of them would take long to open.
  async function unpacked(number) {
    const bytes = Uint8Array.from(atob($(`packed-${number}`).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const markup = await new Response(stream).text();
    return new DOMParser().parseFromString(markup, "text/html").body.childNodes;
  }

  async function showArticle(number, incident) {
    const wanted = location.hash;
    const parts = await unpacked(number);
    if (location.hash !== wanted) return; // somebody was faster
    if (!$("run").hidden) home.scroll = scrollY;
    $("article").replaceChildren(ways(number), ...parts);
    $("run").hidden = true;
    $("article").hidden = false;
    document.title = data.articles[number].title;
    scrollTo(0, 0);
    const card = incident && $(`v-${incident}`);
    (card || $("article")).focus({ preventScroll: true });
    if (card) card.scrollIntoView({ block: "nearest" });
  }

  /** The way back, and to the articles before and after this one in the table as it stands. */
  function ways(number) {
    const nav = element("nav", "", { class: "ways", "aria-label": "Articles" });
    nav.append(element("a", "← All articles", { href: "#" }));
    const listed = table.getSortedRowModel().rows.map((row) => row.original.article);
    const order = [...new Set(listed)];
    const here = order.indexOf(number);
    const [before, after] = here < 0 ? [] : [order[here - 1], order[here + 1]];
    if (before !== undefined) nav.append(element("a", "Previous", { href: `#article-${before}` }));
    if (after !== undefined) nav.append(element("a", "Next", { href: `#article-${after}` }));
    if (here >= 0) nav.append(element("span", `${here + 1} of ${order.length}`));
    return nav;
  }

  function showRun() {
    $("article").hidden = true;
    $("article").replaceChildren();
    $("run").hidden = false;
    document.title = home.title;
    drawCharts();
    scrollTo(0, home.scroll);
    $("run").focus({ preventScroll: true });
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  for (const tile of document.querySelectorAll(".tile")) {
    tile.addEventListener("click", () => choose("outcome", tile.dataset.outcome));
  }
  $("previous").addEventListener("click", () => turn(-1));
  $("next").addEventListener("click", () => turn(1));
  function turn(by) {
    table.setPageIndex((page) => page + by);
    drawTable();
    $("list").scrollIntoView();
  }
  let resized = 0;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(drawCharts, 150);
  });
  addEventListener("hashchange", route);

  fillChoices();
  drawHead();
  apply();
  route();
})();
