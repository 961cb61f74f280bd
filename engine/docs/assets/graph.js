// Lineage of resources as a drawing: from a list of numbers to boxes and lines.
import { Drawing, boxHeight, boxWidth, rowHeight } from "./draw.js";
import { count } from "./dom.js";
import { load } from "./data.js";
import { place } from "./layout.js";

// singly is how many boxes are drawn at most; beyond it folders stand for their resources.
export const singly = 300;
const clusterHeight = 46;
const mostRows = 60;

const kindNames = { source: "source", seed: "seed", snapshot: "snapshot", model: "model", function: "function", analysis: "analysis", semantic_model: "semantic model", metric: "metric",
  saved_query: "saved query", exposure: "exposure", test: "test", unit_test: "unit test", macro: "macro" };

export function kindName(kind) {
  return kindNames[kind] ?? kind;
}

function box(project, i, more) {
  const label = project.label(i);
  return { key: project.id(i), i, label, w: boxWidth(label), h: boxHeight, kind: project.kind(i), kindName: kindName(project.kind(i)), color: project.color(i),
    status: project.status(i), tested: project.isTest(i) ? "" : project.tested(i), href: project.href(i), more,
    title: label + "\n" + [kindName(project.kind(i)), project.material(i)].filter(Boolean).join(", ") };
}

// Lineage shows lists of resources in a Drawing.
export class Lineage {
  // options are those of Drawing, and onunfold(cluster).
  constructor(project, options) {
    this.project = project;
    this.unfolded = new Set();
    this.drawing = new Drawing({ ...options,
      onopen: (b) => { if (b.cluster) this.unfold(b); else if (b.href) location.hash = b.href; },
      onpick: (b) => { if (b?.cluster) this.unfold(b); else options.onpick?.(b); } });
    this.onunfold = options.onunfold;
    this.element = this.drawing.element;
  }

  async unfold(b) {
    this.unfolded.add(b.c);
    await this.show(this.list, this.settings);
    const own = this.drawing.boxes.filter((x) => x.i !== undefined && this.project.x.cluster[x.i] === b.c).sort((x, y) => x.y - y.y);
    if (own.length) this.drawing.lookAt(own[own.length >> 1]);
    this.onunfold?.();
  }

  // whole shows the project as it was placed when the site was made.
  async whole() {
    const placed = await load("graph");
    const p = this.project;
    this.list = null;
    if (!placed.whole) {
      this.list = [];
      for (let i = 0; i < p.core; i++) if (!p.hiddenSet.has(i)) this.list.push(i);
      this.settings = {};
    }
    const boxes = placed.boxes.map(([n, x, y, w, h]) => {
      const b = placed.whole ? box(p, n) : this.folder(n, placed.counts[n]);
      return { ...b, x, y, w, h };
    });
    this.drawing.show(boxes, placed.edges.map((e) => ({ from: e.f, to: e.t, way: e.w, count: e.n, title: e.n > 1 ? e.n + " references" : null })), placed.size);
    return boxes.length;
  }

  folder(c, n) {
    const label = this.project.x.clusters[c];
    return { key: "folder " + label, c, cluster: true, label, sub: count(n, "resource"), count: n, w: boxWidth(label), h: clusterHeight, kindName: "folder", title: label + "\n" + count(n, "resource") + " – select to unfold" };
  }

  // show draws resources. settings: focus (a number), more (whether neighbours can be asked for), indirect (dashed lines where the
  // way leads over resources that are not shown), rows (columns in the boxes).
  async show(list, settings) {
    const p = this.project;
    this.list = list;
    this.settings = settings ?? {};
    const folded = list.length > singly;
    const boxes = [], at = new Map();
    if (folded) {
      const members = new Map();
      for (const i of list) {
        const c = i < p.core ? p.x.cluster[i] : -1;
        if (c < 0) continue;
        if (!members.has(c)) members.set(c, []);
        members.get(c).push(i);
      }
      let room = singly - members.size;
      for (const [c, of] of members) {
        if (this.unfolded.has(c) && of.length <= Math.max(room, 60)) {
          room -= of.length;
          for (const i of of) { at.set(i, boxes.length); boxes.push(box(p, i)); }
        } else {
          for (const i of of) at.set(i, boxes.length);
          boxes.push(this.folder(c, of.length));
        }
      }
    } else {
      const shown = new Set(list);
      for (const i of list) {
        at.set(i, boxes.length);
        const hidden = (ids) => ids.filter((j) => !shown.has(j) && !p.hiddenSet.has(j)).length;
        const b = box(p, i, this.settings.more && i < p.core ? { left: hidden(p.parents(i)), right: hidden(p.children[i]) } : null);
        b.focus = i === this.settings.focus;
        boxes.push(b);
      }
    }
    const counts = new Map();
    const connect = (a, b, kind) => {
      if (a === b) return;
      const key = a + " " + b + kind;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    };
    for (const i of list) {
      if (!at.has(i)) continue;
      for (const q of p.parents(i)) if (at.has(q)) connect(at.get(q), at.get(i), "");
    }
    if (!folded && this.settings.indirect) {
      for (const i of list) for (const q of this.around(i, at)) if (!p.parents(i).includes(q)) connect(at.get(q), at.get(i), "~");
    }
    const edges = [...counts.keys()].map((key) => {
      const [a, b] = key.replace("~", "").split(" ");
      return { from: Number(a), to: Number(b), count: counts.get(key), dashed: key.endsWith("~") };
    });
    let columns = null;
    if (this.settings.rows && !folded && boxes.length <= 40) columns = await this.withRows(boxes);
    const r = place(boxes, edges.map((e) => [e.from, e.to]));
    boxes.forEach((b, k) => { [b.x, b.y] = r.boxes[k]; });
    let lines = edges.map((e, k) => ({ ...e, way: r.edges[k], title: e.count > 1 ? e.count + " references" : e.dashed ? "over resources that are not shown" : null }));
    if (columns) lines = this.columnLines(boxes, lines, columns, at);
    this.drawing.show(boxes, lines, [r.width, r.height]);
    return boxes.length;
  }

  // around are the shown resources that lie above one, over ways through what is not shown.
  around(i, at) {
    const found = new Set(), seen = new Set();
    const todo = this.project.parents(i).filter((q) => !at.has(q));
    while (todo.length) {
      const q = todo.pop();
      if (seen.has(q)) continue;
      seen.add(q);
      for (const r of this.project.parents(q)) {
        if (at.has(r)) found.add(r);
        else todo.push(r);
      }
    }
    return found;
  }

  async withRows(boxes) {
    const sets = await Promise.all(boxes.map((b) => this.project.columns(b.i)));
    boxes.forEach((b, k) => {
      const set = sets[k];
      if (!set) return;
      b.rows = set.names.slice(0, mostRows).map((name, i) => ({ name, i, type: set.types?.[i], title: name + (set.untraced?.[i] ? "\nnot traced: " + set.untraced[i] : "") }));
      b.h = boxHeight + b.rows.length * rowHeight + 4;
      b.w = Math.max(b.w, 220);
    });
    return sets;
  }

  columnLines(boxes, lines, sets, at) {
    const out = [];
    for (const l of lines) {
      const a = boxes[l.from], b = boxes[l.to], set = sets[l.to];
      let some = false;
      (set?.from ?? []).forEach((from, i) => {
        if (!b.rows || i >= b.rows.length) return;
        for (const [n, column, kind] of from) {
          if (at.get(n) !== l.from || !a.rows) continue;
          const row = a.rows.findIndex((r) => r.name === column);
          if (row < 0) continue;
          some = true;
          out.push({ ...l, fromRow: row, toRow: i, kind: kind === "d" ? "direct" : "derived", arrow: false, title: column + " → " + b.rows[i].name + (kind === "d" ? " (taken as it is)" : " (computed)") });
        }
      });
      if (!some) out.push(l);
    }
    return out;
  }
}
