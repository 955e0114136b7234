// Pages that move by themselves. [data-live] is the part that moves; it says which stream tells when
// it is to be read anew. What arrives is only a reason to ask the server again. While there is no
// stream the part is read every ten seconds, and while nobody sees the page nothing is.
"use strict";

const AT_MOST_EVERY = 1000;
const WITHOUT_STREAM_EVERY = 10_000;
const STREAM_AGAIN_AFTER = 30_000;
const PATIENCE = 4000;

function follow(part) {
  let stream = null, wasAway = false, asked = Date.now();
  let soon = 0, polling = 0, again = 0, patience = 0;

  function refresh(least = AT_MOST_EVERY) {
    if (soon || document.hidden) return;
    soon = setTimeout(() => {
      soon = 0;
      asked = Date.now();
      htmx.trigger(part, "refresh");
    }, Math.max(0, asked + least - Date.now()));
  }

  function close() {
    stream?.close();
    stream = null;
    for (const timer of [soon, polling, again, patience]) clearTimeout(timer);
    soon = polling = again = patience = 0;
  }

  function open() {
    close();
    if (document.hidden) return;
    stream = new EventSource(part.dataset.live);
    stream.onopen = opened;
    stream.onerror = broken;
    stream.addEventListener("reload", () => refresh());
    stream.addEventListener("figures", () => refresh(part.dataset.liveSegment ? WITHOUT_STREAM_EVERY : AT_MOST_EVERY));
    stream.addEventListener("moves", (event) => {
      const here = part.dataset.liveSegment;
      if (!here || JSON.parse(event.data).some((move) => move.segment === here)) {
        clearTimeout(soon);  // a refresh that may be far
        soon = 0;
        refresh();
      }
    });
  }

  function opened() {
    clearTimeout(patience);
    clearInterval(polling);
    patience = polling = 0;
    lost(!navigator.onLine);
    if (wasAway) refresh();
    wasAway = false;
  }

  // The browser tries again by itself, unless the server said no: then we read the part meanwhile,
  // and the first time says why, as when the session has ended.
  function broken() {
    wasAway = true;
    if (stream.readyState === EventSource.CLOSED) {
      close();
      refresh();
      polling = setInterval(() => refresh(), WITHOUT_STREAM_EVERY);
      again = setTimeout(open, STREAM_AGAIN_AFTER);
    } else if (!patience) {
      patience = setTimeout(() => lost(true), PATIENCE);
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      close();
      wasAway = true;
    } else {
      open();
    }
  });
  addEventListener("online", open);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}

// Who has just arrived is marked for a moment.
const known = new Set();
function arrivals(areNew) {
  for (const one of document.querySelectorAll("[data-arrival]")) {
    if (areNew && !known.has(one.id)) one.classList.add("arrived");
    known.add(one.id);
  }
}

arrivals(false);
document.addEventListener("htmx:after:swap", () => arrivals(true));
for (const part of document.querySelectorAll("[data-live]")) follow(part);
