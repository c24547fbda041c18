"use strict";
// The article view: what is pointed at or focused lights up, with the words that it rests on.
(() => {
  const MARKED = "[data-r]";

  function records(element) {
    return element.dataset.r.split(" ");
  }

  function unlight() {
    for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
  }

  function light(element) {
    unlight();
    const wanted = new Set(records(element));
    for (const other of document.querySelectorAll(MARKED)) {
      if (records(other).some((record) => wanted.has(record))) other.classList.add("lit");
    }
    reveal(element);
  }

  // Only the pane of the text scrolls by itself: a page that moves under the pointer is no help.
  function reveal(element) {
    const pane = document.querySelector(".pane");
    if (!pane || pane.contains(element) || pane.scrollHeight <= pane.clientHeight) return;
    const words = pane.querySelector(".s.lit");
    if (!words) return;
    const view = pane.getBoundingClientRect();
    const place = words.getBoundingClientRect();
    if (place.top >= view.top && place.bottom <= view.bottom) return;
    pane.scrollBy({ top: place.top - view.top - view.height / 3, behavior: motion() });
  }

  function motion() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  }

  // Following a link moves the focus to the other side, so that the keyboard goes on from there.
  function follow(event) {
    const link = event.target.closest?.('a[href^="#s-"], a[href^="#v-"]');
    if (!link) return;
    const pin = document.getElementById(link.hash.slice(1));
    if (!pin) return;
    event.preventDefault();
    const target = pin.matches(".pin") ? words(pin) : pin.querySelector("a.v") ?? pin;
    target.scrollIntoView({ block: "center", behavior: motion() });
    target.focus({ preventScroll: true });
  }

  function words(pin) {
    let next = pin.nextElementSibling;
    while (next.matches(".pin")) next = next.nextElementSibling;
    return next;
  }

  function pointed(event) {
    const element = event.target.closest?.(MARKED);
    if (element) light(element);
    else if (event.type === "pointerover") restore();
  }

  // When the pointer leaves, what has the focus is lit again.
  function restore() {
    const focused = document.activeElement?.closest(MARKED);
    if (focused) light(focused);
    else unlight();
  }

  document.addEventListener("pointerover", pointed);
  document.addEventListener("focusin", pointed);
  document.addEventListener("focusout", unlight);
  document.addEventListener("click", follow);
})();
