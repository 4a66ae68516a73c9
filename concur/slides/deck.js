// Starts reveal.js; D turns light into dark; where a presenter's server is behind the page, blocks can be run.
(function () {
  "use strict";
  const root = document.documentElement, live = document.body.dataset.live;
  const others = live && new BroadcastChannel("concur-talk"), places = new Map();

  function scheme() {
    const chosen = root.dataset.scheme;
    if (chosen) { return chosen; }
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  const wanted = new URLSearchParams(location.search).get("scheme");
  root.dataset.scheme = wanted === "dark" || wanted === "light" ? wanted : scheme();

  function cells(line, kind, texts) {
    texts.forEach(function (text) {
      const cell = document.createElement(kind);
      cell.textContent = text;
      line.append(cell);
    });
  }

  function fill(table, counters) {
    table.textContent = "";
    if (!counters || !counters.length) { return; }
    cells(table.insertRow(), "th", ["", "this block", "Python's start"]);
    counters.forEach(function (one) {
      const line = table.insertRow();
      if (one.is_asked) { line.className = "asked-for"; }
      cells(line, "td", [one.name, one.value, one.start]);
    });
  }

  // What one window shows of a run the others show too: slides, and the presenter view's frames.
  function tell(block, found) {
    show(places.get(block), found);
    others.postMessage({block: block, found: found});
  }

  function show(place, found) {
    const said = place.querySelector(".state"), text = place.querySelector("pre"), table = place.querySelector("table");
    said.textContent = found.problem || "";
    text.textContent = found.output || "";
    text.hidden = !found.output;
    fill(table, found.counters);
  }

  async function run(button, block) {
    button.disabled = true;
    tell(block, {problem: "running …"});
    try {
      const answer = await fetch("run", {
        method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({block: block})
      });
      const found = await answer.json();
      tell(block, answer.ok ? found : {problem: found.error});
    } catch (error) {
      tell(block, {problem: "no answer from `concur slides present`: is it running still?"});
    }
    button.disabled = false;
  }

  function equip(one) {
    const place = document.createElement("div"), button = document.createElement("button");
    place.className = "ran";
    button.type = "button";
    button.textContent = "Run";
    const said = document.createElement("span"), text = document.createElement("pre");
    said.className = "state";
    text.hidden = true;
    const head = document.createElement("div");
    head.append(button, said);
    place.append(head, text, document.createElement("table"));
    button.addEventListener("click", function () { run(button, one.dataset.block); });
    one.append(place);
    places.set(one.dataset.block, place);
  }

  function runThis() {
    const button = Reveal.getCurrentSlide().querySelector(".ran button");
    if (button) { button.click(); }
  }

  const keys = {68: function () { root.dataset.scheme = scheme() === "dark" ? "light" : "dark"; }};
  if (live) {
    document.querySelectorAll("[data-block]").forEach(equip);
    keys[82] = runThis;
    others.onmessage = function (event) {
      if (places.has(event.data.block)) { show(places.get(event.data.block), event.data.found); }
    };
  }
  Reveal.initialize({
    width: 1280, height: 720, margin: 0, center: false, display: "flex", hash: true, controls: false, slideNumber: "c/t",
    transition: "none", backgroundTransition: "none", keyboard: keys, pdfSeparateFragments: false,
    totalTime: Number(document.body.dataset.seconds), plugins: typeof RevealNotes === "undefined" ? [] : [RevealNotes]
  });
})();
