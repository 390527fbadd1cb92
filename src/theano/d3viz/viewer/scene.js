/* The graph as boxes and lines on the page: their sizes, their places, their elements. */

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 16, HEAD = 26, MOST_LETTERS = 30;

function element(tag, attributes = {}, parent = null) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (parent) parent.appendChild(made);
  return made;
}

const pen = document.createElement("canvas").getContext("2d");
const FONT = getComputedStyle(document.body).fontFamily;
const MONO = getComputedStyle(document.documentElement).getPropertyValue("--mono");
const widths = new Map();

function textWidth(text, style, font = FONT) {
  const key = style + text;
  if (!widths.has(key)) {
    pen.font = `${style} ${font}`;
    widths.set(key, pen.measureText(text).width);
  }
  return widths.get(key);
}

const cut = (text, most = MOST_LETTERS) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/* A level is one graph: the outermost, or one inside of a box. */
class Level {
  constructor(graph, owner, scene) {
    this.owner = owner;
    this.x = this.y = 0;
    this.boxes = graph.boxes.map((data) => new Box(data, this, scene));
    this.lines = graph.lines.map((data) => {
      const line = { data, from: scene.boxes.get(data.from), to: scene.boxes.get(data.to) };
      line.from.after.push(line);
      line.to.before.push(line);
      return line;
    });
    this.inputs = graph.inputs.map((name) => scene.boxes.get(name));
    this.outputs = graph.outputs.map((name) => scene.boxes.get(name));
  }
}

class Box {
  constructor(data, level, scene) {
    this.data = data;
    this.name = data.name;
    this.level = level;
    this.before = [];
    this.after = [];
    this.dx = this.dy = 0;
    this.isOpen = false;
    scene.boxes.set(data.name, this);
    this.inside = (data.inside || []).map((graph) => new Level(graph, this, scene));
  }

  get left() { return this.x + this.dx - this.w / 2; }
  get right() { return this.x + this.dx + this.w / 2; }
  get top() { return this.y + this.dy - this.h / 2; }
  get bottom() { return this.y + this.dy + this.h / 2; }

  /* Where it lies in the coordinates of the outermost level. */
  get origin() {
    const owner = this.level.owner;
    if (!owner) return [0, 0];
    const [x, y] = owner.origin;
    return [x + owner.left + this.level.x, y + owner.top + this.level.y];
  }

  get centre() {
    const [x, y] = this.origin;
    return [x + this.x + this.dx, y + this.y + this.dy];
  }

  /* The boxes that it is in, the outermost last. */
  get owners() {
    const owner = this.level.owner;
    return owner ? [owner, ...owner.owners] : [];
  }

  get isShown() { return this.owners.every((box) => box.isOpen); }
  get label() { return this.renamed || this.data.label; }
  get second() {
    const { kind, short, label } = this.data;
    return kind === "constant_input" || short === label ? "" : cut(short);
  }

  measure() {
    const isConstant = this.data.kind === "constant_input";
    const name = isConstant ? textWidth(cut(this.label), "11px", MONO) : textWidth(cut(this.label), "600 12px");
    const note = this.data.note ? 6 + textWidth(cut(this.data.note, 18), "12px") : 0;
    const plus = this.inside.length ? 18 : 0;
    const first = name + note + plus;
    this.w = Math.max(isConstant ? 22 : 48, first, textWidth(this.second, "10.5px")) + (isConstant ? 12 : 20);
    this.h = isConstant ? 20 : this.second ? 40 : 26;
    if (!this.isOpen) return;
    let x = MARGIN, tallest = 0;
    for (const level of this.inside) {
      arrange(level);
      level.x = x; level.y = HEAD + MARGIN;
      x += level.width + MARGIN;
      tallest = Math.max(tallest, level.height);
    }
    this.w = Math.max(this.w + 20, x);
    this.h = HEAD + 2 * MARGIN + tallest;
    const level = this.inside[0];
    if (this.inside.length === 1) level.x = (this.w - level.width) / 2;
  }

  /* Where a line ends (or begins) at it: across from its centre, and how far inside of its border. */
  port(line, isEnd) {
    const level = this.isOpen && this.inside[0];
    if (level) {
      const { place, which } = line.data;
      const count = new Set(this.before.map((l) => l.data.place)).size;
      const inner = isEnd ? level.inputs[place - (count - level.inputs.length)] : level.outputs[which];
      if (inner) {
        const depth = level.y + (isEnd ? inner.top : level.height - inner.bottom);
        const below = this.h - level.y - level.height;
        return { dx: level.x + inner.x + inner.dx - this.w / 2, depth: isEnd ? depth : below + level.height - inner.bottom };
      }
      return { dx: isEnd ? 0.25 * this.w : 0, depth: 0 };
    }
    if (!isEnd && this.data.types && this.data.types.length > 1) {
      return { dx: this.w * ((line.data.which + 1) / (this.data.types.length + 1) - 0.5), depth: 0 };
    }
    return { dx: (isEnd && line.spread) || 0, depth: 0 };
  }
}

function arrange(level) {
  for (const box of level.boxes) box.measure();
  const number = new Map(level.boxes.map((box, i) => [box, i]));
  for (const line of level.lines) line.spread = 0;
  const edges = level.lines.map((line) => ({
    from: number.get(line.from), to: number.get(line.to), which: line.data.which,
    fromDx: line.from.port(line, false).dx, toDx: line.to.port(line, true).dx,
  }));
  const isInside = Boolean(level.owner);
  const found = layOut(
    level.boxes, edges,
    isInside ? level.inputs.map((box) => number.get(box)) : [],
    isInside ? level.outputs.map((box) => number.get(box)) : [],
  );
  level.boxes.forEach((box, i) => {
    [box.x, box.y, box.above, box.below] = [found.x[i], found.y[i], found.tops[i], found.bottoms[i]];
  });
  level.lines.forEach((line, i) => { line.bends = found.bends[i]; });
  level.width = found.width;
  level.height = found.height;
  for (const box of level.boxes) {
    /* Lines that end at one box end side by side, in the order in which they come. */
    const coming = box.isOpen ? [] : [...box.before];
    const at = (line) => (line.bends && line.bends.length ? line.bends[line.bends.length - 1][0] : line.from.x);
    coming.sort((a, b) => at(a) - at(b) || a.data.place - b.data.place);
    const step = Math.min(14, (box.w - 12) / Math.max(coming.length, 1));
    coming.forEach((line, i) => { line.spread = step * (i - (coming.length - 1) / 2); });
  }
}

function pathOf(line) {
  const { from, to } = line, start = from.port(line, false), end = to.port(line, true);
  const x0 = from.x + start.dx, y0 = from.y + from.h / 2, x1 = to.x + end.dx, y1 = to.y - to.h / 2;
  const moved = ([x, y]) => {
    const t = y1 > y0 ? Math.min(1, Math.max(0, (y - y0) / (y1 - y0))) : 0.5;
    return [x + from.dx * (1 - t) + to.dx * t, y + from.dy * (1 - t) + to.dy * t];
  };
  /* Beside taller boxes of its layer a line goes straight. */
  const bends = line.bends ? [[x0, from.below], ...line.bends, [x1, to.above]] : [];
  const points = [[x0, y0], ...bends, [x1, y1]].map(moved);
  const [first, last] = [points[0], points[points.length - 1]];
  line.area = areaOf(points);
  let d = `M${first[0].toFixed(1)} ${(first[1] - start.depth).toFixed(1)}`;
  if (start.depth) d += `V${first[1].toFixed(1)}`;
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1], [bx, by] = points[i];
    /* A piece without length would turn the arrow. */
    if (Math.hypot(bx - ax, by - ay) < 0.1) continue;
    const reach = by >= ay ? (by - ay) / 2 : Math.min(120, 20 + (ay - by) / 2);
    d += Math.abs(ax - bx) < 0.05 && by >= ay
      ? `V${by.toFixed(1)}`
      : `C${ax.toFixed(1)} ${(ay + reach).toFixed(1)} ${bx.toFixed(1)} ${(by - reach).toFixed(1)} ${bx.toFixed(1)} ${by.toFixed(1)}`;
  }
  return end.depth ? `${d}V${(last[1] + end.depth).toFixed(1)}` : d;
}

/* Left, top, right and bottom of what a line through points may touch. */
function areaOf(points) {
  const area = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    area[0] = Math.min(area[0], x - 8); area[1] = Math.min(area[1], y - 60);
    area[2] = Math.max(area[2], x + 8); area[3] = Math.max(area[3], y + 60);
  }
  return area;
}

/* What lies outside of the window is not drawn: that keeps large graphs quick to move. */
function showWithin(level, l, t, r, b) {
  const set = (thing, isSeen, ...elements) => {
    if (thing.isSeen === isSeen) return;
    thing.isSeen = isSeen;
    for (const one of elements) one.style.display = isSeen ? "" : "none";
  };
  for (const box of level.boxes) {
    const isSeen = box.right > l && box.left < r && box.bottom > t && box.top < b;
    set(box, isSeen, box.element, ...(box.isOpen ? [box.head] : []));
  }
  for (const line of level.lines) {
    const [x0, y0, x1, y1] = line.area;
    set(line, x1 > l && x0 < r && y1 > t && y0 < b, line.element);
  }
}

function drawLevel(level, parent) {
  const closed = level.boxes.filter((box) => !box.isOpen), open = level.boxes.filter((box) => box.isOpen);
  for (const box of open) drawBox(box, parent);
  for (const line of level.lines) {
    const { how } = line.data;
    line.isSeen = true;
    line.element = element("path", { class: `line${how ? ` ${how}` : ""}${line.bends ? "" : " long"}`, d: pathOf(line) }, parent);
  }
  for (const box of open) drawHead(box, parent);
  for (const box of closed) drawBox(box, parent);
}

/* The name of an open box stands above the lines that go into it. */
function drawHead(box, parent) {
  box.head = element("g", { class: "head", transform: translation(box) }, parent);
  writeName(box, element("text", { x: 12, y: 19 }, box.head));
}

const translation = (box) => `translate(${box.left.toFixed(1)} ${box.top.toFixed(1)})`;

function writeName(box, text) {
  element("tspan", { class: "name" }, text).textContent = cut(box.label);
  const { note } = box.data;
  if (note) element("tspan", { class: "note", dx: 6 }, text).textContent = cut(note, 18);
  if (box.inside.length) element("tspan", { class: "plus", dx: 6 }, text).textContent = box.isOpen ? "−" : "+";
}

function drawBox(box, parent) {
  const { kind, family } = box.data;
  const g = element("g", {
    class: `box kind-${kind}${family ? ` ${family}` : ""}${box.isOpen ? " open" : ""}`,
    "data-name": box.name,
    transform: translation(box),
  }, parent);
  box.element = g;
  box.isSeen = true;
  if (box.heat) g.style.setProperty("--heat", box.heat);
  const radius = kind === "apply" ? 5 : Math.min(13, box.h / 2);
  element("rect", { width: box.w.toFixed(1), height: box.h.toFixed(1), rx: radius }, g);
  if (!box.isOpen) {
    const centre = { x: (box.w / 2).toFixed(1), "text-anchor": "middle" };
    writeName(box, element("text", { ...centre, y: (box.second ? 17.5 : box.h / 2 + 4).toFixed(1) }, g));
    if (box.second) {
      box.type = element("text", { ...centre, class: "type", y: 32 }, g);
      box.type.textContent = box.second;
    }
  }
  for (const level of box.isOpen ? box.inside : []) {
    level.element = element("g", { transform: `translate(${level.x.toFixed(1)} ${level.y.toFixed(1)})` }, g);
    drawLevel(level, level.element);
  }
}

/* Everything that a box's place decides, drawn anew. */
function moveBox(box) {
  box.element.setAttribute("transform", translation(box));
  if (box.isOpen) box.head.setAttribute("transform", translation(box));
  const lines = [...box.before, ...box.after];
  const owner = box.level.owner;
  if (owner) lines.push(...owner.before, ...owner.after);
  for (const line of lines) line.element.setAttribute("d", pathOf(line));
}
