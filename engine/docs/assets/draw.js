// Drawing of boxes and lines as SVG, with pan, zoom, keyboard and export. What the boxes mean is for the caller: a box has
// { key, label, x, y, w, h } and may have sub, kind, color, status, tested, rows [{ name, type, mark }], href, title, count, more
// { left, right }; a line has { from, to, way } by place, and may have fromRow, toRow, kind, count, dashed.
import { g, h, icon, say } from "./dom.js";

export const boxHeight = 34;
export const rowHeight = 22;
let made = 0; // drawings so far, for the ids of their arrows
const letter = 7.2, padding = 64, narrow = 110, wide = 300;

// The outcome of a run has a shape beside its colour: a dot, a triangle, a diamond, a ring.
const runMarks = {
  ok: (x, y) => "M" + (x - 4) + " " + y + "a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
  warn: (x, y) => "M" + x + " " + (y - 5) + "l5 9h-10z",
  bad: (x, y) => "M" + x + " " + (y - 5.5) + "l5.5 5.5-5.5 5.5-5.5-5.5z",
  skip: (x, y) => "M" + (x - 4) + " " + y + "a4 4 0 1 0 8 0a4 4 0 1 0-8 0m2 0a2 2 0 1 1 4 0a2 2 0 1 1-4 0",
};

// boxWidth is the width of a box with a label.
export function boxWidth(label) {
  return Math.min(wide, Math.max(narrow, padding + letter * [...label].length));
}

export function shorten(label, width) {
  const n = Math.floor((width - padding + letter) / letter), all = [...label];
  return all.length > n ? all.slice(0, Math.max(1, n - 1)).join("") + "…" : label;
}

function cut(text, letters) {
  const all = [...text], n = Math.max(3, Math.floor(letters));
  return all.length > n ? all.slice(0, n - 1).join("") + "…" : text;
}

// curve is a smooth line through points with level tangents.
export function curve(way) {
  let d = "";
  for (let k = 0; k + 1 < way.length; k += 2) {
    const x = way[k].toFixed(1), y = way[k + 1].toFixed(1);
    if (k === 0) d += "M" + x + " " + y;
    else if (way[k - 1] === way[k + 1]) d += "L" + x + " " + y;
    else {
      const mid = ((way[k - 2] + way[k]) / 2).toFixed(1);
      d += "C" + mid + " " + way[k - 1].toFixed(1) + " " + mid + " " + y + " " + x + " " + y;
    }
  }
  return d;
}

export class Drawing {
  // options: wheel (zoom without a key), name (what the picture shows), onpick(box), onopen(box), onmore(box, side), onrow(box, row), tall
  constructor(options) {
    this.o = options;
    this.view = { x: 0, y: 0, k: 1 };
    this.arrow = "arrow" + made++;
    this.layer = g("g");
    this.svg = g("svg", { class: "drawing", role: "group", "aria-label": options.name, tabindex: "-1" },
      g("defs", null, g("marker", { id: this.arrow, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
        g("path", { d: "M1 1l6 3-6 3", class: "arrow" }))), this.layer);
    const button = (name, label, act) => h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick: act }, icon(name));
    this.tools = h("div", { class: "tools" }, button("plus", "Zoom in", () => this.zoom(1.25)), button("minus", "Zoom out", () => this.zoom(0.8)),
      button("fit", "Show all", () => this.fit()), button("table", "Show as a table", () => this.toggleTable()),
      h("details", { class: "menu", onkeydown: (e) => { if (e.key === "Escape") this.closeMenu(e.currentTarget); }, onfocusout: (e) => { if (!e.currentTarget.contains(e.relatedTarget)) e.currentTarget.open = false; } }, h("summary", { class: "icon-button", "aria-label": "Save as an image", title: "Save as an image" }, icon("image")),
        h("div", { class: "menu-items" }, h("button", { type: "button", onclick: (e) => this.save("svg", e) }, "SVG"), h("button", { type: "button", onclick: (e) => this.save("png", e) }, "PNG"))));
    this.table = h("div", { class: "graph-table wide", hidden: true });
    this.element = h("div", { class: "graph" + (options.tall ? " tall" : "") }, this.svg, this.table, this.tools);
    this.pointers();
    this.svg.addEventListener("keydown", (e) => this.key(e));
  }

  // show draws boxes and lines; size is [width, height]. more may have frames and links.
  show(boxes, lines, size, more) {
    this.boxes = boxes;
    this.links = more?.links ?? lines;
    this.near = more?.links !== undefined;
    this.size = size;
    this.elements = [];
    const linesLayer = g("g", { class: "lines" }), boxesLayer = g("g");
    this.paths = lines.map((l) => {
      const path = g("path", { d: curve(this.way(l)), class: "line", "data-kind": l.kind, "stroke-dasharray": l.dashed ? "4 4" : null, "marker-end": l.arrow === false ? null : "url(#" + this.arrow + ")",
        "stroke-width": l.count > 1 ? Math.min(5, 1.25 + l.count / 20).toFixed(2) : null });
      if (l.title) path.append(g("title", null, l.title));
      linesLayer.append(path);
      return path;
    });
    boxes.forEach((b, k) => {
      const element = this.box(b, k);
      this.elements.push(element);
      boxesLayer.append(element);
    });
    this.hints = g("g", { class: "lines" });
    this.layer.replaceChildren(g("g", null, (more?.frames ?? []).map((f) => this.frameOf(f))), linesLayer, this.hints, boxesLayer);
    this.current = -1;
    this.mark(-1);
    this.tabStop(boxes.reduce((best, b, k) => (b.focus || !boxes[best].focus && (b.x < boxes[best].x || b.x === boxes[best].x && b.y < boxes[best].y) ? k : best), 0));
    this.table.replaceChildren();
    if (!this.table.hidden) this.fillTable();
    if (this.svg.isConnected) this.start();
  }

  // way is a line's way, from row to row where it has rows.
  way(l) {
    const way = l.way.slice(), a = this.boxes[l.from], b = this.boxes[l.to];
    if (l.fromRow !== undefined && l.fromRow >= 0) way[1] = a.y + boxHeight + (l.fromRow + 0.5) * rowHeight;
    if (l.toRow !== undefined && l.toRow >= 0) way[way.length - 1] = b.y + boxHeight + (l.toRow + 0.5) * rowHeight;
    return way;
  }

  frameOf(f) {
    return g("g", { class: "around", transform: "translate(" + f.x.toFixed(1) + " " + f.y.toFixed(1) + ")" }, g("rect", { width: f.w, height: f.h, rx: 10, class: "frame-face" }),
      g("text", { x: 17, y: 20, class: "frame-title" }, cut(f.title || f.sub, (f.w - 30) / 7.4)), f.title ? g("text", { x: 17, y: 36, class: "sub" }, cut(f.sub, (f.w - 30) / 6)) : null, g("title", null, [f.title, f.sub].filter(Boolean).join("\n")));
  }

  // hint is the way of a link between boxes that no line shows: to the right, back to the left, or around in a column.
  hint(l) {
    const a = this.boxes[l.from], b = this.boxes[l.to], ya = (a.y + a.h / 2).toFixed(1), yb = (b.y + b.h / 2).toFixed(1);
    const right = a.x + a.w, path = (x1, c1, c2, x2) => "M" + x1.toFixed(1) + " " + ya + "C" + c1.toFixed(1) + " " + ya + " " + c2.toFixed(1) + " " + yb + " " + x2.toFixed(1) + " " + yb;
    if (b.x > right) return path(right, (right + b.x) / 2, (right + b.x) / 2, b.x);
    if (b.x + b.w < a.x) return path(a.x, (a.x + b.x + b.w) / 2, (a.x + b.x + b.w) / 2, b.x + b.w);
    return path(right, right + 34, b.x + b.w + 34, b.x + b.w);
  }

  box(b, k) {
    const cls = "box" + (b.focus ? " focus" : "") + (b.cluster ? " cluster" : "");
    const label = [b.label, b.kindName, b.count ? b.count + " resources" : "", b.status ? "last run: " + b.status : "", b.tested ? "tests: " + b.tested : ""].filter(Boolean).join(", ");
    const e = g("g", { class: cls, transform: "translate(" + b.x.toFixed(1) + " " + b.y.toFixed(1) + ")", tabindex: "-1", role: "link", "aria-label": label, "data-key": b.key, "data-kind": b.kind });
    if (b.cluster) e.append(g("rect", { x: 4, y: 4, width: b.w, height: b.h, rx: 7, class: "shade" }));
    e.append(g("rect", { width: b.w, height: b.h, rx: 7, class: "face" }));
    const stripe = g("rect", { width: 4, height: Math.min(b.h, boxHeight) - 14, x: 7, y: 7, rx: 2, class: "stripe" });
    if (b.color) stripe.style.fill = b.color;
    e.append(stripe);
    const text = g("text", { x: 19, y: b.cluster ? 20 : boxHeight / 2 + 4.5 }, shorten(b.label, b.w));
    e.append(text);
    if (b.sub) e.append(g("text", { x: 19, y: 36, class: "sub" }, b.sub));
    if (b.status) e.append(g("path", { d: (runMarks[b.status] ?? runMarks.ok)(b.w - 17, boxHeight / 2), class: "dot", "data-status": b.status }));
    if (b.tested && b.tested !== "skip") e.append(this.testMark(b));
    e.append(g("title", null, b.title ?? b.label));
    (b.rows ?? []).forEach((row, i) => {
      const y = boxHeight + i * rowHeight;
      const r = g("g", { class: "row" + (row.mark ? " " + row.mark : ""), transform: "translate(0 " + y + ")" },
        g("rect", { x: 1, width: b.w - 2, height: rowHeight, class: "row-face" }), g("text", { x: 19, y: 15 }, cut(row.name, (b.w - 34 - (row.type ? Math.min(row.type.length, 12) * 7.4 + 8 : 0)) / 6.7)));
      if (row.type) r.append(g("text", { x: b.w - 10, y: 15, class: "row-type", "text-anchor": "end" }, row.type.length > 12 ? row.type.slice(0, 11) + "…" : row.type));
      r.append(g("title", null, row.title ?? row.name));
      if (this.o.onrow && !row.plain) r.addEventListener("click", (ev) => { if (!this.moved) { ev.stopPropagation(); this.o.onrow(b, row); } });
      e.append(r);
    });
    for (const side of ["left", "right"]) {
      if (!b.more?.[side]) continue;
      const x = side === "left" ? -6 : b.w + 6;
      const more = g("g", { class: "more", transform: "translate(" + x + " " + boxHeight / 2 + ")" }, g("circle", { r: 9 }), g("path", { d: "M-4 0h8M0 -4v8" }),
        g("title", null, (side === "left" ? "Show what it depends on" : "Show what depends on it") + " (" + b.more[side] + ")"));
      more.addEventListener("click", (ev) => { ev.stopPropagation(); this.o.onmore(b, side); });
      e.append(more);
    }
    e.addEventListener("click", () => { if (!this.moved) this.pick(k); });
    e.addEventListener("dblclick", () => this.o.onopen?.(b));
    e.addEventListener("focus", () => { this.tabStop(k); this.mark(k); });
    e.addEventListener("pointerenter", () => { if (!this.picked) this.mark(k); });
    e.addEventListener("pointerleave", () => { if (!this.picked) this.mark(-1); });
    return e;
  }

  // testMark shows the worst outcome of the tests below the outcome of the run.
  testMark(b) {
    const x = b.w - (b.status ? 31 : 18), y = boxHeight / 2;
    const d = { ok: "M" + (x - 4) + " " + y + "l3 3 5-6", bad: "M" + (x - 4) + " " + (y - 4) + "l8 8m0-8l-8 8", warn: "M" + x + " " + (y - 5) + "v6m0 3v1" }[b.tested];
    return g("path", { d, class: "test-mark", "data-status": b.tested });
  }

  pick(k) {
    this.picked = this.boxes[k];
    this.mark(k);
    this.tabStop(k);
    this.o.onpick?.(this.boxes[k]);
  }

  // mark lights up what is connected with a box, and dims the rest.
  mark(k) {
    if (k < 0) this.picked = null;
    const on = new Set(), ways = new Set();
    this.hints?.replaceChildren();
    if (k >= 0) {
      on.add(k);
      const walk = (from, to) => {
        const seen = new Set([k]);
        for (let level = [k]; level.length;) {
          const next = [];
          this.links.forEach((l, i) => {
            if (!level.includes(l[from])) return;
            ways.add(i);
            on.add(l[to]);
            if (!seen.has(l[to])) { seen.add(l[to]); next.push(l[to]); }
          });
          level = this.near ? [] : next;
        }
      };
      walk("to", "from");
      walk("from", "to");
    }
    if (this.near) {
      for (const i of ways) {
        const l = this.links[i];
        this.hints.append(g("path", { d: this.hint(l), class: "line on", "marker-end": "url(#" + this.arrow + ")" }, g("title", null, l.count + (l.count === 1 ? " reference" : " references"))));
      }
      ways.clear();
    }
    this.layer.classList.toggle("dimmed", k >= 0 && on.size > 0);
    this.elements?.forEach((e, i) => e.classList.toggle("on", on.has(i)));
    this.paths?.forEach((e, i) => e.classList.toggle("on", ways.has(i)));
  }

  tabStop(k) {
    if (!this.elements?.length) return;
    if (this.current >= 0) this.elements[this.current]?.setAttribute("tabindex", "-1");
    this.current = Math.min(k, this.elements.length - 1);
    this.elements[this.current].setAttribute("tabindex", "0");
  }

  key(e) {
    const k = this.current;
    if (e.ctrlKey || e.metaKey || e.altKey || k < 0) return;
    const b = this.boxes[k];
    const nearest = (list) => {
      let best = -1;
      for (const i of list) if (best < 0 || Math.abs(this.boxes[i].y - b.y) < Math.abs(this.boxes[best].y - b.y)) best = i;
      return best;
    };
    let to = -1;
    if (e.key === "ArrowLeft") to = nearest(this.links.filter((l) => l.to === k).map((l) => l.from));
    else if (e.key === "ArrowRight") to = nearest(this.links.filter((l) => l.from === k).map((l) => l.to));
    else if (e.key === "ArrowUp" || e.key === "ArrowDown") {
      const down = e.key === "ArrowDown";
      to = nearest(this.boxes.map((_, i) => i).filter((i) => i !== k && Math.abs(this.boxes[i].x - b.x) < 40 && (down ? this.boxes[i].y > b.y : this.boxes[i].y < b.y)));
    } else if (e.key === "Enter") this.o.onopen?.(b);
    else if (e.key === " ") this.pick(k);
    else if (e.key === "+" || e.key === "=") this.zoom(1.25);
    else if (e.key === "-") this.zoom(0.8);
    else if (e.key === "0") this.fit();
    else if (e.key === "[" && b.more?.left) this.o.onmore(b, "left");
    else if (e.key === "]" && b.more?.right) this.o.onmore(b, "right");
    else if (e.key === "Escape") {
      this.mark(-1);
      this.o.onpick?.(null);
    } else return;
    e.preventDefault();
    if (to >= 0) {
      this.elements[to].focus({ preventScroll: true });
      this.reveal(to);
    }
  }

  // reveal moves the picture so that a box is seen.
  reveal(k) {
    const b = this.boxes[k], { width, height } = this.svg.getBoundingClientRect(), v = this.view;
    const x = b.x * v.k + v.x, y = b.y * v.k + v.y;
    if (x < 20) v.x += 20 - x;
    if (y < 20) v.y += 20 - y;
    if (x + b.w * v.k > width - 20) v.x -= x + b.w * v.k - width + 20;
    if (y + b.h * v.k > height - 20) v.y -= y + b.h * v.k - height + 20;
    this.apply();
  }

  apply() {
    const { x, y, k } = this.view;
    this.layer.setAttribute("transform", "translate(" + x.toFixed(2) + " " + y.toFixed(2) + ") scale(" + k.toFixed(4) + ")");
  }

  // start shows all, or in a narrow window as much of the beginning as can be read.
  start() {
    this.fit();
    const { width, height } = this.svg.getBoundingClientRect(), k = 0.6;
    if (width > 640 || !width || this.view.k >= k || this.boxes.some((b) => b.focus)) return;
    const left = Math.min(...this.boxes.map((b) => b.x));
    this.view = { k, x: 14 - left * k, y: this.size[1] * k < height ? (height - this.size[1] * k) / 2 : 14 };
    this.apply();
  }

  fit() {
    const { width, height } = this.svg.getBoundingClientRect();
    if (!width || !this.size) return;
    const margin = 28, tools = 58, [w, hgt] = this.size; // the tools lie over the lower end
    const k = Math.min(1, (width - 2 * margin) / Math.max(w, 1), (height - margin - tools) / Math.max(hgt, 1));
    const focus = this.boxes.find((b) => b.focus);
    if (k < 0.6 && focus && !this.o.tall) { // too small to read: the middle of it is enough
      this.lookAt(focus);
      return;
    }
    const scale = Math.max(k, 0.05);
    this.view = { k: scale, x: (width - w * scale) / 2, y: margin + (height - margin - tools - hgt * scale) / 2 };
    this.apply();
  }

  // lookAt brings a box to the middle, near enough to read.
  lookAt(b) {
    const { width, height } = this.svg.getBoundingClientRect(), k = 0.75;
    this.view = { k, x: width / 2 - (b.x + b.w / 2) * k, y: height / 2 - (b.y + b.h / 2) * k };
    this.apply();
  }

  zoom(by, cx, cy) {
    const { width, height } = this.svg.getBoundingClientRect(), v = this.view;
    cx ??= width / 2;
    cy ??= height / 2;
    const k = Math.min(3, Math.max(0.03, v.k * by));
    v.x = cx - ((cx - v.x) * k) / v.k;
    v.y = cy - ((cy - v.y) * k) / v.k;
    v.k = k;
    this.apply();
  }

  pointers() {
    let last = null;
    this.svg.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      last = { x: e.clientX, y: e.clientY, id: e.pointerId, box: e.target.closest(".box") !== null };
      this.moved = false;
    });
    this.svg.addEventListener("pointermove", (e) => {
      if (!last || last.id !== e.pointerId) return;
      const dx = e.clientX - last.x, dy = e.clientY - last.y;
      if (!this.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
      if (!this.moved) this.svg.setPointerCapture(e.pointerId);
      this.moved = true;
      this.view.x += dx;
      this.view.y += dy;
      last.x = e.clientX;
      last.y = e.clientY;
      this.frame ??= requestAnimationFrame(() => { this.frame = null; this.apply(); });
    });
    const end = () => {
      if (last && !this.moved && !last.box) { this.mark(-1); this.o.onpick?.(null); }
      last = null;
    };
    this.svg.addEventListener("pointerup", end);
    this.svg.addEventListener("pointercancel", end);
    this.svg.addEventListener("wheel", (e) => {
      if (!this.o.wheel && !e.ctrlKey && !e.metaKey) return;
      e.preventDefault();
      const r = this.svg.getBoundingClientRect();
      this.zoom(Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.0015)), e.clientX - r.left, e.clientY - r.top);
    }, { passive: false });
  }

  toggleTable() {
    this.table.hidden = !this.table.hidden;
    this.svg.classList.toggle("gone", !this.table.hidden);
    if (!this.table.hidden) this.fillTable();
    else this.fit();
    say(this.table.hidden ? "Shown as a picture" : "Shown as a table");
  }

  fillTable() {
    const name = (k) => this.boxes[k].label;
    const cell = (list) => h("td", null, [...new Set(list)].join(", "));
    this.table.replaceChildren(h("table", null,
      h("thead", null, h("tr", null, ["Name", "Kind", "Last run", "Depends on", "Referenced by"].map((t) => h("th", { scope: "col" }, t)))),
      h("tbody", null, this.boxes.map((b, k) => h("tr", null, h("th", { scope: "row" }, b.href ? h("a", { href: b.href }, b.label) : b.cluster ? h("button", { type: "button", class: "link", onclick: () => this.o.onopen(b) }, b.label) : b.label), h("td", null, b.kindName ?? ""),
        h("td", null, b.status ?? ""), cell(this.links.filter((l) => l.to === k).map((l) => name(l.from))), cell(this.links.filter((l) => l.from === k).map((l) => name(l.to))))))));
  }

  // standalone is the picture as SVG text that needs no style sheet.
  standalone() {
    const margin = 24, [w, hgt] = this.size;
    const copy = this.layer.cloneNode(true);
    copy.classList.remove("dimmed");
    const from = this.layer.querySelectorAll("*"), to = copy.querySelectorAll("*");
    from.forEach((e, i) => {
      const style = getComputedStyle(e);
      for (const name of ["fill", "stroke", "stroke-width", "font-size", "font-family", "font-weight", "stroke-dasharray", "opacity"]) {
        if (e.tagName !== "g" && e.tagName !== "title") to[i].setAttribute(name, style.getPropertyValue(name));
      }
      for (const name of ["tabindex", "role", "class", "style", "marker-end"]) to[i].removeAttribute(name);
    });
    copy.querySelectorAll("circle[r='9']").forEach((c) => c.parentNode.remove());
    copy.setAttribute("transform", "translate(" + margin + " " + margin + ")");
    const back = getComputedStyle(document.body).backgroundColor;
    const svg = g("svg", { viewBox: "0 0 " + (w + 2 * margin) + " " + (hgt + 2 * margin), width: w + 2 * margin, height: hgt + 2 * margin },
      g("title", null, this.o.name), g("rect", { width: "100%", height: "100%", fill: back }), copy);
    return new XMLSerializer().serializeToString(svg);
  }

  closeMenu(menu) {
    menu.querySelector("summary").focus();
    menu.open = false;
  }

  async save(form, e) {
    this.closeMenu(e.target.closest("details"));
    const text = this.standalone();
    let blob = new Blob([text], { type: "image/svg+xml" });
    if (form === "png") blob = await this.raster(blob);
    const url = URL.createObjectURL(blob);
    const a = h("a", { href: url, download: this.o.name.replace(/[^\w.-]+/g, "_") + "." + form });
    document.body.append(a);
    a.click();
    a.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
    say("Saved as " + form.toUpperCase());
  }

  async raster(blob) {
    const url = URL.createObjectURL(blob);
    try {
      const image = new Image();
      image.src = url;
      await image.decode();
      const scale = Math.min(2, 8000 / image.width, 8000 / image.height);
      const canvas = h("canvas", { width: Math.ceil(image.width * scale), height: Math.ceil(image.height * scale) });
      const context = canvas.getContext("2d");
      context.scale(scale, scale);
      context.drawImage(image, 0, 0);
      return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}
