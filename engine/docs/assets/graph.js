// Lineage of resources as a drawing: from a list of numbers to boxes and lines.
import { Drawing, boxHeight, boxWidth, rowHeight } from "./draw.js";
import { count } from "./dom.js";
import { load } from "./data.js";
import { folders, lookInside } from "./folders.js";
import { place } from "./layout.js";

// singly is how many boxes are drawn at most; beyond it folders stand for their resources.
export const singly = 300;
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
  // options are those of Drawing, and onfolder(name), called when a folder is picked.
  constructor(project, options) {
    this.project = project;
    const pick = (b, other) => { if (b?.cluster) options.onfolder?.(project.clusterLabel(b.c)); else other(b); };
    this.drawing = new Drawing({ ...options, onopen: (b) => pick(b, () => { if (b.href) location.hash = b.href; }), onpick: (b) => pick(b, () => options.onpick?.(b)) });
    this.element = this.drawing.element;
  }

  // whole shows the project: as it was placed when the site was made, or as folders.
  async whole(settings) {
    const placed = await load("graph"), p = this.project;
    if (!placed.whole) {
      const list = [];
      for (let i = 0; i < p.core; i++) if (!p.hiddenSet.has(i)) list.push(i);
      return this.show(list, settings);
    }
    this.list = null;
    const boxes = placed.boxes.map(([n, x, y, w, h]) => ({ ...box(p, n), x, y, w, h }));
    this.drawing.show(boxes, placed.edges.map((e) => ({ from: e.f, to: e.t, way: e.w, count: e.n })), placed.size);
    return boxes.length;
  }

  // folded shows folders, or from inside the one that settings name, and gives the number of boxes.
  folded(list) {
    const p = this.project, core = list.filter((i) => i < p.core), one = core.find((i) => p.clusterLabel(p.x.cluster[i]) === this.settings.inside);
    if (one === undefined) {
      const f = folders(p, core);
      this.drawing.show(f.boxes, f.lines, f.size, f);
      return f.boxes.length;
    }
    const f = lookInside(p, core, p.x.cluster[one], (i) => box(p, i));
    this.drawing.show(f.boxes, f.lines, f.size);
    return f.own;
  }

  // show draws resources. settings: focus (a number), more (whether neighbours can be asked for), indirect (dashed lines where the
  // way leads over resources that are not shown), rows (columns in the boxes), inside (the name of a folder
  // to look into).
  async show(list, settings) {
    const p = this.project;
    this.list = list;
    this.settings = settings ?? {};
    if (list.length > singly) return this.folded(list);
    const boxes = [], at = new Map();
    const shown = new Set(list);
    for (const i of list) {
      at.set(i, boxes.length);
      const hidden = (ids) => ids.filter((j) => !shown.has(j) && !p.hiddenSet.has(j)).length;
      const b = box(p, i, this.settings.more && i < p.core ? { left: hidden(p.parents(i)), right: hidden(p.children[i]) } : null);
      b.focus = i === this.settings.focus;
      boxes.push(b);
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
    if (this.settings.indirect) {
      for (const i of list) for (const q of this.around(i, at)) if (!p.parents(i).includes(q)) connect(at.get(q), at.get(i), "~");
    }
    const edges = [...counts.keys()].map((key) => {
      const [a, b] = key.replace("~", "").split(" ");
      return { from: Number(a), to: Number(b), count: counts.get(key), dashed: key.endsWith("~") };
    });
    let columns = null;
    if (this.settings.rows && boxes.length <= 40) columns = await this.withRows(boxes);
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
