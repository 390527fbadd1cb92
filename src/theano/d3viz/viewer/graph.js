/* What the reader does with the graph. */

(() => {
  const pristine = document.documentElement.cloneNode(true);
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read("data"), $ = (id) => document.getElementById(id);
  const canvas = $("canvas"), world = $("world"), stage = $("stage");
  const scene = { boxes: new Map() };
  const root = new Level(data.graph, null, scene);
  const all = [...scene.boxes.values()];
  const withInside = all.filter((box) => box.inside.length);
  const view = { x: 0, y: 0, k: 1 };
  let chosen = null, hits = [], hit = -1, byTime = false;

  const place = `theano.d3viz:${data.key}`;
  const empty = { when: 0, moved: {}, renamed: {}, open: [], view: null };
  let kept = { ...empty, ...read("kept") };
  try {
    const stored = JSON.parse(localStorage.getItem(place));
    if (stored && stored.when > kept.when) kept = { ...empty, ...stored };
  } catch { /* A browser may keep nothing for files. */ }

  function apply() {
    for (const box of all) {
      [box.dx, box.dy] = kept.moved[box.name] || [0, 0];
      box.renamed = kept.renamed[box.name] || "";
      box.isOpen = box.inside.length > 0 && kept.open.includes(box.name);
    }
  }

  let waiting = 0;
  function keep() {
    clearTimeout(waiting);
    waiting = setTimeout(keepNow, 300);
  }
  function keepNow() {
    kept = {
      when: Date.now(),
      moved: Object.fromEntries(all.filter((b) => b.dx || b.dy).map((b) => [b.name, [b.dx, b.dy]])),
      renamed: Object.fromEntries(all.filter((b) => b.renamed).map((b) => [b.name, b.renamed])),
      open: withInside.filter((b) => b.isOpen).map((b) => b.name),
      view: { ...view },
    };
    try { localStorage.setItem(place, JSON.stringify(kept)); } catch { /* Save still works. */ }
  }

  function pageAsItIs() {
    keepNow();
    pristine.querySelector("#kept").textContent = JSON.stringify(kept).replace(/</g, "\\u003c");
    return `<!doctype html>\n${pristine.outerHTML}\n`;
  }

  function picture() {
    const svg = canvas.cloneNode(true), style = element("style"), { l, t, w, h } = bounds();
    svg.setAttribute("xmlns", SVG);
    svg.setAttribute("viewBox", `${l - 20} ${t - 20} ${w + 40} ${h + 40}`);
    svg.setAttribute("width", w + 40);
    svg.setAttribute("height", h + 40);
    svg.classList.remove("far", "farther", "moving");
    svg.querySelector("#world").removeAttribute("transform");
    for (const one of svg.querySelectorAll("[style*=display]")) one.style.display = "";
    style.textContent = `${document.querySelector("style").textContent}\n#canvas { width: auto; height: auto; }`;
    svg.prepend(style);
    return new XMLSerializer().serializeToString(svg);
  }

  function download(text, ending, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = `${data.title.replace(/[^\w.-]+/g, "_")}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  $("save").onclick = () => download(pageAsItIs(), "html", "text/html");
  $("picture").onclick = () => download(picture(), "svg", "image/svg+xml");
  $("reset").onclick = () => {
    for (const box of all) { box.dx = box.dy = 0; box.renamed = ""; }
    draw();
    keep();
  };

  function draw() {
    arrange(root);
    extent = null;
    world.replaceChildren();
    drawLevel(root, world);
    mark();
    look();
    colourByTime(byTime);
  }

  let frame = 0;
  function look() {
    if (!frame) frame = requestAnimationFrame(lookNow);
  }
  function lookNow() {
    frame = 0;
    const { x, y, k } = view;
    showWithin(root, -x / k, -y / k, (canvas.clientWidth - x) / k, (canvas.clientHeight - y) / k);
    world.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${k.toFixed(4)})`);
    canvas.classList.toggle("far", k < 0.32);
    canvas.classList.toggle("farther", k < 0.12);
    drawMap();
  }

  function bounds() {
    let [l, t, r, b] = [0, 0, root.width, root.height];
    for (const box of root.boxes) {
      l = Math.min(l, box.left); r = Math.max(r, box.right);
      t = Math.min(t, box.top); b = Math.max(b, box.bottom);
    }
    return { l, t, w: r - l, h: b - t };
  }

  /* A graph that would be too small to be read is shown from its beginning. */
  function begin() {
    fit();
    if (view.k >= 0.55) return;
    const top = root.boxes.reduce((a, b) => (b.top < a.top ? b : a));
    view.k = 0.75;
    view.x = canvas.clientWidth / 2 - view.k * (top.x + top.dx);
    view.y = 32 - view.k * top.top;
    look();
  }

  function fit() {
    const { l, t, w, h } = bounds(), W = canvas.clientWidth, H = canvas.clientHeight;
    view.k = Math.min(1.4, (W - 48) / Math.max(w, 1), (H - 48) / Math.max(h, 1));
    view.x = W / 2 - view.k * (l + w / 2);
    view.y = H / 2 - view.k * (t + h / 2);
    look();
  }

  function zoom(factor, cx = canvas.clientWidth / 2, cy = canvas.clientHeight / 2) {
    const k = Math.min(4, Math.max(0.01, view.k * factor));
    view.x = cx - ((cx - view.x) * k) / view.k;
    view.y = cy - ((cy - view.y) * k) / view.k;
    view.k = k;
    look();
    keep();
  }

  function show(box) {
    let changed = false;
    for (const owner of box.owners) if (!owner.isOpen) { owner.isOpen = true; changed = true; }
    if (changed) draw();
    const [x, y] = box.centre;
    if (view.k < 0.5) view.k = 0.9;
    view.x = canvas.clientWidth / 2 - view.k * x;
    view.y = canvas.clientHeight / 2 - view.k * y;
    look();
    keep();
  }

  function toggle(box, isOpen = !box.isOpen) {
    const [x, y] = box.centre;
    box.isOpen = isOpen;
    draw();
    /* It stays where it is on the screen. */
    const [nx, ny] = box.centre;
    view.x += view.k * (x - nx);
    view.y += view.k * (y - ny);
    look();
    nameOpenAll();
    fillPanel();
    near(chosen);
    keep();
  }

  $("open-all").hidden = !withInside.length;
  $("open-all").onclick = () => {
    const isOpen = withInside.some((box) => !box.isOpen);
    for (const box of withInside) box.isOpen = isOpen;
    draw();
    begin();
    nameOpenAll();
    keep();
  };
  function nameOpenAll() {
    $("open-all").textContent = withInside.some((box) => !box.isOpen) ? "Open all" : "Close all";
  }

  $("in").onclick = () => zoom(1.25);
  $("out").onclick = () => zoom(0.8);
  $("fit").onclick = () => { fit(); keep(); };

  const map = $("map"), drawn = document.createElement("canvas");
  let extent = null;
  /* The boxes are drawn once, as long as nothing changes. */
  function drawBoxes(ratio) {
    const { l, t, w, h } = extent, k = Math.min(160 / w, 118 / h), ink = drawn.getContext("2d");
    map.width = drawn.width = 168 * ratio;
    map.height = drawn.height = 126 * ratio;
    map.scale = { k, x: 84 - k * (l + w / 2), y: 63 - k * (t + h / 2) };
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--line");
    for (const box of root.boxes) {
      const x = map.scale.x + k * box.left, y = map.scale.y + k * box.top;
      ink.fillRect(x, y, Math.max(1, k * box.w), Math.max(1, k * box.h));
    }
  }
  function drawMap() {
    const isNew = !extent, ratio = window.devicePixelRatio || 1;
    if (isNew) extent = bounds();
    const { w, h } = extent, W = canvas.clientWidth, H = canvas.clientHeight;
    map.hidden = w * view.k < 1.6 * W && h * view.k < 1.6 * H;
    if (isNew) drawBoxes(ratio);
    if (map.hidden) return;
    const ink = map.getContext("2d"), { k, x, y } = map.scale;
    ink.setTransform(1, 0, 0, 1, 0, 0);
    ink.clearRect(0, 0, map.width, map.height);
    ink.drawImage(drawn, 0, 0);
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
    ink.lineWidth = 1.5;
    ink.strokeRect(x - (k * view.x) / view.k, y - (k * view.y) / view.k, (k * W) / view.k, (k * H) / view.k);
  }
  function goByMap(event) {
    if (!(event.buttons & 1)) return;
    const { k, x, y } = map.scale;
    view.x = canvas.clientWidth / 2 - (view.k * (event.offsetX - x)) / k;
    view.y = canvas.clientHeight / 2 - (view.k * (event.offsetY - y)) / k;
    look();
  }
  map.onpointerdown = map.onpointermove = goByMap;

  const boxAt = (target) => {
    const found = target.closest && target.closest(".box");
    return found ? scene.boxes.get(found.dataset.name) : null;
  };
  const fingers = new Map();
  let held = null, pinched = null;

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const rect = canvas.getBoundingClientRect();
    const lines = event.deltaMode ? 16 : 1;
    zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - rect.left, event.clientY - rect.top);
  }, { passive: false });

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size > 1) { held = null; return; }
    held = { box: boxAt(event.target), x: event.clientX, y: event.clientY, moved: false };
    held.start = held.box ? [held.box.dx, held.box.dy] : [view.x, view.y];
    $("tooltip").hidden = true;
  });

  canvas.addEventListener("pointermove", (event) => {
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size > 1) { pinch(); return; }
    if (!held) { hover(event); return; }
    const dx = event.clientX - held.x, dy = event.clientY - held.y;
    if (!held.moved && Math.hypot(dx, dy) < 4) return;
    /* Not before: clicks of a captured pointer belong to the canvas, not to what is under it. */
    if (!held.moved) canvas.setPointerCapture(event.pointerId);
    held.moved = true;
    canvas.classList.add("moving");
    if (held.box) {
      held.box.dx = held.start[0] + dx / view.k;
      held.box.dy = held.start[1] + dy / view.k;
      moveBox(held.box);
      extent = null;
      look();
    } else {
      view.x = held.start[0] + dx;
      view.y = held.start[1] + dy;
      look();
    }
  });

  function pinch() {
    const [[ax, ay], [bx, by]] = fingers.values(), rect = canvas.getBoundingClientRect();
    const now = { apart: Math.hypot(bx - ax, by - ay), x: (ax + bx) / 2 - rect.left, y: (ay + by) / 2 - rect.top };
    if (pinched) {
      view.x += now.x - pinched.x;
      view.y += now.y - pinched.y;
      zoom(now.apart / Math.max(pinched.apart, 1), now.x, now.y);
    }
    pinched = now;
  }

  function letGo(event) {
    fingers.delete(event.pointerId);
    held = pinched = null;
    canvas.classList.remove("moving");
  }

  canvas.addEventListener("pointerup", (event) => {
    if (held && !held.moved) choose(held.box);
    if (held && held.moved) keep();
    letGo(event);
  });
  canvas.addEventListener("pointercancel", letGo);
  canvas.addEventListener("pointerleave", () => { $("tooltip").hidden = true; near(chosen); });
  canvas.addEventListener("dblclick", (event) => {
    const box = boxAt(event.target);
    if (box && box.inside.length) toggle(box);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      $("search").value = "";
      search();
      choose(null);
      canvas.focus();
    }
    if (event.target.tagName === "INPUT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      "/": () => { $("search").focus(); }, "f": () => fit(), "0": () => fit(), "+": () => zoom(1.25), "=": () => zoom(1.25),
      "-": () => zoom(0.8), "ArrowLeft": () => { view.x += 60; look(); }, "ArrowRight": () => { view.x -= 60; look(); },
      "ArrowUp": () => { view.y += 60; look(); }, "ArrowDown": () => { view.y -= 60; look(); },
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  let marked = [];
  function near(box) {
    for (const one of marked) one.classList.remove("near");
    marked = [];
    if (!box || !box.isShown) return;
    for (const line of [...box.before, ...box.after]) {
      const other = line.from === box ? line.to : line.from;
      marked.push(line.element, other.element);
    }
    for (const one of marked) one.classList.add("near");
  }

  function duration(seconds) {
    if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
    return seconds >= 1e-3 ? `${(1e3 * seconds).toPrecision(3)} ms` : `${(1e6 * seconds).toPrecision(3)} µs`;
  }

  const share = (box) => (100 * box.data.seconds) / data.profile.seconds;

  function facts(box) {
    const d = box.data, found = [];
    if (d.role) found.push(["is", d.role]);
    if (d.op && d.op !== box.label) found.push(["op", d.op]);
    found.push([d.types.length > 1 ? "types" : "type", d.types.join(", ")]);
    if (d.value) found.push(["value", d.value]);
    if (d.seconds !== undefined && data.profile) {
      found.push(["time", `${duration(d.seconds / data.profile.calls)} a call, ${share(box).toFixed(1)} %`]);
    }
    if (d.source) found.push(["made at", d.source]);
    return found;
  }

  const tooltip = $("tooltip");
  let under = null;
  function hover(event) {
    const box = boxAt(event.target);
    if (box !== under) {
      under = box;
      near(box || chosen);
      tooltip.hidden = !box;
      if (box) {
        const head = document.createElement("b");
        head.textContent = box.label;
        tooltip.replaceChildren(head, ...facts(box).map(([what, value]) => {
          const row = document.createElement("div"), grey = document.createElement("span");
          grey.className = "muted";
          grey.textContent = `${what}  `;
          row.append(grey, value);
          return row;
        }));
        if (box.inside.length) {
          const row = document.createElement("div");
          row.className = "muted";
          row.textContent = `Double click to ${box.isOpen ? "close" : "open"}`;
          tooltip.append(row);
        }
      }
    }
    if (box) {
      const rect = stage.getBoundingClientRect();
      const x = event.clientX - rect.left, y = event.clientY - rect.top;
      tooltip.hidden = false;
      tooltip.style.left = `${Math.max(4, Math.min(x + 14, rect.width - tooltip.offsetWidth - 8))}px`;
      tooltip.style.top = `${y + 18 + tooltip.offsetHeight > rect.height ? y - tooltip.offsetHeight - 12 : y + 18}px`;
    }
  }

  function choose(box) {
    chosen = box;
    mark();
    near(box);
    fillPanel();
  }

  function mark() {
    for (const box of all) {
      if (!box.element) continue;
      box.element.classList.toggle("chosen", box === chosen);
      box.element.classList.toggle("hit", hits.includes(box));
    }
    canvas.classList.toggle("dimmed", hits.length > 0);
  }

  function make(tag, text = "", name = "") {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    return made;
  }

  function fillPanel() {
    const panel = $("panel");
    panel.hidden = !chosen;
    if (!chosen) return;
    const title = make("div", "", "title"), input = make("input"), close = make("button", "×");
    input.value = chosen.label;
    input.setAttribute("aria-label", "Name of the box");
    input.onchange = () => {
      chosen.renamed = input.value === chosen.data.label ? "" : input.value;
      draw();
      near(chosen);
      keep();
    };
    close.setAttribute("aria-label", "Close");
    close.onclick = () => choose(null);
    title.append(input, close);
    const list = make("dl");
    for (const [what, value] of facts(chosen)) list.append(make("dt", what), make("dd", value));
    const parts = [title, list];
    if (chosen.inside.length) {
      const button = make("button", chosen.isOpen ? "Close the graph inside" : "Open the graph inside");
      button.style.marginTop = "8px";
      button.onclick = () => toggle(chosen);
      parts.push(button);
    }
    const sides = [["Takes", chosen.before, "from"], ["Goes to", chosen.after, "to"]];
    for (const [head, lines, end] of sides) {
      if (!lines.length) continue;
      const ul = make("ul");
      for (const line of lines) {
        const li = make("li"), button = make("button"), how = line.data.how;
        const label = make("span", `${end === "from" && lines.length > 1 ? `${line.data.place}  ` : ""}${line[end].label}`);
        button.append(label, make("span", how ? `${line.data.type}, ${how}` : line.data.type, "muted"));
        button.onclick = () => { show(line[end]); choose(line[end]); };
        li.append(button);
        ul.append(li);
      }
      parts.push(make("h2", head), ul);
    }
    panel.replaceChildren(...parts);
  }

  /* What is looked through first, and where that finds nothing. */
  const names = (box) => [box.label, box.data.label, box.data.op, box.data.note];
  const more = (box) => [box.data.source, box.data.value, ...box.data.types];

  function search() {
    const wanted = $("search").value.trim().toLowerCase();
    const finds = (texts) => all.filter((box) => texts(box).join(" ").toLowerCase().includes(wanted));
    hits = wanted ? finds(names) : [];
    if (wanted && !hits.length) hits = finds(more);
    hit = -1;
    pressed = null;
    $("hits").textContent = wanted ? String(hits.length) : "";
    mark();
  }
  $("search").oninput = search;
  $("search").onkeydown = (event) => {
    if (event.key !== "Enter" || !hits.length) return;
    hit = (hit + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
    $("hits").textContent = `${hit + 1}/${hits.length}`;
    show(hits[hit]);
    choose(hits[hit]);
    $("search").focus();
  };

  const LEGEND = [
    ["kind-input", "input"], ["kind-shared_input", "shared variable"], ["kind-constant_input", "constant"],
    ["kind-variable", "variable"], ["kind-output", "output"], ["kind-update", "new value"], ["kind-unused", "not used"],
    ["elementwise", "elementwise"], ["products", "products, algebra"], ["reductions", "reductions"],
    ["indexing", "indexing, joining"], ["shapes", "shapes"], ["random", "random numbers"],
    ["graphs", "loops, graphs"], ["other", "other"],
  ];
  const isOf = (box, name) => `kind-${box.data.kind}` === name || box.data.family === name;
  let pressed = null;
  function fillLegend() {
    const lines = all.flatMap((box) => box.before);
    for (const [name, label] of LEGEND) {
      const members = all.filter((box) => isOf(box, name));
      if (!members.length) continue;
      const button = make("button"), patch = make("i", "", name);
      button.append(patch, label);
      button.title = `${members.length}`;
      button.onclick = () => {
        pressed = pressed === name ? null : name;
        hits = pressed ? members : [];
        $("hits").textContent = $("search").value = "";
        mark();
      };
      $("legend").append(button);
    }
    for (const [how, label] of [["view", "view of its input"], ["destroy", "overwrites its input"]]) {
      if (!lines.some((line) => line.data.how === how)) continue;
      const row = make("button"), patch = make("i", "", `line-${how}`);
      row.disabled = true;
      row.append(patch, label);
      $("legend").append(row);
    }
  }

  const timed = all.filter((box) => box.data.seconds !== undefined);
  const longest = timed.reduce((most, box) => Math.max(most, box.data.seconds), 0);
  for (const box of timed) box.heat = longest ? Math.sqrt(box.data.seconds / longest).toFixed(3) : 0;
  function colourByTime(isOn) {
    byTime = isOn;
    canvas.classList.toggle("by-time", byTime);
    for (const box of timed) {
      if (box.isShown && !box.isOpen && box.type) box.type.textContent = byTime ? `${share(box).toFixed(1)} %` : box.second;
    }
    $("by-time").setAttribute("aria-pressed", byTime);
  }
  $("by-time").hidden = !longest;
  $("by-time").onclick = () => colourByTime(!byTime);

  function describe() {
    const operations = root.boxes.filter((box) => box.data.kind === "apply").length;
    let text = `${operations} ${operations === 1 ? "operation" : "operations"}`;
    if (data.profile) {
      const { calls, seconds } = data.profile;
      text += ` · ${calls} ${calls === 1 ? "call" : "calls"}, ${duration(seconds / calls)} each`;
    }
    $("facts").textContent = text;
    document.querySelector("#bar h1").textContent = data.title;
  }

  byTime = longest > 0;
  apply();
  describe();
  fillLegend();
  const started = performance.now();
  draw();
  scene.milliseconds = performance.now() - started;
  if (kept.view) { Object.assign(view, kept.view); look(); } else begin();
  nameOpenAll();
  new ResizeObserver(look).observe(stage);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { extent = null; look(); });
  window.theanoGraph = { scene, view, look, pageAsItIs, picture };
})();
