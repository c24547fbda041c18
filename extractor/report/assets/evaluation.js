"use strict";
// The evaluation view: plots of figures with their intervals, and mismatches that can be filtered.
(() => {
  const { plots } = JSON.parse(document.getElementById("data").textContent);

  function draw() {
    for (const [id, { figures, ...how }] of Object.entries(plots)) {
      const place = document.getElementById(id);
      charts.intervals(place, figures, { ...how, width: Math.max(260, Math.floor(place.clientWidth)) });
    }
  }

  function filter() {
    const { field, kind } = form.elements;
    let shown = 0;
    for (const item of items) {
      const fits = (own, wanted) => !wanted || own === wanted;
      item.hidden = !(fits(item.dataset.field, field.value) && fits(item.dataset.kind, kind.value));
      shown += !item.hidden;
    }
    document.getElementById("shown").textContent = `${shown} of ${items.length} mismatches`;
  }

  const form = document.getElementById("filters");
  const items = [...document.querySelectorAll(".mismatch")];
  if (form) {
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(filter));
    filter();
  }

  let resized = 0;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(draw, 150);
  });
  draw();
})();
