"use strict";
/* Layered drawings of directed graphs without cycles.

   The four steps of Sugiyama, Tagawa & Toda (IEEE Trans. SMC 11(2), 1981): layers by longest paths,
   bends where a line passes a layer, an order in each layer by barycentres, then places. All lines of
   one variable share one chain of bends. Places minimise the squared distance from the neighbours in
   the layer before (after), with the order kept: an isotonic regression, solved by pooling
   (Barlow, Bartholomew, Bremner & Brunk, 1972). The line from a node to the user that most depends on
   it counts most, so that long computations go straight down. */

const LAYOUT = { gap: 16, gapOfBends: 7, mostBends: 12000, milliseconds: 700 };

/* nodes: [{w, h}]; edges: [{from, to, which, fromDx?, toDx?}] by number of node; first, last: numbers of
   nodes that are to stand at the top and at the bottom. Returns {x, y, tops, bottoms, width, height, bends}
   with centres of nodes, ends of their layers, and for each edge its bends [[x, y], …], or null for one that is drawn straight. */
function layOut(nodes, edges, first = [], last = []) {
  const rank = ranksOf(nodes.length, edges, first, last);
  const graph = withBends(nodes, edges, rank);
  orderLayers(graph);
  placeAcross(graph);
  straighten(graph);
  return placeDown(graph, nodes, edges);
}

function ranksOf(n, edges, first, last) {
  const after = Array.from({ length: n }, () => []), before = Array.from({ length: n }, () => []);
  for (const e of edges) { after[e.from].push(e.to); before[e.to].push(e.from); }
  const waiting = before.map((b) => b.length), order = [];
  for (let v = 0; v < n; v++) if (!waiting[v]) order.push(v);
  for (let i = 0; i < order.length; i++) for (const w of after[order[i]]) if (!--waiting[w]) order.push(w);
  const rank = new Int32Array(n), top = new Set(first), bottom = new Set(last);
  for (const v of order) for (const w of after[v]) rank[w] = Math.max(rank[w], rank[v] + 1);
  /* What hangs on one computed value, or on inputs alone, moves down to its first user. */
  const isLeaf = before.map((b) => !b.length);
  for (let i = order.length - 1; i >= 0; i--) {
    const v = order[i];
    if (!after[v].length || top.has(v) || before[v].filter((u) => !isLeaf[u]).length > 1) continue;
    rank[v] = after[v].reduce((least, w) => Math.min(least, rank[w]), Infinity) - 1;
  }
  const deepest = rank.reduce((a, b) => Math.max(a, b), 0);
  for (const v of bottom) if (!after[v].length) rank[v] = deepest;
  const used = [...new Set(rank)].sort((a, b) => a - b), place = new Map(used.map((r, i) => [r, i]));
  return Array.from(rank, (r) => place.get(r));
}

/* A vertex of the layered graph is a node or a bend. */
function withBends(nodes, edges, rank) {
  const widths = nodes.map((node) => node.w), ranks = [...rank];
  const up = nodes.map(() => []), down = nodes.map(() => []);
  const spans = new Map();
  for (const e of edges) {
    const key = `${e.from}:${e.which}`;
    if (!spans.has(key)) spans.set(key, []);
    spans.get(key).push(rank[e.to] - rank[e.from]);
  }
  /* Lines longer than this are drawn straight, so that there are not too many bends. */
  const bendsFor = (limit) => {
    let sum = 0;
    for (const s of spans.values()) sum += s.reduce((most, d) => (d <= limit ? Math.max(most, d - 1) : most), 0);
    return sum;
  };
  let limit = rank.reduce((a, b) => Math.max(a, b), 1);
  while (limit > 4 && bendsFor(limit) > LAYOUT.mostBends) limit = Math.floor(limit * 0.8);
  const chains = new Map(), weights = weightsOf(nodes.length, edges, rank);
  const link = (a, b, aDx, bDx, weight) => {
    up[b].push({ v: a, dx: aDx - bDx, at: aDx / Math.max(widths[a], 1), weight });
    down[a].push({ v: b, dx: bDx - aDx, at: bDx / Math.max(widths[b], 1), weight });
  };
  const routes = edges.map((e, i) => {
    const span = rank[e.to] - rank[e.from];
    if (span > limit) return null;
    const key = `${e.from}:${e.which}`;
    if (!chains.has(key)) chains.set(key, []);
    const chain = chains.get(key);
    while (chain.length < span - 1) {
      const v = widths.length, k = chain.length;
      widths.push(0); ranks.push(rank[e.from] + k + 1); up.push([]); down.push([]);
      if (k) link(chain[k - 1], v, 0, 0, 6);
      else link(e.from, v, e.fromDx || 0, 0, 0.5);
      chain.push(v);
    }
    if (span > 1) link(chain[span - 2], e.to, 0, e.toDx || 0, 0.5);
    else link(e.from, e.to, e.fromDx || 0, e.toDx || 0, weights[i]);
    return chain.slice(0, span - 1);
  });
  const layers = Array.from({ length: ranks.reduce((a, b) => Math.max(a, b), 0) + 1 }, () => []);
  return { n: nodes.length, chains: [...chains.values()], widths, ranks, up, down, routes, layers, x: new Float64Array(widths.length) };
}

function weightsOf(n, edges, rank) {
  const height = new Int32Array(n), child = Array(n).fill(-1), parent = Array(n).fill(-1);
  const order = edges.map((_, i) => i).sort((a, b) => rank[edges[b].from] - rank[edges[a].from]);
  const hasInputs = new Uint8Array(n);
  for (const e of edges) hasInputs[e.to] = 1;
  for (const i of order) {
    const { from, to } = edges[i];
    if (child[from] < 0 || height[to] + 1 > height[from]) { child[from] = i; height[from] = height[to] + 1; }
    const known = parent[to] < 0 ? -1 : edges[parent[to]].from;
    if (known < 0 || rank[from] + hasInputs[from] > rank[known] + hasInputs[known]) parent[to] = i;
  }
  return edges.map((e, i) => {
    if (child[e.from] === i && parent[e.to] === i) return 8;
    return hasInputs[e.from] && height[e.to] ? 1 : 0.2;
  });
}

function orderLayers(graph) {
  const { ranks, up, down, layers } = graph, n = ranks.length, seen = new Uint8Array(n);
  /* From the results upwards, depth first: what belongs together begins side by side. */
  for (let v = 0; v < n; v++) {
    if (down[v].length || seen[v]) continue;
    const stack = [v];
    while (stack.length) {
      const u = stack.pop();
      if (seen[u]) continue;
      seen[u] = 1;
      layers[ranks[u]].push(u);
      for (let i = up[u].length - 1; i >= 0; i--) stack.push(up[u][i].v);
    }
  }
  const pos = new Float64Array(n);
  const number = () => { for (const layer of layers) layer.forEach((v, i) => { pos[v] = i; }); };
  number();
  let best = crossings(graph, pos), kept = layers.map((layer) => [...layer]), since = 0;
  const until = performance.now() + LAYOUT.milliseconds;
  for (let turn = 0; best > 0 && since < 6 && turn < 40 && performance.now() < until; turn++) {
    const side = turn % 2 ? down : up;
    for (let i = 0; i < layers.length; i++) {
      const layer = layers[turn % 2 ? layers.length - 1 - i : i];
      const wish = new Map();
      for (const v of layer) {
        let sum = 0;
        for (const l of side[v]) sum += pos[l.v] + 0.8 * l.at;
        wish.set(v, side[v].length ? sum / side[v].length : pos[v]);
      }
      layer.sort((a, b) => wish.get(a) - wish.get(b) || pos[a] - pos[b]);
      layer.forEach((v, k) => { pos[v] = k; });
    }
    exchange(graph, pos);
    const found = crossings(graph, pos);
    since++;
    if (found < best) { best = found; kept = layers.map((layer) => [...layer]); since = 0; }
  }
  kept.forEach((layer, i) => { layers[i] = layer; });
  graph.crossings = best;
}

/* Neighbours change places where that saves crossings; only where vertices are few enough. */
function exchange({ layers, up, down, ranks }, pos) {
  if (ranks.length > 4000) return;
  const between = (a, b) => {
    let sum = 0;
    for (const l of a) for (const m of b) if (pos[l.v] + 0.8 * l.at > pos[m.v] + 0.8 * m.at) sum++;
    return sum;
  };
  for (const layer of layers) {
    for (let i = 0; i + 1 < layer.length; i++) {
      const a = layer[i], b = layer[i + 1];
      const now = between(up[a], up[b]) + between(down[a], down[b]);
      const then = between(up[b], up[a]) + between(down[b], down[a]);
      if (then < now) { layer[i] = b; layer[i + 1] = a; pos[b] = i; pos[a] = i + 1; }
    }
  }
}

/* By a tree of counts: Barth, Jünger & Mutzel (Graph Drawing 2002). */
function crossings({ layers, down }, pos) {
  let total = 0;
  for (let r = 0; r + 1 < layers.length; r++) {
    const ends = [], size = layers[r + 1].length, tree = new Int32Array(size + 1);
    for (const v of layers[r]) {
      const mine = down[v].map((l) => pos[l.v]).sort((a, b) => a - b);
      for (const p of mine) ends.push(p);
    }
    for (let i = 0; i < ends.length; i++) {
      let before = 0;
      for (let k = ends[i] + 1; k > 0; k -= k & -k) before += tree[k];
      total += i - before;
      for (let k = ends[i] + 1; k <= size; k += k & -k) tree[k]++;
    }
  }
  return total;
}

function placeAcross(graph) {
  const { layers, widths, up, down, x, n } = graph;
  const apart = (a, b) =>
    (widths[a] + widths[b]) / 2 + (a < n && b < n ? LAYOUT.gap : LAYOUT.gapOfBends);
  for (const layer of layers) {
    let at = 0;
    layer.forEach((v, i) => { if (i) at += apart(layer[i - 1], v); x[v] = at; });
    for (const v of layer) x[v] -= at / 2;
  }
  const settle = (layer, sides) => {
    const wishes = [], weights = [], shift = [];
    layer.forEach((v, i) => {
      shift.push(i ? shift[i - 1] + apart(layer[i - 1], v) : 0);
      let sum = 0, weight = 0;
      for (const side of sides) {
        for (const l of side[v]) { sum += l.weight * (x[l.v] + l.dx); weight += l.weight; }
      }
      wishes.push((weight ? sum / weight : x[v]) - shift[i]);
      weights.push(weight || 0.02);
    });
    isotonic(wishes, weights).forEach((value, i) => { x[layer[i]] = value + shift[i]; });
  };
  const turns = widths.length > 8000 ? 6 : 14;
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 1; i < layers.length; i++) settle(layers[i], [up]);
    for (let i = layers.length - 2; i >= 0; i--) settle(layers[i], [down]);
  }
  for (let turn = 0; turn < 4; turn++) for (const layer of layers) settle(layer, [up, down]);
}

/* The bends of a chain lie one below the other as far as there is room. */
function straighten({ layers, ranks, widths, chains, x, n }) {
  const place = new Int32Array(widths.length);
  for (const layer of layers) layer.forEach((v, i) => { place[v] = i; });
  const room = (v) => {
    const layer = layers[ranks[v]], i = place[v];
    const apart = (u) => widths[u] / 2 + (u < n ? LAYOUT.gap / 2 : LAYOUT.gapOfBends);
    return [
      i ? x[layer[i - 1]] + apart(layer[i - 1]) : -Infinity,
      i + 1 < layer.length ? x[layer[i + 1]] - apart(layer[i + 1]) : Infinity,
    ];
  };
  for (let turn = 0; turn < 2; turn++) {
    for (const chain of chains) {
      let run = [], low = -Infinity, high = Infinity;
      const settle = () => {
        const mean = run.reduce((sum, v) => sum + x[v], 0) / run.length;
        for (const v of run) x[v] = Math.min(high, Math.max(low, mean));
      };
      for (const v of chain) {
        const [a, b] = room(v);
        if (run.length && Math.max(low, a) > Math.min(high, b)) {
          settle();
          run = []; low = -Infinity; high = Infinity;
        }
        if (a <= b) { run.push(v); low = Math.max(low, a); high = Math.min(high, b); }
      }
      if (run.length) settle();
    }
  }
}

/* The non-decreasing numbers next to the wishes, by weighted squares. */
function isotonic(wishes, weights) {
  const value = [], weight = [], count = [];
  for (let i = 0; i < wishes.length; i++) {
    let v = wishes[i], w = weights[i], c = 1;
    while (value.length && value[value.length - 1] >= v) {
      const pw = weight.pop();
      v = (v * w + value.pop() * pw) / (w + pw);
      w += pw;
      c += count.pop();
    }
    value.push(v); weight.push(w); count.push(c);
  }
  return value.flatMap((v, i) => Array(count[i]).fill(v));
}

function placeDown(graph, nodes, edges) {
  const { layers, x, up, n, ranks, routes } = graph;
  const middle = [], half = [];
  let y = 0;
  layers.forEach((layer, r) => {
    const h = layer.reduce((most, v) => (v < n ? Math.max(most, nodes[v].h) : most), 8);
    let widest = 0;
    for (const v of layer) for (const l of up[v]) widest = Math.max(widest, Math.abs(x[l.v] + l.dx - x[v]));
    /* The further lines go across, the more room they have to turn. */
    if (r) y += Math.min(90, 26 + 0.05 * widest);
    middle.push(y + h / 2); half.push(h / 2);
    y += h;
  });
  let left = Infinity, right = -Infinity;
  for (let v = 0; v < x.length; v++) {
    const w = v < n ? nodes[v].w / 2 : 0;
    left = Math.min(left, x[v] - w); right = Math.max(right, x[v] + w);
  }
  if (left > right) left = right = 0;
  return {
    x: Array.from(x.slice(0, n), (value) => value - left),
    y: nodes.map((_, v) => middle[ranks[v]]),
    tops: nodes.map((_, v) => middle[ranks[v]] - half[ranks[v]]),
    bottoms: nodes.map((_, v) => middle[ranks[v]] + half[ranks[v]]),
    width: right - left,
    height: y,
    crossings: graph.crossings,
    bends: edges.map((_, i) => routes[i] && routes[i].flatMap((v) => [
      [x[v] - left, middle[ranks[v]] - half[ranks[v]]],
      [x[v] - left, middle[ranks[v]] + half[ranks[v]]],
    ])),
  };
}
