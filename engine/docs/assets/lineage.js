// The lineage view: the whole project, or what a selection means.
import { Lineage, kindName, singly } from "./graph.js";
import { SelectError, Selector } from "./select.js";
import { count, h, say } from "./dom.js";
import { selectName } from "./page.js";

const kept = new WeakMap(); // a Selector for each project

async function selector(project) {
  await project.withTests();
  if (!kept.has(project)) kept.set(project, new Selector(project));
  return kept.get(project);
}

// quoted is a text as a word of a shell.
function quoted(text) {
  return /^[\w.:+@,/*-]+$/.test(text) && !text.includes("*") ? text : "'" + text.replaceAll("'", "'\\''") + "'";
}

// command is the command line that lists the same. Where ls would take a default selector, all is asked for by name.
export function command(state, standard) {
  let out = "gdbt ls";
  if (standard && !state.select && !state.exclude) out += " --select 'fqn:*' 'source:*'";
  if (state.select) out += " --select " + state.select.split(/\s+/).map(quoted).join(" ");
  if (state.exclude) out += " --exclude " + state.exclude.split(/\s+/).map(quoted).join(" ");
  if (state.indirect && state.indirect !== "eager") out += " --indirect-selection " + state.indirect;
  if (/(^|[\s,@+])(state|result|source_status)[.:]/.test((state.select ?? "") + " " + (state.exclude ?? ""))) out += " --state FOLDER";
  return out;
}

// steeper is an expression of one resource with one level more on a side; null for others.
function steeper(text, side, by) {
  const m = /^(?:(\d*)(\+))?([^\s+,@]+)(?:(\+)(\d*))?$/.exec(text.trim());
  if (!m) return null;
  let up = m[2] ? (m[1] === "" ? Infinity : Number(m[1])) : 0, down = m[4] ? (m[5] === "" ? Infinity : Number(m[5])) : 0;
  if (side === "up") up = Math.max(0, up + by);
  else down = Math.max(0, down + by);
  const part = (n) => (n === Infinity ? "+" : n);
  return (up ? (up === Infinity ? "+" : part(up) + "+") : "") + m[3] + (down ? (down === Infinity ? "+" : "+" + part(down)) : "");
}

export function lineageView(project, params) {
  const state = { select: params.get("select") ?? "", exclude: params.get("exclude") ?? "", indirect: params.get("indirect") ?? "", tests: params.get("tests") === "1", columns: params.get("columns") === "1", inside: params.get("inside") ?? "" };
  const go = (change) => {
    const next = { ...state, ...change }, q = new URLSearchParams();
    for (const k of ["select", "exclude", "indirect"]) if (next[k] && next[k] !== "eager") q.set(k, next[k]);
    if (next.inside) q.set("inside", next.inside);
    for (const k of ["tests", "columns"]) if (next[k]) q.set(k, "1");
    const text = q.toString();
    location.hash = "#/lineage" + (text ? "?" + text : "");
  };
  const field = (name, label, placeholder) => h("label", { class: "field" }, h("span", null, label), h("input", { type: "text", name, value: state[name], placeholder, spellcheck: "false", autocomplete: "off", list: name === "select" ? "completions" : null }));
  const box = (name, label) => h("label", { class: "check-field" }, h("input", { type: "checkbox", name, checked: state[name], onchange: () => go(read()) }), label);
  const form = h("form", { class: "filter", onsubmit: (e) => { e.preventDefault(); go(read()); } },
    field("select", "--select", "all, or +fct_orders tag:daily"), field("exclude", "--exclude", "nothing"),
    h("label", { class: "field short" }, h("span", null, "tests of"), h("select", { name: "indirect", onchange: () => go(read()) }, ["eager", "cautious", "buildable", "empty"].map((m) => h("option", { value: m, selected: (state.indirect || "eager") === m }, m)))),
    h("button", { type: "submit", name: "apply", class: "primary" }, "Apply"), state.select || state.exclude ? h("button", { type: "button", class: "quiet", onclick: () => go({ select: "", exclude: "", indirect: "" }) }, "Clear") : null,
    h("span", { class: "filter-more" }, box("tests", "Tests"), box("columns", "Columns")));
  const read = () => {
    const f = new FormData(form);
    return { select: f.get("select").trim(), exclude: f.get("exclude").trim(), indirect: f.get("indirect"), tests: f.has("tests"), columns: f.has("columns"), inside: "" };
  };
  const status = h("p", { class: "graph-status", role: "status" });
  const problem = h("p", { class: "note bad", role: "alert", hidden: true });
  const card = h("aside", { class: "card", hidden: true, "aria-label": "The chosen resource" });
  const lineage = new Lineage(project, { name: "Lineage of " + project.x.project, wheel: true, tall: true, onpick: (b) => show(b),
    onfolder: (inside) => go({ inside }),
    onmore: (b, side) => go({ select: [state.select, (side === "left" ? "1+" : "") + selectName(project, b.i) + (side === "right" ? "+1" : "")].filter(Boolean).join(" ") }) });
  const place = h("div", { class: "graph-place" }, lineage.element, card);
  const element = h("div", { class: "view lineage-view" }, h("h1", { class: "visually-hidden" }, "Lineage"), form, completions(project), problem, place, status);

  function show(b) {
    card.hidden = !b;
    if (!b) return;
    const i = b.i, name = selectName(project, i);
    card.replaceChildren(h("p", { class: "card-kind", "data-kind": b.kind }, h("span", { class: "pip" }), [kindName(b.kind), project.isTest(i) ? "" : project.material(i)].filter(Boolean).join(" · ")), h("h2", null, h("a", { href: b.href }, b.label)),
      b.status || b.tested ? h("p", null, b.status ? h("span", { class: "status", "data-status": b.status }, "run: " + b.status) : null, " ", b.tested ? h("span", { class: "status", "data-status": b.tested }, "tests: " + b.tested) : null) : null,
      h("div", { class: "card-actions" }, h("a", { href: b.href }, "Open the page"),
        h("button", { type: "button", onclick: () => go({ select: "+" + name + "+" }) }, "All its lineage"), h("button", { type: "button", onclick: () => go({ select: "+" + name }) }, "Upstream"),
        h("button", { type: "button", onclick: () => go({ select: name + "+" }) }, "Downstream"), h("button", { type: "button", onclick: () => go({ select: "1+" + name + "+1" }) }, "Neighbours")));
  }

  async function draw() {
    if (!state.select && !state.exclude && !state.tests && !state.columns) {
      const n = await lineage.whole({ inside: state.inside });
      status.replaceChildren(count(lineage.list?.length ?? n, "resource") + ". ", ...(lineage.list ? folded(n) : []), key());
      return;
    }
    const sel = await selector(project);
    let chosen;
    try {
      chosen = sel.select(state.select, state.exclude, state.indirect);
    } catch (e) {
      if (!(e instanceof SelectError)) throw e;
      problem.textContent = e.message;
      problem.hidden = false;
      return;
    }
    const shown = chosen.filter((i) => (state.tests || !project.isTest(i)) && !project.hiddenSet.has(i));
    const n = await lineage.show(shown, { more: true, indirect: true, rows: state.columns, inside: state.inside });
    const tests = chosen.filter((i) => project.isTest(i)).length;
    const parts = [count(chosen.length, "resource") + " selected" + (tests ? ", " + count(tests, "test") + " among them" : "")];
    if (state.columns && n > 40) parts.push("columns are drawn for up to 40 boxes");
    for (const w of sel.warnings) parts.push(w);
    if (sel.warnings.length) {
      problem.textContent = sel.warnings.join(" · ");
      problem.hidden = false;
    }
    element.dataset.selected = chosen.map((i) => project.id(i)).sort().join(" ");
    status.replaceChildren(parts.join(". ") + ". ", ...(shown.length > singly ? folded(n) : []), h("code", null, command(state, project.tests.default)), " ", ...steps(), key());
    say(parts[0]);
  }

  // folded says what stands for the resources where they are too many.
  function folded(n) {
    if (!state.inside) return [count(n, "box", "boxes") + " stand for their folders: select one to look into it. "];
    return [state.inside + ": " + count(n, "resource") + ", between the folders before and behind. ", h("button", { type: "button", class: "quiet small fold", onclick: () => go({ inside: "" }) }, "All folders"), " "];
  }

  // steps are the levels of an expression of one resource.
  function steps() {
    const out = [];
    for (const [side, by, label] of [["up", 1, "one level more upstream"], ["up", -1, "one level less upstream"], ["down", 1, "one level more downstream"], ["down", -1, "one level less downstream"]]) {
      const next = steeper(state.select, side, by);
      if (next === null || next === state.select || next.includes("Infinity")) continue;
      out.push(h("button", { type: "button", class: "quiet small", title: label, "aria-label": label, onclick: () => go({ select: next }) }, (side === "up" ? "↑" : "↓") + (by > 0 ? "+" : "−")));
    }
    return out;
  }

  function key() {
    const columns = state.columns ? [h("span", { class: "key" }), "taken as it is", h("span", { class: "key", "data-kind": "derived" }), "computed"] : [];
    return h("span", { class: "graph-key" }, ...columns, h("span", { class: "dot", "data-status": "ok" }), "ran", h("span", { class: "dot", "data-status": "warn" }), "warned", h("span", { class: "dot", "data-status": "bad" }), "failed");
  }

  return { element, title: "Lineage", ready: draw, drawings: [lineage.drawing] };
}

function completions(project) {
  const list = h("datalist", { id: "completions" });
  const most = 400;
  for (let i = 0; i < project.core && list.children.length < most; i++) {
    if (!project.hiddenSet.has(i)) list.append(h("option", { value: selectName(project, i) }));
  }
  return list;
}
