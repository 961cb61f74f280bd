// Lineage of a column: what it is made of, and what is made of it.
import { Drawing, boxHeight, boxWidth, rowHeight } from "./draw.js";
import { count, h } from "./dom.js";
import { kindName } from "./graph.js";
import { place } from "./layout.js";

const most = 120;

// trace walks from a column in both directions, over as many shards as it takes.
export async function trace(project, i, name) {
  const start = i + "\t" + name;
  const nodes = new Map([[start, { i, name }]]), edges = new Map(), untraced = [], filters = [];
  let cut = false;
  const set = async (at) => (await project.columns(at)) ?? { names: [] };
  const walk = async (up) => {
    let level = [start];
    const seen = new Set(level);
    while (level.length) {
      await Promise.all([...new Set(level.map((k) => nodes.get(k).i))].map((at) => project.columns(at)));
      const next = [];
      for (const key of level) {
        const at = nodes.get(key), s = await set(at.i);
        const k = s.names.findIndex((n) => n === at.name);
        const same = k < 0 ? s.names.findIndex((n) => n.toLowerCase() === at.name.toLowerCase()) : k;
        if (up && same >= 0 && s.untraced?.[same]) untraced.push({ ...at, why: s.untraced[same] });
        if (up && s.error) untraced.push({ ...at, why: s.error });
        if (!up && same >= 0) for (const f of s.rows?.[same] ?? []) filters.push({ ...at, node: f });
        for (const [n, column, kind] of (up ? s.from : s.to)?.[same] ?? []) {
          const other = n + "\t" + column;
          if (!nodes.has(other) && nodes.size >= most) { cut = true; continue; }
          if (!nodes.has(other)) nodes.set(other, { i: n, name: column, side: up ? "up" : "down" });
          edges.set((up ? other + "\n" + key : key + "\n" + other), kind);
          if (!seen.has(other)) { seen.add(other); next.push(other); }
        }
      }
      level = next;
    }
  };
  await walk(true);
  await walk(false);
  const own = await set(i);
  return { start, nodes, edges, untraced, filters, cut, own };
}

export async function columnView(project, i, name) {
  const t = await trace(project, i, name);
  const above = [...t.nodes.values()].filter((n) => n.side === "up"), below = [...t.nodes.values()].filter((n) => n.side === "down");
  const head = h("h2", null, "Column ", h("code", null, name), h("a", { class: "aside-link", href: project.href(i) }, "Close"));
  const element = h("div", { class: "column-view" }, head);
  const drawings = [];
  if (!project.x.has.columns) {
    element.append(h("p", { class: "note" }, "This site was made without the lineage of columns."));
    return { element, drawings };
  }
  const resources = (list) => new Set(list.map((n) => n.i)).size;
  element.append(h("p", { class: "summary" }, above.length ? "Made of " + count(above.length, "column") + " of " + count(resources(above), "resource") + "." : "Made of no other column that is known.", " ",
    below.length ? "A change of it reaches " + count(below.length, "column") + " of " + count(resources(below), "resource") + "." : "No other column is made of it.",
    t.cut ? " Only the nearest " + most + " columns are shown." : ""));
  for (const u of t.untraced) {
    element.append(h("p", { class: "note" }, "Not traced further: ", h("a", { href: project.href(u.i, u.name) }, h("code", null, project.label(u.i) + "." + u.name)), " – " + u.why));
  }
  if (t.nodes.size > 1) {
    const drawing = draw(project, t);
    element.append(drawing.element);
    drawings.push(drawing);
    element.append(h("p", { class: "legend" }, h("span", { class: "key", "data-kind": "direct" }), "taken as it is", h("span", { class: "key", "data-kind": "derived" }), "computed"));
  }
  const decides = new Map();
  for (const f of t.filters) decides.set(f.node, [...(decides.get(f.node) ?? []), project.label(f.i) + "." + f.name]);
  const lists = h("div", { class: "column-lists" });
  if (decides.size) lists.append(h("section", null, h("h3", null, "Decides which rows are in"), h("ul", { class: "links" }, [...decides].map(([n, by]) => h("li", null, h("a", { href: project.href(n), "data-kind": project.kind(n) }, project.label(n)), h("small", null, " by " + [...new Set(by)].join(", ")))))));
  if (t.own.filters?.length) {
    lists.append(h("section", null, h("h3", null, "Rows of " + project.label(i) + " are decided by"), h("ul", { class: "links" }, t.own.filters.map(([n, c]) => h("li", null, h("a", { href: project.href(n, c), "data-kind": project.kind(n) }, project.label(n) + "." + c))))));
  }
  if (lists.children.length) element.append(lists);
  return { element, drawings };
}

function draw(project, t) {
  const boxes = [], at = new Map();
  for (const n of t.nodes.values()) {
    if (!at.has(n.i)) {
      at.set(n.i, boxes.length);
      const label = project.label(n.i);
      boxes.push({ key: project.id(n.i), i: n.i, label, kind: project.kind(n.i), kindName: kindName(project.kind(n.i)), color: project.color(n.i), href: project.href(n.i), rows: [], w: boxWidth(label), focus: false });
    }
    const b = boxes[at.get(n.i)];
    const start = t.nodes.get(t.start) === n;
    b.focus ||= start;
    b.rows.push({ name: n.name, mark: start ? "current" : "" });
    b.w = Math.max(b.w, boxWidth(n.name));
  }
  for (const b of boxes) b.h = boxHeight + b.rows.length * rowHeight + 4;
  const pairs = new Map(), lines = [];
  for (const [key, kind] of t.edges) {
    const [a, b] = key.split("\n").map((k) => t.nodes.get(k));
    const from = at.get(a.i), to = at.get(b.i);
    if (from === to) continue;
    const pair = from + " " + to;
    if (!pairs.has(pair)) pairs.set(pair, pairs.size);
    lines.push({ from, to, pair: pairs.get(pair), fromRow: boxes[from].rows.findIndex((r) => r.name === a.name), toRow: boxes[to].rows.findIndex((r) => r.name === b.name), kind: kind === "d" ? "direct" : "derived", arrow: false,
      title: project.label(a.i) + "." + a.name + " → " + project.label(b.i) + "." + b.name + (kind === "d" ? ", taken as it is" : ", computed") });
  }
  const r = place(boxes, [...pairs.keys()].map((k) => k.split(" ").map(Number)));
  boxes.forEach((b, k) => { [b.x, b.y] = r.boxes[k]; });
  const drawing = new Drawing({ name: "Lineage of the column " + t.nodes.get(t.start).name, onrow: (b, row) => { location.hash = project.href(b.i, row.name); }, onopen: (b) => { location.hash = b.href; } });
  drawing.show(boxes, lines.map((l) => ({ ...l, way: r.edges[l.pair].slice() })), [r.width, r.height]);
  drawing.element.style.height = Math.min(520, Math.max(180, r.height + 70)) + "px";
  return drawing;
}
