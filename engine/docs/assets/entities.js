// The entity diagram: resources that refer to each other by relationships tests or foreign keys.
import { Drawing, boxHeight, boxWidth, rowHeight } from "./draw.js";
import { count, h } from "./dom.js";
import { kindName } from "./graph.js";
import { load } from "./data.js";
import { place } from "./layout.js";

const symbols = { primary: "PK", unique: "UK", foreign: "FK", referred: "" };

export async function entitiesView(project, params) {
  const shard = await load("entities");
  const element = h("div", { class: "view" }, h("h1", null, "Entities"));
  if (!shard.relations.length) {
    element.append(h("p", { class: "none" }, "No relations are known. They are read from relationships tests and from foreign key constraints with ", h("code", null, "to"), "."));
    return { element, title: "Entities" };
  }
  element.append(h("p", { class: "lead" }, count(shard.entities.length, "entity", "entities") + " and " + count(shard.relations.length, "relation") + ", read from relationships tests and foreign keys."));
  const focus = params.get("focus");
  let entities = shard.entities, relations = shard.relations;
  const center = focus === null ? -1 : project.find(focus);
  if (center >= 0 || entities.length > 80) {
    const start = center >= 0 ? center : entities[0].i;
    const near = new Set([start]);
    for (const r of shard.relations) { if (r.f === start) near.add(r.t); if (r.t === start) near.add(r.f); }
    entities = entities.filter((e) => near.has(e.i));
    relations = relations.filter((r) => near.has(r.f) && near.has(r.t));
    element.append(h("p", { class: "note" }, "Shown: " + project.label(start) + " and its relations. ", h("label", null, "Another: ", h("select", { onchange: (e) => { location.hash = "#/entities?focus=" + encodeURIComponent(e.target.value); } },
      shard.entities.map((e) => h("option", { value: project.id(e.i), selected: e.i === start }, project.label(e.i)))))));
  }
  const at = new Map(entities.map((e, k) => [e.i, k]));
  const boxes = entities.map((e) => {
    const label = project.label(e.i);
    const rows = e.columns.map((c) => ({ name: c.name, mark: c.key ? "key" : "", type: (c.key ?? "").split(" ").map((k) => symbols[k] ?? "").filter(Boolean).join(" ") || (c.type ?? "").toLowerCase(), title: c.name + (c.type ? " " + c.type : "") + (c.key ? "\n" + c.key + " key" : "") }));
    if (e.more) rows.push({ name: "… " + count(e.more, "more column"), plain: true, mark: "muted" });
    return { key: project.id(e.i), i: e.i, label, kind: project.kind(e.i), kindName: kindName(project.kind(e.i)), color: project.color(e.i), href: project.href(e.i), rows, focus: e.i === center,
      w: Math.max(200, boxWidth(label), ...e.columns.map((c) => Math.min(280, 96 + 7 * c.name.length))), h: boxHeight + rows.length * rowHeight + 4 };
  });
  const pairs = new Map(), lines = [];
  for (const r of relations) {
    const from = at.get(r.f), to = at.get(r.t);
    if (from === to) continue;
    const pair = from + " " + to;
    if (!pairs.has(pair)) pairs.set(pair, pairs.size);
    const row = (k, c) => entities[k].columns.findIndex((x) => x.name.toLowerCase() === c.toLowerCase());
    lines.push({ from, to, pair: pairs.get(pair), fromRow: row(from, r.fc), toRow: row(to, r.tc), kind: r.status === "bad" ? "broken" : "relation", title: sentence(project, r) });
  }
  const placed = place(boxes, [...pairs.keys()].map((k) => k.split(" ").map(Number)), { rowGap: 28, columnGap: 110 });
  boxes.forEach((b, k) => { [b.x, b.y] = placed.boxes[k]; });
  const drawing = new Drawing({ name: "Entities of " + project.x.project, wheel: true, tall: true, onopen: (b) => { location.hash = b.href; }, onrow: (b, row) => { location.hash = project.href(b.i, row.name); } });
  drawing.show(boxes, lines.map((l) => ({ ...l, way: placed.edges[l.pair].slice() })), [placed.width, placed.height]);
  element.append(drawing.element, h("section", null, h("h2", null, "Relations"), h("div", { class: "wide" }, h("table", null, h("thead", null, h("tr", null, ["From", "To", "Cardinality", "Read from"].map((t) => h("th", { scope: "col" }, t)))),
    h("tbody", null, relations.map((r) => h("tr", null, h("td", null, h("a", { href: project.href(r.f, r.fc) }, project.label(r.f) + "." + r.fc)), h("td", null, h("a", { href: project.href(r.t, r.tc) }, project.label(r.t) + "." + r.tc)),
      h("td", null, r.one ? "one to one" : "many to one"), h("td", null, r.by === "test" ? "relationships test" : "foreign key", r.status ? [" ", h("span", { class: "status", "data-status": r.status }, r.status === "ok" ? "holds" : r.status === "bad" ? "broken" : r.status)] : null))))))));
  return { element, title: "Entities", drawings: [drawing] };
}

function sentence(project, r) {
  return (r.one ? "Each " : "Many ") + project.label(r.f) + "." + r.fc + " → one " + project.label(r.t) + "." + r.tc + (r.by === "test" ? " (relationships test)" : " (foreign key)");
}
