// The sidebar: the resources as trees by folder, by relation and by group. Only the rows in sight are elements.
import { h, icon } from "./dom.js";
import { kindName } from "./graph.js";

const rowHeight = 28;
const plurals = { source: "Sources", exposure: "Exposures", metric: "Metrics", semantic_model: "Semantic models", saved_query: "Saved queries", macro: "Macros" };

function branch(label, kids) {
  return { label, kids: kids ?? [], byLabel: new Map() };
}

function child(parent, label) {
  let c = parent.byLabel.get(label);
  if (!c) {
    c = branch(label);
    parent.byLabel.set(label, c);
    parent.kids.push(c);
  }
  return c;
}

// order puts stg_2 before stg_10.
const order = new Intl.Collator("en", { numeric: true }).compare;

function sort(node) {
  node.kids.sort((a, b) => (a.kids ? 0 : 1) - (b.kids ? 0 : 1) || order(a.label, b.label));
  for (const k of node.kids) if (k.kids) sort(k);
}

function leaf(p, i, label) {
  return { label: label ?? p.label(i), i };
}

function every(p, f) {
  for (let i = 0; i < p.x.all; i++) if (!p.isTest(i) && !p.hiddenSet.has(i)) f(i);
}

// byProject has sources, then a tree of folders for each package, then what stands outside of files.
function byProject(p) {
  const root = branch(""), heads = new Map(), packages = new Map();
  every(p, (i) => {
    const kind = p.kind(i);
    if (plurals[kind] && kind !== "macro") {
      if (!heads.has(kind)) heads.set(kind, branch(plurals[kind]));
      const head = heads.get(kind);
      if (kind === "source") {
        const label = p.label(i), dot = label.indexOf(".");
        child(head, label.slice(0, dot)).kids.push(leaf(p, i, label.slice(dot + 1)));
      } else head.kids.push(leaf(p, i));
      return;
    }
    const pkg = p.pkg(i);
    if (!packages.has(pkg)) packages.set(pkg, branch(pkg));
    let at = packages.get(pkg);
    for (const part of p.folder(i).split("/")) if (part !== ".") at = child(at, part);
    at.kids.push(leaf(p, i));
  });
  const first = [...packages.keys()].sort((a, b) => (a === p.x.project ? -1 : b === p.x.project ? 1 : a.localeCompare(b)));
  root.kids.push(...first.map((k) => packages.get(k)), ...[...heads.values()]);
  root.kids.forEach(sort);
  return root;
}

function byRelation(p) {
  const root = branch("");
  for (let i = 0; i < p.core; i++) {
    const schema = p.schema(i);
    if (!schema || p.hiddenSet.has(i)) continue;
    const dot = schema.indexOf(".");
    child(child(root, schema.slice(0, dot) || "database"), schema.slice(dot + 1)).kids.push(leaf(p, i));
  }
  sort(root);
  return root;
}

function byGroup(p) {
  const root = branch("");
  for (let i = 0; i < p.core; i++) if (p.group(i) && !p.hiddenSet.has(i)) child(root, p.group(i)).kids.push(leaf(p, i));
  sort(root);
  return root;
}

export class Sidebar {
  constructor(project, element) {
    this.p = project;
    this.element = element;
    this.trees = {};
    this.open = new Set();
    const groups = project.x.groups.length > 0;
    this.makers = { Project: byProject, Database: byRelation, ...(groups ? { Groups: byGroup } : {}) };
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Order of the resources" }, Object.keys(this.makers).map((name) =>
      h("button", { type: "button", role: "tab", "aria-selected": "false", onclick: () => this.show(name) }, name)));
    this.list = h("div", { class: "rows" });
    this.scroll = h("div", { class: "tree", role: "tree", tabindex: "0", "aria-label": "Resources", onscroll: () => this.draw(), onkeydown: (e) => this.key(e) }, this.list);
    element.replaceChildren(this.tabs, this.scroll);
    new ResizeObserver(() => this.draw()).observe(this.scroll);
    this.show("Project");
  }

  show(name) {
    this.name = name;
    for (const t of this.tabs.children) t.setAttribute("aria-selected", String(t.textContent === name));
    if (!this.trees[name]) {
      const root = (this.trees[name] = this.makers[name](this.p));
      let at = root; // open what has no alternative, and the first package's models
      for (let depth = 0; at && depth < 4; depth++) {
        const kids = at.kids.filter((k) => k.kids);
        at = depth === 0 ? kids[0] : kids.length === 1 ? kids[0] : kids.find((k) => k.label === "models");
        if (at) this.open.add(at);
      }
      for (const k of at?.kids ?? []) if (k.kids && k.kids.length <= 40 && at.kids.length < 8) this.open.add(k);
    }
    this.cursor = 0;
    this.flatten();
    if (this.selected !== undefined) this.select(this.selected);
  }

  flatten() {
    this.visible = [];
    const walk = (node, level) => {
      node.kids.forEach((k, place) => {
        this.visible.push({ node: k, level, place: place + 1, of: node.kids.length });
        if (k.kids && this.open.has(k)) walk(k, level + 1);
      });
    };
    walk(this.trees[this.name], 1);
    this.list.style.height = this.visible.length * rowHeight + "px";
    this.drawn = "";
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.scroll.scrollTop / rowHeight) - 4);
    const last = Math.min(this.visible.length, first + Math.ceil((this.scroll.clientHeight || 800) / rowHeight) + 8);
    const state = first + " " + last + " " + this.cursor + " " + this.selected;
    if (state === this.drawn) return;
    this.drawn = state;
    this.list.replaceChildren(...this.visible.slice(first, last).map((row, k) => this.row(row, first + k)));
    this.scroll.setAttribute("aria-activedescendant", "row" + this.cursor);
  }

  row({ node, level, place, of }, k) {
    const common = { id: "row" + k, role: "treeitem", "aria-level": level, "aria-posinset": place, "aria-setsize": of, class: "row-item" + (k === this.cursor ? " cursor" : ""), tabindex: "-1" };
    let e;
    if (node.kids) {
      const open = this.open.has(node);
      e = h("div", { ...common, "aria-expanded": String(open), onclick: () => { this.cursor = k; this.toggle(node); } }, h("span", { class: "twist" + (open ? " open" : "") }, icon("chevron")), h("span", { class: "label" }, node.label));
    } else {
      const selected = node.i === this.selected;
      e = h("a", { ...common, href: this.p.href(node.i), "data-kind": this.p.kind(node.i), title: node.label + " · " + kindName(this.p.kind(node.i)), "aria-current": selected ? "page" : null },
        h("span", { class: "pip" }), h("span", { class: "label" }, node.label));
      const status = this.p.status(node.i);
      if (status === "bad" || status === "warn") e.append(h("span", { class: "dot", "data-status": status, title: "last run: " + status }));
    }
    e.style.top = k * rowHeight + "px";
    e.style.paddingLeft = 10 + (level - 1) * 14 + "px";
    return e;
  }

  toggle(node) {
    if (this.open.has(node)) this.open.delete(node);
    else this.open.add(node);
    this.flatten();
  }

  // select opens the way to a resource and marks it.
  select(i) {
    this.selected = i;
    const way = [];
    const find = (node) => {
      for (const k of node.kids) {
        if (k.i === i) return true;
        if (k.kids) {
          way.push(k);
          if (find(k)) return true;
          way.pop();
        }
      }
      return false;
    };
    if (i >= 0 && find(this.trees[this.name])) {
      for (const k of way) this.open.add(k);
      this.flatten();
      this.cursor = this.visible.findIndex((r) => r.node.i === i);
      this.reveal();
    }
    this.drawn = "";
    this.draw();
  }

  reveal() {
    const top = this.cursor * rowHeight, s = this.scroll;
    if (top < s.scrollTop) s.scrollTop = top - 2 * rowHeight;
    else if (top + rowHeight > s.scrollTop + s.clientHeight) s.scrollTop = top - s.clientHeight + 3 * rowHeight;
  }

  key(e) {
    const row = this.visible[this.cursor];
    if (!row || e.ctrlKey || e.metaKey || e.altKey) return;
    const { node, level } = row;
    if (e.key === "ArrowDown") this.cursor = Math.min(this.visible.length - 1, this.cursor + 1);
    else if (e.key === "ArrowUp") this.cursor = Math.max(0, this.cursor - 1);
    else if (e.key === "Home") this.cursor = 0;
    else if (e.key === "End") this.cursor = this.visible.length - 1;
    else if (e.key === "ArrowRight") {
      if (node.kids && !this.open.has(node)) this.toggle(node);
      else if (node.kids) this.cursor++;
    } else if (e.key === "ArrowLeft") {
      if (node.kids && this.open.has(node)) this.toggle(node);
      else while (this.cursor > 0 && this.visible[this.cursor].level >= level) this.cursor--;
    } else if (e.key === "Enter" || e.key === " ") {
      if (node.kids) this.toggle(node);
      else location.hash = this.p.href(node.i);
    } else return;
    e.preventDefault();
    this.reveal();
    this.draw();
  }
}
