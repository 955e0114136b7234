// What somebody builds outlasts the page: going elsewhere and back, a reload, a lost connection.
// It is kept in this tab only, until it is saved, and until one signs out.
"use strict";

const KEPT = "draft:", SAVING = "saving:", TRY_EVERY = 5000;

// What a form says comes back as the part of it that is drawn anew. False where it could not be sent.
async function redrawn(form, said) {
  const part = form.dataset.part ?? "rows";
  const answer = await fetch(form.dataset.edit, {
    method: "POST",
    headers: { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded" },
    body: said,
  }).catch(() => null);
  if (!answer?.ok) return false;
  document.getElementById(part).outerHTML = await answer.text();
  htmx.process(document.getElementById(part));
  return true;
}

function building(form) {
  const key = KEPT + form.dataset.draft;
  const result = () => document.getElementById("result");
  // How one looks at it (view:…) is no part of what one builds.
  const typed = () => new URLSearchParams(
    [...new FormData(form)].filter(([name]) => !name.startsWith("view:"))).toString();
  let before = "unsaved" in form.dataset ? "" : typed();
  const built = () => ["name", "sketch"].map((name) => form.elements[name]?.value).join("\n");
  const first = built();
  let waiting = null, trying = 0, isSure = false, pressed = "";
  if (sessionStorage.getItem(SAVING) === key) sessionStorage.removeItem(SAVING);  // it was refused

  function keep() {
    const now = typed();
    if (now === before) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, now);
  }

  async function restore(draft) {
    if (!(await redrawn(form, `${draft}&do=restore`))) return;
    const values = new URLSearchParams(draft);
    for (const name of ["name", "version"]) form.elements[name].value = values.get(name) ?? "";
    htmx.trigger(form, "count");
    keep();
  }

  // Back and reload bring it back; who comes anew is asked.
  function begin() {
    const draft = sessionStorage.getItem(key);
    if (!draft || draft === before || !before) return;
    const came = performance.getEntriesByType("navigation")[0]?.type;
    if (came === "back_forward" || came === "reload") return restore(draft);
    const offer = document.getElementById("draft-offer");
    offer.hidden = false;
    offer.addEventListener("click", (event) => {
      const choice = event.target.closest("button")?.value;
      if (!choice) return;
      offer.hidden = true;
      if (choice === "take") restore(draft);
      else sessionStorage.removeItem(key);
    });
  }

  async function reached() {
    if (!navigator.onLine) return false;
    const asked = document.querySelector("link[rel=icon]").href;
    return fetch(asked, { method: "HEAD", cache: "no-store" }).then(() => true, () => false);
  }

  // What could not be sent is sent when the connection is back.
  function waits(what) {
    if (what !== form || !waiting) waiting = what;
    document.getElementById("draft-kept").hidden = !waiting.matches("[data-save]");
    trying ||= setInterval(again, TRY_EVERY);
  }

  async function again() {
    if (!waiting || !(await reached())) return;
    const what = waiting;
    clearInterval(trying);
    waiting = null;
    trying = 0;
    document.getElementById("draft-kept").hidden = true;
    lost(false);
    if (what.matches("button")) what.click();
    else htmx.trigger(what, what === form ? "count" : "change");
  }

  // A row's answer to what is missing in it, until the row is drawn anew.
  function given({ target: { name, value } }) {
    const place = CSS.escape(name.slice(0, name.lastIndexOf(":")));
    if (value) form.querySelector(`[data-lacking="${place}"]`)?.setAttribute("hidden", "");
  }

  form.addEventListener("input", keep);
  form.addEventListener("input", given);
  form.addEventListener("change", keep);
  addEventListener("pagehide", () => { if (!isSure) keep(); });
  addEventListener("pageshow", () => { isSure = false; });
  addEventListener("online", again);

  form.addEventListener("submit", async (event) => {
    if (isSure) return;
    event.preventDefault();
    const button = event.submitter;
    keep();
    if (await reached()) {
      isSure = true;
      if (button?.matches("[data-save]")) sessionStorage.setItem(SAVING, key);
      form.requestSubmit(button);
    } else {
      lost(true);
      waits(button ?? form);
    }
  });

  form.addEventListener("htmx:error", (event) => waits(event.target));
  form.addEventListener("htmx:before:request", (event) => {
    const { target } = event.detail.ctx;
    if (target === result()) target.setAttribute("aria-busy", "true");
    else pressed = event.target.matches("button[name=do]") ? event.target.value : "";
  });
  form.addEventListener("htmx:finally:request", () => result()?.removeAttribute("aria-busy"));

  // The rows are others: keep them, and go to the first field of the one that was added.
  form.addEventListener("htmx:after:swap", (event) => {
    // A sketch says all that is built; another step in the panel beside it is but looked at.
    if (before && form.elements.sketch && built() === first) before = typed();
    keep();
    if (event.detail.ctx.target.id === "result") return; // a count, that came in between
    const [verb, place] = pressed.split(":");
    pressed = "";
    if (verb !== "add" && verb !== "group") return;
    const last = `${place}-${form.elements[`${place}:size`].value - 1}`;
    const fields = [`${last}-0:kind`, `${last}:kind`].map((name) => form.elements[name]);
    fields.find((field) => field?.matches("select"))?.focus();
  });

  begin();
}

for (const form of document.querySelectorAll("form[data-draft]")) building(form);

if (document.querySelector("[data-saved]")) {
  sessionStorage.removeItem(sessionStorage.getItem(SAVING) ?? "");
  sessionStorage.removeItem(SAVING);
}
