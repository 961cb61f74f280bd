// The last run as a timeline: a row for each thread, a bar for each resource, and the chain that decided the end.
import { count, g, h, seconds } from "./dom.js";
import { kindName } from "./graph.js";
import { load } from "./data.js";

const barHeight = 22, rowGap = 8, left = 96;

export async function runsView(project) {
  const element = h("div", { class: "view" }, h("h1", null, "Last run"));
  if (!project.x.has.runs) {
    element.append(h("p", { class: "none" }, "There are no results of a run yet. After ", h("code", null, "gdbt build"), ", ", h("code", null, "gdbt docs generate"), " shows them here."));
    return { element, title: "Runs" };
  }
  const run = await load("runs");
  const times = run.bars.filter((b) => b.thread >= 0);
  const span = Math.max(0.001, ...times.map((b) => b.end));
  const by = (cls) => run.bars.filter((b) => b.class === cls).length;
  const critical = new Set(run.critical);
  const onPath = run.critical.reduce((sum, k) => sum + run.bars[k].end - run.bars[k].start, 0);
  element.append(h("p", { class: "lead" }, h("code", null, "gdbt " + (run.command || "run")), " at " + run.at.slice(0, 19).replace("T", " ") + " UTC took " + seconds(run.elapsed) + " on " + count(run.threads.length, "thread") + ". ",
    count(by("ok"), "resource") + " went well", by("warn") ? ", " + by("warn") + " warned" : "", by("bad") ? ", " + by("bad") + " failed" : "", by("skip") ? ", " + by("skip") + " did not run" : "", "."));
  element.append(h("section", null, h("h2", null, "Timeline"), timeline(project, run, span, critical),
    h("p", { class: "legend" }, h("span", { class: "swatch critical" }), "critical path: " + seconds(onPath) + " of work in " + count(run.critical.length, "step") + ", " + Math.round((100 * onPath) / span) + " % of the time between first start and last end")));
  element.append(h("section", null, h("h2", null, "Critical path"), h("ol", { class: "path" }, run.critical.map((k) => h("li", null, name(project, run.bars[k]), " ", h("span", { class: "detail" }, seconds(run.bars[k].end - run.bars[k].start)))))));
  element.append(h("section", null, h("h2", null, "Results"), table(project, run, critical)));
  return { element, title: "Runs" };
}

function name(project, b) {
  return b.i >= 0 && (!project.isTest(b.i) || project.tests) ? h("a", { href: project.href(b.i), "data-kind": b.kind }, b.name) : b.i >= 0 ? h("a", { href: "#/number/" + b.i, "data-kind": b.kind }, b.name) : h("span", null, b.name);
}

function timeline(project, run, span, critical) {
  const scroll = h("div", { class: "timeline wide", tabindex: "0", role: "group", "aria-label": "Timeline of the run" });
  const height = run.threads.length * (barHeight + rowGap) + 34;
  const svg = g("svg", { class: "bars", height });
  const draw = () => {
    const width = Math.max(640, scroll.clientWidth - 2);
    const scale = (width - left - 24) / span;
    svg.setAttribute("width", width);
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    const parts = [];
    const step = niceStep(span / Math.max(2, Math.floor((width - left) / 110)));
    for (let t = 0; t <= span; t += step) {
      const x = left + t * scale;
      parts.push(g("line", { x1: x, x2: x, y1: 22, y2: height, class: "tick" }), g("text", { x, y: 14, class: "tick-label", "text-anchor": "middle" }, seconds(t)));
    }
    run.threads.map((t) => t.replace(/ \(worker\)$/, "")).forEach((t, k) => parts.push(g("text", { x: 0, y: 30 + k * (barHeight + rowGap) + 15, class: "tick-label" }, t.length > 13 ? t.slice(0, 12) + "…" : t)));
    run.bars.forEach((b, k) => {
      if (b.thread < 0) return;
      const w = Math.max(2, (b.end - b.start) * scale), y = 30 + b.thread * (barHeight + rowGap);
      const bar = g("g", { class: "bar" + (critical.has(k) ? " critical" : ""), "data-status": b.class, transform: "translate(" + (left + b.start * scale).toFixed(2) + " " + y + ")" },
        g("rect", { width: w.toFixed(2), height: barHeight, rx: 3 }), g("title", null, b.name + "\n" + b.status + ", " + seconds(b.end - b.start) + " from " + seconds(b.start) + (critical.has(k) ? "\non the critical path" : "")));
      const letters = Math.floor((w - 8) / 6.6);
      if (letters > 4) bar.append(g("text", { x: 5, y: 15 }, b.name.length > letters ? b.name.slice(0, letters - 1) + "…" : b.name));
      if (b.i >= 0) bar.addEventListener("click", () => { location.hash = "#/number/" + b.i; });
      parts.push(bar);
    });
    svg.replaceChildren(...parts);
  };
  scroll.append(svg);
  new ResizeObserver(draw).observe(scroll);
  return scroll;
}

function niceStep(about) {
  const power = 10 ** Math.floor(Math.log10(about));
  return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= about);
}

function table(project, run, critical) {
  const columns = [["Name", (b) => b.name], ["Kind", (b) => b.kind], ["Result", (b) => ["bad", "warn", "skip", "ok"].indexOf(b.class)], ["Time", (b) => b.start - b.end], ["Started", (b) => b.start]];
  let by = 2, up = true;
  const body = h("tbody");
  const heads = columns.map(([label], k) => h("th", { scope: "col" }, h("button", { type: "button", onclick: () => { up = by === k ? !up : true; by = k; fill(); } }, label)));
  let most = 200;
  const fill = () => {
    const value = columns[by][1];
    const order = run.bars.map((_, k) => k).sort((a, b) => {
      const x = value(run.bars[a]), y = value(run.bars[b]);
      return (x < y ? -1 : x > y ? 1 : a - b) * (up ? 1 : -1);
    });
    heads.forEach((e, k) => e.setAttribute("aria-sort", k === by ? (up ? "ascending" : "descending") : "none"));
    body.replaceChildren(...order.slice(0, most).map((k) => {
      const b = run.bars[k];
      return h("tr", null, h("th", { scope: "row" }, name(project, b)), h("td", null, kindName(b.kind)), h("td", null, h("span", { class: "status", "data-status": b.class }, b.status), b.failures ? " " + count(b.failures, "row") : "", b.class === "bad" && b.message ? h("small", null, b.message) : null),
        h("td", { class: "number" }, b.thread >= 0 ? seconds(b.end - b.start) : "–", critical.has(k) ? h("span", { class: "swatch critical", title: "on the critical path" }) : null), h("td", { class: "number" }, b.thread >= 0 ? seconds(b.start) : "–"));
    }));
    if (order.length > most) body.append(h("tr", null, h("td", { colspan: 5 }, h("button", { type: "button", class: "quiet", onclick: () => { most *= 5; fill(); } }, "Show more of " + count(order.length, "row")))));
  };
  fill();
  return h("div", { class: "wide" }, h("table", null, h("thead", null, h("tr", null, heads)), body));
}
