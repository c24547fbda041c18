"use strict";
// Decisions: each is sent at once, and what comes back is the article as it is then.
(() => {
  const review = document.getElementById("review");
  if (!review) return;
  const conflict = document.getElementById("conflict");
  let selected = null;
  let last = null; // path of the value that had the focus last
  let busy = false;
  let unsaved = null;

  const byId = (id) => document.getElementById(id);
  const items = () => [...review.querySelectorAll(".item")];
  const current = () => document.activeElement?.closest?.(".item");
  const left = () => current() ?? at(last);
  const at = (path) => items().find((item) => item.dataset.path === path);

  function tell(words, wrong = false) {
    byId("told").textContent = words;
    byId("told").classList.toggle("wrong", wrong);
  }

  // --- sending

  async function decide(decision, from) {
    if (busy) return;
    busy = true;
    const position = items().findIndex((item) => item.dataset.path === from);
    try {
      await send(decision, position);
    } catch {
      tell("Not saved: the review cannot be reached. Is `extractor review` still running?", true);
    } finally {
      busy = false;
    }
  }

  async function send(decision, position) {
    const { article, base, version } = byId("seen").dataset;
    const response = await fetch(location.pathname, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ article, base, version: Number(version), decision }),
    });
    if (response.status === 409) return disagree(await response.json(), decision);
    if (!response.ok) return tell(`Not saved: ${await response.text()}`, true);
    conflict.hidden = true;
    const before = new Set(items().map((item) => item.dataset.path));
    show((await response.json()).html);
    tell(`Saved: ${decision.kind} ${decision.path ?? ""}`);
    const onward = decision.kind === "accept" || decision.kind === "reject";
    // Who is held responsible gets a part in the incident, which stands before the statement.
    const added =
      decision.kind === "add" &&
      items().find(
        ({ dataset: { path } }) => !before.has(path) && `.${path}`.includes(`.${decision.path}.`),
      );
    focus((added || at(decision.path)) ?? items()[position], onward && Boolean(at(decision.path)));
  }

  // The markup is the server's own and escaped there; the page's policy lets no script of it run.
  function show(html) {
    const scrolled = review.querySelector(".pane")?.scrollTop ?? 0;
    review.innerHTML = html;
    const pane = review.querySelector(".pane");
    if (pane) pane.scrollTop = scrolled;
    selected = null;
  }

  function disagree(answer, decision) {
    show(answer.html);
    unsaved = decision;
    byId("yours").textContent = answer.yours;
    byId("theirs").replaceChildren(
      ...answer.theirs.map((words) => {
        const line = document.createElement("li");
        line.dir = "auto";
        line.textContent = words;
        return line;
      }),
    );
    byId("insist").hidden = !answer.again;
    byId("anew").hidden = answer.again;
    conflict.hidden = false;
    conflict.focus();
    tell("Not saved: somebody else decided meanwhile.", true);
  }

  // --- moving

  function focus(item, onward = false) {
    const all = items();
    const next = onward ? all[Math.min(all.indexOf(item) + 1, all.length - 1)] : item;
    (next ?? all[0])?.focus();
  }

  function move(step) {
    const all = items();
    const here = all.indexOf(left());
    all[here < 0 ? 0 : Math.max(0, Math.min(all.length - 1, here + step))]?.focus();
  }

  // --- forms

  function open(form) {
    if (!form) return;
    remember();
    close();
    form.hidden = false;
    const words = form.elements.quote;
    if (words && selected) words.value = selected.quote;
    form.querySelector("input, select, textarea")?.focus();
  }

  function close() {
    for (const form of review.querySelectorAll("form:not([hidden])")) {
      form.hidden = true;
      (left() ?? items()[0])?.focus();
    }
  }

  function filled(form) {
    const values = {};
    for (const group of form.querySelectorAll("[data-many]")) values[group.dataset.many] = [];
    for (const field of form.elements) {
      if (!field.name || field.name === "quote") continue;
      if (field.type === "checkbox") {
        if (field.checked) values[field.name].push(field.value);
      } else if (field.type === "number") {
        values[field.name] = field.value === "" ? null : Number(field.value);
      } else if (field.type === "textarea") {
        values[field.name] = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
      } else {
        values[field.name] = field.value.trim() || null;
      }
    }
    return "value" in values ? values.value : values;
  }

  function submit(event) {
    event.preventDefault();
    const form = event.target;
    const values = filled(form);
    if (form.elements.quote) {
      const words = place(form.elements.quote.value);
      if (!words) return;
      Object.assign(values, words);
    }
    const { kind, path } = form.dataset;
    decide({ kind, path, new: values }, path);
  }

  // --- words of the text, counted in code points as evidence is

  const length = (text) => [...text].length;

  function remember() {
    const selection = getSelection();
    const text = review.querySelector(".text");
    if (!selection.rangeCount || selection.isCollapsed || !text) return;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return;
    const before = document.createRange();
    before.setStart(text, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const words = range.toString();
    const quote = words.trim();
    if (!quote) return;
    const blank = words.length - words.trimStart().length;
    selected = { start: length(before.toString()) + length(words.slice(0, blank)), quote };
  }

  function place(quote) {
    if (selected?.quote === quote) return selected;
    const text = review.querySelector(".text").textContent;
    const first = text.indexOf(quote);
    if (first < 0) {
      tell("Not saved: the article does not have these words.", true);
    } else if (text.indexOf(quote, first + 1) >= 0) {
      tell("Not saved: these words stand there more than once; select them, or write more.", true);
    } else {
      return { start: length(text.slice(0, first)), quote };
    }
    return null;
  }

  // --- what is pressed and clicked

  function act(what, item, button) {
    const path = item?.dataset.path;
    if (what === "close") close();
    else if (what === "undo" || what === "done") decide({ kind: what }, left()?.dataset.path);
    else if (what === "add") open(review.querySelector(`form[data-path="${button.dataset.what}"]`));
    else if (item && (what === "correct" || what === "note")) {
      open(item.querySelector(`form[data-kind="${what}"]`));
    } else if (item) decide({ kind: what, path }, path);
  }

  function click(event) {
    const button = event.target.closest?.("button[data-do]");
    if (button) act(button.dataset.do, button.closest(".item"), button);
  }

  function press(event) {
    if (event.key === "Escape") return close();
    if (event.ctrlKey || event.metaKey || event.altKey || !byId("keys").checked) return;
    if (event.target.closest?.("input, select, textarea")) return;
    const item = current();
    const keys = {
      j: () => move(1),
      k: () => move(-1),
      a: () => act("accept", item),
      r: () => act("reject", item),
      c: () => act("correct", item),
      n: () => act("note", item),
      "]": () => byId("next")?.click(),
      "[": () => byId("previous")?.click(),
    };
    const buttons = [...review.querySelectorAll("[data-key]")];
    const button = buttons.find(({ dataset: { key } }) => key === event.key);
    const action = button ? () => button.click() : Object.hasOwn(keys, event.key) && keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  document.addEventListener("selectionchange", remember);
  review.addEventListener("focusin", () => {
    last = current()?.dataset.path ?? last;
  });
  document.addEventListener("keydown", press);
  review.addEventListener("click", click);
  review.addEventListener("submit", submit);
  byId("insist").addEventListener("click", () => decide(unsaved, unsaved.path));
  byId("yield").addEventListener("click", () => {
    conflict.hidden = true;
    tell("");
    (at(unsaved.path) ?? items()[0])?.focus();
  });
})();
