// Folders as boxes that stand for their resources, in frames where they refer to each other in circles.
import { boxWidth } from "./draw.js";
import { count } from "./dom.js";
import { circles, placeFrames } from "./frames.js";
import { place } from "./layout.js";

const height = 46, inFrame = 210;
const severity = ["", "skip", "ok", "warn", "bad"];

function worst(list) {
  return severity[Math.max(0, ...list.map((s) => severity.indexOf(s)))];
}

// folder is a box for some resources of the lineage that are of one cluster.
export function folder(project, c, of, label, sub, width) {
  const kinds = new Set(of.map((i) => project.kind(i)));
  return { key: "folder " + project.clusterLabel(c), c, cluster: true, label, sub, count: of.length, w: Math.max(width ?? 0, boxWidth(label)), h: height, kind: kinds.size === 1 ? [...kinds][0] : "", kindName: "folder",
    status: worst(of.map((i) => project.status(i))), tested: worst(of.map((i) => project.tested(i))), title: project.clusterLabel(c) + "\n" + count(of.length, "resource") + " – select to look into it" };
}

// folders gives the drawing of a list of resources: boxes, links [{ from, to, count }] between them, frames and the lines drawn.
export function folders(project, list) {
  const members = new Map();
  for (const i of list) {
    const c = project.x.cluster[i];
    if (!members.has(c)) members.set(c, []);
    members.get(c).push(i);
  }
  const numbers = [...members.keys()].sort((a, b) => a - b), at = new Map(numbers.map((c, k) => [c, k])), shown = new Set(list);
  const links = new Map(), clusters = project.x.clusters;
  for (const i of list) {
    for (const p of project.parents(i)) {
      if (!shown.has(p)) continue;
      const from = at.get(project.x.cluster[p]), to = at.get(project.x.cluster[i]), key = from + " " + to;
      if (from === to) continue;
      if (!links.has(key)) links.set(key, { from, to, count: 0 });
      links.get(key).count++;
    }
  }
  const edges = [...links.values()];
  const circle = circles(project.x.lanes.length, edges.map((e) => [clusters[numbers[e.from]].l, clusters[numbers[e.to]].l]));
  const frames = new Map();
  const cells = numbers.map((c) => {
    const { l, c: column, p: part } = clusters[c], k = circle[l];
    if (!frames.has(k)) frames.set(k, { number: frames.size, lanes: [], boxes: 0, resources: 0, steps: false });
    const f = frames.get(k);
    f.steps ||= part?.startsWith("step ") ?? false;
    if (!f.lanes.includes(l)) f.lanes.push(l);
    f.boxes++;
    f.resources += members.get(c).length;
    return { frame: f.number, row: f.lanes.indexOf(l), column: column ?? 0 };
  });
  const heads = [...frames.values()];
  for (const f of heads) {
    const names = f.lanes.map((l) => project.x.lanes[l]);
    f.title = f.boxes > 1 ? sharedFolder(names) : "";
    f.sub = f.boxes < 2 ? "" : names.length > 1 ? names.length + " folders that refer to each other" + (f.steps ? ", in steps from left to right" : "") : count(f.resources, "resource");
  }
  const boxes = numbers.map((c, k) => {
    const of = members.get(c), f = heads[cells[k].frame], { l, p: part = "" } = clusters[c];
    if (f.boxes < 2) return folder(project, c, of, project.clusterLabel(c), count(of.length, "resource"));
    const label = within(project.x.lanes[l], f.title, part);
    return folder(project, c, of, label, count(of.length, "resource") + (part && label !== part ? ", " + part : ""), inFrame);
  });
  const r = placeFrames(boxes, cells, edges.map((e) => [e.from, e.to]), edges.map((e) => e.count));
  boxes.forEach((b, k) => { [b.x, b.y] = r.boxes[k]; });
  return { boxes, links: edges, frames: r.frames.map((f, k) => ({ ...f, title: heads[k].title, sub: heads[k].sub })).filter((f) => f.sub), size: [r.width, r.height],
    lines: r.lines.map((l) => ({ way: l.way, count: l.count, title: count(l.count, "reference") })) };
}

// lookInside gives the drawing of the resources of one cluster among a list: singly, with the folders that they come from on the left
// and those that they go into on the right. A folder that is both stands on both sides.
export function lookInside(project, list, c, box) {
  const shown = new Set(list), cluster = (i) => project.x.cluster[i];
  const boxes = [], at = new Map(), links = new Map(), sides = new Map();
  for (const i of list) {
    if (i >= project.core || cluster(i) !== c) continue;
    at.set(i, boxes.length);
    boxes.push(box(i));
  }
  const own = [...at.keys()];
  const side = (name, i) => {
    const key = name + " " + cluster(i);
    if (!sides.has(key)) sides.set(key, { members: new Set(), c: cluster(i), name, place: -1 });
    sides.get(key).members.add(i);
    return key;
  };
  const edges = [];
  for (const i of own) {
    for (const p of project.parents(i)) {
      if (at.has(p)) edges.push([at.get(p), at.get(i)]);
      else if (shown.has(p)) edges.push([side("from", p), at.get(i)]);
    }
    for (const q of project.children[i]) if (!at.has(q) && shown.has(q)) edges.push([at.get(i), side("into", q)]);
  }
  for (const s of sides.values()) {
    s.place = boxes.length;
    const b = folder(project, s.c, [...s.members], project.clusterLabel(s.c), count(s.members.size, "resource"));
    boxes.push({ ...b, key: b.key + " " + s.name });
  }
  const number = (end) => (typeof end === "number" ? end : sides.get(end).place);
  for (const [a, b] of edges) {
    const from = number(a), to = number(b), key = from + " " + to;
    if (!links.has(key)) links.set(key, { from, to, count: 0 });
    links.get(key).count++;
  }
  const lines = [...links.values()];
  const r = place(boxes, lines.map((l) => [l.from, l.to]), { last: [...sides.values()].filter((x) => x.name === "into").map((x) => x.place) });
  boxes.forEach((b, k) => { [b.x, b.y] = r.boxes[k]; });
  return { boxes, size: [r.width, r.height], lines: lines.map((l, k) => ({ ...l, way: r.edges[k], title: l.count > 1 ? l.count + " references" : null })), own: own.length };
}

function sharedFolder(names) {
  if (names.length === 1) return names[0];
  let shared = names[0].split("/");
  for (const n of names.slice(1)) {
    const parts = n.split("/");
    let k = 0;
    while (k < shared.length && k < parts.length && shared[k] === parts[k]) k++;
    shared = shared.slice(0, k);
  }
  return shared.join("/");
}

function within(name, shared, part) {
  if (name === shared) return part || name.split("/").pop();
  return shared === "" ? name : name.startsWith(shared + "/") ? name.slice(shared.length + 1) : name;
}
