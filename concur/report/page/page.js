"use strict";
// What the page does with a script, beside being read: tables that sort, models that hide, values under the pointer,
// light or dark, the command to the clipboard, the raw data to a file. Text goes in by textContent alone.
(() => {
  const all = (what, where = document) => Array.from(where.querySelectorAll(what));

  // Tables: a button in each head; numbers by data-order, what has none last.
  const orderOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.order !== undefined) return Number(cell.dataset.order);
    return cell.textContent.trim();
  };
  const compare = (one, other, isUp) => {
    const isText = [typeof one === "string", typeof other === "string"];
    if (isText[0] !== isText[1]) return isText[0] ? 1 : -1;
    const order = isText[0] ? one.localeCompare(other, undefined, { numeric: true }) : one - other;
    return isUp ? order : -order;
  };
  const sort = (table, head) => {
    const column = head.cellIndex;
    const rows = all("tbody tr", table);
    const hasNumbers = rows.some((row) => row.cells[column].dataset.order !== undefined);
    const now = head.getAttribute("aria-sort");
    const isUp = now ? now === "descending" : !hasNumbers;
    all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const sorted = rows.sort((a, b) => compare(orderOf(a, column), orderOf(b, column), isUp));
    table.tBodies[0].append(...sorted);
  };
  for (const table of all("table")) {
    for (const head of all("thead th", table)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(table, head));
      head.replaceChildren(button);
    }
  }

  // Models: what carries data-series goes and comes.
  const models = document.getElementById("models");
  if (models) {
    models.hidden = false;
    const boxes = all("input", models);
    const show = () => {
      const hidden = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
      all("[data-series]").forEach((one) => one.classList.toggle("off", hidden.has(one.dataset.series)));
    };
    models.addEventListener("change", show);
    all("button", models).forEach((button) =>
      button.addEventListener("click", () => {
        boxes.forEach((box) => { box.checked = Boolean(button.dataset.all); });
        show();
      }));
    show();
  }

  // Values under the pointer: sooner than the browser would show a <title>, which is taken away.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  for (const mark of all("figure [data-series]")) {
    const title = mark.querySelector(":scope > title");
    if (title) {
      mark.dataset.tip = title.textContent;
      title.remove();
    }
  }
  document.addEventListener("pointermove", (event) => {
    const mark = event.target.closest ? event.target.closest("[data-tip]") : null;
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 4))}px`;
  });

  // Light or dark: as the system has it, until somebody chooses; remembered where that is allowed.
  const scheme = document.getElementById("scheme");
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.scheme ? root.dataset.scheme === "dark" : system.matches);
  const name = () => { scheme.textContent = isDark() ? "Light" : "Dark"; };
  try {
    const kept = localStorage.getItem("concur-scheme");
    if (kept === "dark" || kept === "light") root.dataset.scheme = kept;
  } catch { /* a file may not keep anything */ }
  scheme.hidden = false;
  scheme.addEventListener("click", () => {
    root.dataset.scheme = isDark() ? "light" : "dark";
    try { localStorage.setItem("concur-scheme", root.dataset.scheme); } catch { /* likewise */ }
    name();
  });
  system.addEventListener("change", name);
  name();

  // The command and the raw data.
  const raw = document.getElementById("raw");
  all(".actions").forEach((one) => { one.hidden = false; });
  all(".noscript").forEach((one) => { one.hidden = true; });
  const copy = document.getElementById("copy");
  copy.addEventListener("click", async () => {
    const text = document.getElementById("command").textContent;
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(document.getElementById("command"));
      copy.textContent = "Selected: press Ctrl-C";
    }
  });
  document.getElementById("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([raw.textContent], { type: "application/json" }));
    link.download = "run.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  // On paper everything is open.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    closed.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((one) => { one.open = false; }));
})();
