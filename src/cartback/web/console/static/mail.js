// The editor of mails: the frame is painted, a block in it is gone to, keywords are put in at the
// caret, blocks are dragged, and what was done is undone. All else works without it.
"use strict";

function editing(form) {
  const frame = document.getElementById("canvas");
  const canvas = () => frame.contentDocument;
  // Until then it is an empty page under our own policy, by which a mail has no styles.
  const isLoaded = () => canvas()?.readyState === "complete" && canvas().URL !== "about:blank";
  const rows = () => document.getElementById("rows");
  let order = [], atFront = "";
  form.classList.add("has-scripts");

  // --- the frame: its own document, with a policy under which nothing acts ---

  function paint() {
    const source = document.getElementById("mail-html");
    if (!source || !isLoaded()) return;
    order = source.dataset.order ? source.dataset.order.split(" ") : [];
    const from = frame.contentWindow.scrollY;
    canvas().documentElement.innerHTML = source.value;
    frame.contentWindow.scrollTo(0, from);
    outline();
  }

  // Only the frame scrolls: on a phone the page stays at the form.
  function bring(seen) {
    const view = frame.contentWindow, box = seen.getBoundingClientRect();
    const top = view.scrollY + box.top - Math.max(0, (view.innerHeight - box.height) / 2);
    view.scrollTo({ top, behavior: "smooth" });
  }

  function partAt(place) {
    return rows().querySelector(`[data-block="${CSS.escape(place)}"]`);
  }

  // The block whose form is open is outlined in the mail.
  function outline() {
    for (const one of canvas()?.querySelectorAll("[class*=cb-at-]") ?? []) one.style.outline = "";
    const open = rows().querySelector("[data-blocks] > li > .mail-item > details[open]");
    const nth = open ? order.indexOf(open.dataset.block) : -1;
    const seen = nth < 0 ? null : canvas()?.querySelector(`.cb-at-${nth}`);
    if (!seen) return;
    seen.style.outline = "2px solid #0f766e";
    seen.style.outlineOffset = "-2px";
    if (atFront !== open.id) bring(seen);
    atFront = open.id;
  }

  function go(place) {
    const [block, name] = place.split(":");
    const part = partAt(block);
    for (let one = part; one; one = one.parentElement?.closest("details")) one.open = true;
    const field = document.getElementById(`f-${block}-${name}`);
    for (let one = field?.closest("details"); one; one = one.parentElement?.closest("details")) one.open = true;
    const target = field ?? part?.querySelector("summary");
    target?.focus({ preventScroll: true });
    target?.scrollIntoView({ block: "center", behavior: "smooth" });
  }

  function pressed(event) {
    event.preventDefault();
    const found = event.target.closest?.("[class*=cb-at-]");
    const nth = found?.className.match(/cb-at-(\d+)/)?.[1];
    if (nth !== undefined && order[nth]) {
      atFront = partAt(order[nth])?.id ?? "";
      go(order[nth]);
    }
  }

  function framed() {
    canvas()?.addEventListener("click", pressed);
    paint();
  }

  frame.addEventListener("load", framed);
  form.addEventListener("toggle", outline, true);

  // --- what is wrong stands at its field ---

  function mark() {
    const result = document.getElementById("result");
    for (const one of rows().querySelectorAll("[data-said]")) {
      one.hidden = true;
      delete one.dataset.said;
    }
    for (const one of result.querySelectorAll("[data-stops]")) {
      const place = rows().querySelector(`[data-wrong="${CSS.escape(one.dataset.stops)}"]`);
      if (!place || !place.hidden) continue;
      place.textContent = one.querySelector("[data-text]").textContent;
      place.hidden = false;
      place.dataset.said = "";
    }
  }

  // What a field with keywords reads like for the person whose mail is shown.
  function read() {
    for (const one of rows().querySelectorAll("[data-reads-at]")) {
      const field = rows().querySelector(`[name="${CSS.escape(one.dataset.readsAt)}"]`);
      const said = document.querySelector(`#result [data-reads="${CSS.escape(one.dataset.readsAt)}"]`);
      const text = said?.content.textContent ?? "";
      one.hidden = !text || !field?.value.includes("{");
      one.querySelector("bdi").textContent = text;
    }
  }

  // --- keywords ---

  const keywords = document.getElementById("keywords");
  let into = null;
  form.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-keyword-for]");
    if (opens) into = document.getElementById(opens.dataset.keywordFor);
    const chosen = event.target.closest("[data-keyword]");
    if (chosen && into) {
      put(into, chosen.dataset.keyword, keywords.querySelector("[data-fallback]").value);
      keywords.hidePopover();
    }
    const where = event.target.closest("[data-go]");
    if (where) go(where.dataset.go);
  });

  function put(field, keyword, fallback) {
    const plain = fallback.trim().replaceAll('"', "”").replace(/[{}%]/g, "");
    const bare = keyword.replace(/ \| default: "[^"]*"/, "");
    const text = plain ? bare.replace(/ }}$/, ` | default: "${plain}" }}`) : keyword;
    field.focus();
    field.setRangeText(text, field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // --- fields that make sense only beside another one's value ---

  function fit() {
    for (const one of rows().querySelectorAll("[data-only]")) {
      const [name, value] = one.dataset.only.split("=");
      const field = rows().querySelector(`[name="${CSS.escape(name)}"]`);
      one.hidden = field !== null && field.value !== value;
    }
  }

  form.addEventListener("change", fit);

  // --- products are chosen by name ---

  function offer() {
    for (const one of rows().querySelectorAll("[data-adds]")) one.hidden = false;
  }

  form.addEventListener("change", (event) => {
    const chosen = event.target.closest("[data-adds]");
    if (!chosen?.value) return;
    const field = document.getElementById(chosen.dataset.adds);
    const ids = field.value.split("\n").map((one) => one.trim()).filter(Boolean);
    if (!ids.includes(chosen.value)) field.value = [...ids, chosen.value].join("\n");
    const source = document.getElementById(chosen.dataset.adds.replace(/-ids$/, "-source"));
    if (source) source.value = "fixed";
    chosen.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, true);
  offer();

  // --- undo and redo ---

  const undo = form.querySelector("[data-undo]"), redo = form.querySelector("[data-redo]");
  const typed = () => new URLSearchParams(
    [...new FormData(form)].filter(([name]) => name !== "gap" && !name.startsWith("view:"))).toString();
  const past = [], future = [];
  let present = typed(), pausing = 0;
  undo.hidden = redo.hidden = false;

  function step() {
    clearTimeout(pausing);
    const now = typed();
    if (now === present) return;
    past.push(present);
    if (past.length > 100) past.shift();
    future.length = 0;
    present = now;
    buttons();
  }

  function buttons() {
    undo.disabled = !past.length;
    redo.disabled = !future.length;
  }

  async function back(from, to) {
    step();
    if (!from.length) return;
    const wanted = from.pop();
    if (!(await redrawn(form, wanted))) { from.push(wanted); return; }
    to.push(present);
    offer();
    form.elements.name.value = new URLSearchParams(wanted).get("name") ?? "";
    present = typed();
    buttons();
    htmx.trigger(form, "count");
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  undo.addEventListener("click", () => back(past, future));
  redo.addEventListener("click", () => back(future, past));
  form.addEventListener("input", () => { clearTimeout(pausing); pausing = setTimeout(step, 700); });
  form.addEventListener("change", step);
  document.addEventListener("keydown", (event) => {
    const types = event.target.closest?.("input:not([type=checkbox], [type=radio], [type=color]), textarea");
    if (types || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) { event.preventDefault(); back(past, future); }
    else if (key === "y" || key === "z") { event.preventDefault(); back(future, past); }
  });

  // --- parts of the page that came anew ---

  let wasOpen = rows().dataset.opened;
  form.addEventListener("htmx:after:swap", () => {
    paint();
    mark();
    read();
    fit();
    offer();
    const opened = rows().dataset.opened;
    if (opened !== "0" && opened !== wasOpen) {
      const part = document.getElementById(`block-${opened}`);
      if (part) { part.open = true; part.querySelector("summary").focus(); }
    }
    wasOpen = opened;
    rows().querySelector("[data-palette] button[value^=put]")?.focus();
    step();
  });

  // --- dragging: within the whole mail, not into columns ---

  let dragged = null;
  const placeOf = (event) => event.target.closest?.("[data-blocks] > li");
  form.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-grip]") && !event.target.closest("fieldset") ? placeOf(event) : null;
    if (!dragged) return;
    dragged.querySelector(".mail-item").classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  form.addEventListener("dragover", (event) => {
    const over = placeOf(event);
    if (!dragged || !over) return;
    event.preventDefault();
    for (const one of form.querySelectorAll(".is-target")) one.classList.remove("is-target");
    over.classList.add("is-target");
  });
  form.addEventListener("drop", (event) => {
    const over = placeOf(event);
    if (!dragged || !over) return;
    event.preventDefault();
    const all = [...over.parentElement.children], from = all.indexOf(dragged), to = all.indexOf(over);
    const act = document.getElementById("act");
    act.value = `move:b-${from}:${to > from ? to - 1 : to}`;
    if (from !== to) act.click();
  });
  form.addEventListener("dragend", () => {
    for (const one of form.querySelectorAll(".is-target, .is-dragged")) one.classList.remove("is-target", "is-dragged");
    dragged = null;
  });

  if (isLoaded()) framed();
  mark();
  read();
  fit();
}

for (const form of document.querySelectorAll("#mail-form")) editing(form);
