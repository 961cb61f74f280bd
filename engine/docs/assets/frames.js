// Boxes in frames, as engine/docs/layout places them: see there. A test runs both on the same graphs.
import { place } from "./layout.js";

const pad = 16, head = 44, cellGap = 22, rowsAtMost = 9, betweenRows = 14;

// circles numbers the strongly connected parts of a graph of n nodes; edges are [from, to].
export function circles(n, edges) {
  const out = Array.from({ length: n }, () => []);
  for (const [a, b] of edges) out[a].push(b);
  const part = new Array(n).fill(-1), index = new Array(n).fill(-1), low = new Array(n).fill(0), open = [];
  let next = 0;
  for (let start = 0; start < n; start++) {
    if (index[start] >= 0) continue;
    const walk = [[start, 0]];
    while (walk.length) {
      const top = walk[walk.length - 1], v = top[0];
      if (index[v] < 0) {
        index[v] = low[v] = next++;
        open.push(v);
      }
      if (top[1] < out[v].length) {
        const w = out[v][top[1]++];
        if (index[w] < 0) walk.push([w, 0]);
        else if (part[w] < 0) low[v] = Math.min(low[v], index[w]);
        continue;
      }
      walk.pop();
      if (walk.length) {
        const u = walk[walk.length - 1][0];
        low[u] = Math.min(low[u], low[v]);
      }
      if (low[v] !== index[v]) continue;
      let w;
      do {
        w = open.pop();
        part[w] = v;
      } while (w !== v);
    }
  }
  const seen = new Map();
  return part.map((p) => {
    if (!seen.has(p)) seen.set(p, seen.size);
    return seen.get(p);
  });
}

// placeFrames places boxes [{ w, h }] by their cells [{ frame, row, column }]; edges are [from, to] with counts.
export function placeFrames(boxes, cells, edges, counts) {
  const n = cells.reduce((m, c) => Math.max(m, c.frame + 1), 0);
  const members = Array.from({ length: n }, () => []), corners = boxes.map(() => [0, 0]);
  cells.forEach((c, i) => members[c.frame].push(i));
  const shapes = members.map((list) => fill(boxes, cells, list, corners));
  const sums = new Map();
  edges.forEach(([a, b], k) => {
    const from = cells[a].frame, to = cells[b].frame;
    if (from !== to) sums.set(from * n + to, (sums.get(from * n + to) ?? 0) + counts[k]);
  });
  const lines = reduce(n, [...sums.keys()].sort((a, b) => a - b).map((k) => [Math.floor(k / n), k % n]));
  const placed = place(shapes, lines);
  const frames = placed.boxes.map(([x, y], f) => {
    for (const i of members[f]) corners[i] = [corners[i][0] + x, corners[i][1] + y];
    return { x, y, w: shapes[f].w, h: shapes[f].h };
  });
  return { boxes: corners, frames, lines: lines.map(([from, to], k) => ({ from, to, count: sums.get(from * n + to), way: placed.edges[k] })), width: placed.width, height: placed.height };
}

function fill(boxes, cells, list, corners) {
  if (list.length === 1) return boxes[list[0]];
  let row = list.map((i) => cells[i].row), column = list.map((i) => cells[i].column), last = Math.max(...column);
  if (last === 0) {
    const columns = Math.ceil(list.length / rowsAtMost), rows = Math.ceil(list.length / columns);
    row = list.map((_, k) => k % rows);
    column = list.map((_, k) => Math.floor(k / rows));
    last = columns - 1;
  }
  const rows = Math.max(...row) + 1, height = Math.max(...list.map((i) => boxes[i].h)), widths = new Array(last + 1).fill(0);
  list.forEach((i, k) => { widths[column[k]] = Math.max(widths[column[k]], boxes[i].w); });
  const left = [pad];
  for (const w of widths) left.push(left[left.length - 1] + w + cellGap);
  list.forEach((i, k) => { corners[i] = [left[column[k]], head + row[k] * (height + betweenRows)]; });
  return { w: left[last + 1] - cellGap + pad, h: head + rows * (height + betweenRows) - betweenRows + pad };
}

// reduce leaves out the lines that a way over other frames stands for.
function reduce(n, lines) {
  const out = Array.from({ length: n }, () => []), reach = [];
  for (const [a, b] of lines) out[a].push(b);
  const walk = (f) => {
    if (reach[f]) return reach[f];
    const seen = reach[f] = new Set();
    for (const c of out[f]) {
      seen.add(c);
      for (const k of walk(c)) seen.add(k);
    }
    return seen;
  };
  return lines.filter(([a, b]) => !out[a].some((c) => c !== b && walk(c).has(b)));
}
