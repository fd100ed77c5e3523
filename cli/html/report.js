"use strict";
// The drawing of the circuit: zoomed, moved, and asked what a box is. Without this script it is shown whole.
(() => {
  const drawing = document.getElementById("circuit");
  const chosen = document.getElementById("chosen");
  const whole = { ...box(drawing.viewBox.baseVal) };
  const view = { ...whole };
  const closest = Math.min(whole.width, 240);
  begin();

  function box({ x, y, width, height }) {
    return { x, y, width, height };
  }

  // A circuit that would be too small to read is shown from its inputs on.
  function begin() {
    const room = drawing.getBoundingClientRect();
    const least = 1.5; // units of the drawing for a pixel
    if (Math.max(whole.width / room.width, whole.height / room.height) <= least) return;
    view.width = Math.min(whole.width, room.width * least);
    view.height = view.width * room.height / room.width;
    const first = drawing.querySelector(".box rect").getBBox();
    const lowest = whole.height - view.height;
    view.y = lowest < 0 ? lowest / 2 : Math.max(0, Math.min(first.y - view.height / 3, lowest));
    show();
  }

  function show() {
    drawing.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  }

  // `at` is a point of the drawing that stays where it is.
  function zoom(factor, at) {
    const width = Math.min(Math.max(view.width * factor, closest), whole.width * 1.5);
    const by = width / view.width;
    view.x = at.x - (at.x - view.x) * by;
    view.y = at.y - (at.y - view.y) * by;
    view.width *= by;
    view.height *= by;
    show();
  }

  function middle() {
    return { x: view.x + view.width / 2, y: view.y + view.height / 2 };
  }

  function place(event) {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
  }

  function move(across, down) {
    view.x += across;
    view.y += down;
    show();
  }

  const acts = {
    in: () => zoom(1 / 1.5, middle()),
    out: () => zoom(1.5, middle()),
    whole: () => { Object.assign(view, whole); show(); },
  };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", acts[button.dataset.zoom]);
  }

  const keys = {
    "+": acts.in, "=": acts.in, "-": acts.out, "0": acts.whole,
    ArrowLeft: () => move(-view.width / 8, 0), ArrowRight: () => move(view.width / 8, 0),
    ArrowUp: () => move(0, -view.height / 8), ArrowDown: () => move(0, view.height / 8),
  };
  drawing.addEventListener("keydown", (event) => {
    const node = event.target.closest(".box");
    if ((event.key === "Enter" || event.key === " ") && node) {
      choose(node);
    } else if (keys[event.key] && !event.ctrlKey && !event.metaKey) {
      keys[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  });

  drawing.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(Math.exp(event.deltaY / 300), place(event));
    }
  }, { passive: false });

  // One pointer moves, two zoom.
  const pointers = new Map();
  let moved = false;

  drawing.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    moved = false;
  });
  drawing.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    if (pointers.size === 1) {
      const from = place(before), to = place(event);
      if (!moved && Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY) < 4) return;
      moved = true;
      drawing.setPointerCapture(event.pointerId);
      move(from.x - to.x, from.y - to.y);
    } else if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, one]) => one);
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      moved = true;
      zoom(apart(before) / apart(event), place(other));
    }
    pointers.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    drawing.addEventListener(name, (event) => pointers.delete(event.pointerId));
  }

  function choose(node) {
    for (const one of drawing.querySelectorAll(".chosen, .near")) one.classList.remove("chosen", "near");
    node.classList.add("chosen");
    for (const arrow of drawing.querySelectorAll(".arrow")) {
      arrow.classList.toggle("near", arrow.dataset.from === node.id || arrow.dataset.to === node.id);
    }
    chosen.textContent = node.getAttribute("aria-label");
    const line = document.getElementById(`L${node.dataset.line}`);
    if (line) {
      const link = document.createElement("a");
      link.href = `#${line.id}`;
      link.textContent = "show the line";
      chosen.append(" · ", link);
    }
  }

  drawing.addEventListener("click", (event) => {
    const node = event.target.closest(".box");
    if (node && !moved) choose(node);
  });
})();
