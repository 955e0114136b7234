// Comforts of the flow editor: the focus goes where one looks next, and keys for what hands do often.
"use strict";

const editing = document.getElementById("flow-form");

// The card that one looks at, or else where it begins, stands in the middle of a wide tree.
function centre() {
  const tree = document.getElementById("tree");
  const card = tree?.querySelector(".flow-card[aria-current], .flow-plus[aria-current]") ?? tree?.querySelector(".flow-card");
  if (!card || tree.scrollWidth <= tree.clientWidth) return;
  const [outer, inner] = [tree.getBoundingClientRect(), card.getBoundingClientRect()];
  if (inner.left >= outer.left && inner.right <= outer.right && tree.scrollLeft) return;
  tree.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
}
centre();

if (editing) {
  let pressed = null, left = 0;
  const canvas = () => document.getElementById("tree");
  const card = (key) => document.getElementById(`card-${key}`);

  editing.addEventListener("htmx:before:request", (event) => {
    pressed = event.target.matches("button[name=do]") ? event.target : null;
    left = canvas()?.scrollLeft ?? 0;
  });
  editing.addEventListener("htmx:after:swap", () => {
    if (canvas()) canvas().scrollLeft = left;
    centre();
    if (!pressed || /^(add|group):/.test(pressed.value)) return;
    const same = pressed.matches(".flow-card, .flow-plus, .flow-choice") ? null
      : [...editing.querySelectorAll("#editor button[name=do]:not(:disabled)")].find((one) => one.value === pressed.value);
    const next = same ?? document.querySelector("#editor [data-focus]");
    pressed = null;
    next?.focus();
  });

  // What is only missing is told until it is there; what is wrong, until the server says otherwise.
  editing.addEventListener("input", (event) => {
    const part = event.target.closest(".field, .flow-rows");
    const told = part?.querySelector(".hint[id$='-wrong']");
    if (!told) return;
    const fields = part.querySelectorAll("input:not([type=hidden], [type=checkbox]), select, textarea");
    told.hidden = [...fields].every((one) => one.value.trim());
  });

  // Up and down go from card to card, Escape closes the panel, Ctrl+Z undoes.
  editing.addEventListener("keydown", (event) => {
    const here = event.target.closest?.(".flow-card, .flow-plus");
    const panel = document.getElementById("panel");
    if (event.key === "Escape" && panel) {
      event.preventDefault();
      const back = card(panel.dataset.key);
      panel.querySelector("[data-close]").click();
      back?.focus();
    } else if (here && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const all = [...canvas().querySelectorAll(".flow-card, .flow-plus")];
      all[all.indexOf(here) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    }
    const typing = event.target.closest?.("input, textarea, select");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing) {
      event.preventDefault();
      editing.querySelector(event.shiftKey ? "[data-redo]" : "[data-undo]")?.click();
    }
  });
}
