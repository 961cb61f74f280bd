// What is described and tested, by folder and by resource.
import { count, g, h } from "./dom.js";
import { load } from "./data.js";

function meter(part, whole, label) {
  const share = whole ? part / whole : 1;
  return h("span", { class: "meter" }, g("svg", { width: 96, height: 8, viewBox: "0 0 96 8", role: "img", "aria-label": label + ": " + Math.round(share * 100) + " %" },
    g("rect", { width: 96, height: 8, rx: 4, class: "meter-back" }), g("rect", { width: (96 * share).toFixed(1), height: 8, rx: 4, class: "meter-part", "data-status": share >= 0.8 ? "ok" : share >= 0.5 ? "warn" : "bad" })), h("span", { class: "meter-text" }, part + " of " + whole));
}

export async function coverageView(project) {
  const { rows } = await load("coverage");
  const element = h("div", { class: "view" }, h("h1", null, "Coverage"));
  if (!rows.length) {
    element.append(h("p", { class: "none" }, "There are no models, seeds, snapshots or sources to describe."));
    return { element, title: "Coverage" };
  }
  const sum = (list, k) => list.reduce((s, r) => s + r[k], 0);
  const described = (list) => sum(list, 1), tested = (list) => list.filter((r) => r[4] > 0).length;
  const total = [["Resources with a description", described(rows), rows.length], ["Columns with a description", sum(rows, 3), sum(rows, 2)], ["Resources with a test", tested(rows), rows.length], ["Columns with a test", sum(rows, 5), sum(rows, 2)]];
  element.append(h("ul", { class: "tiles" }, total.map(([what, part, whole]) => h("li", null, h("div", null, h("span", { class: "figure" }, whole ? Math.round((100 * part) / whole) + " %" : "–"), h("span", { class: "what" }, what), h("span", { class: "detail" }, part.toLocaleString("en") + " of " + whole.toLocaleString("en")))))));
  const folders = new Map();
  for (const r of rows) {
    const key = project.kind(r[0]) === "source" ? "sources" : project.folder(r[0]);
    if (!folders.has(key)) folders.set(key, []);
    folders.get(key).push(r);
  }
  element.append(h("section", null, h("h2", null, "By folder"), h("div", { class: "wide" }, h("table", null, h("thead", null, h("tr", null, ["Folder", "Described", "Columns described", "Tested", "Columns tested"].map((t) => h("th", { scope: "col" }, t)))),
    h("tbody", null, [...folders].sort((a, b) => a[0].localeCompare(b[0])).map(([name, list]) => h("tr", null, h("th", { scope: "row" }, name), h("td", null, meter(described(list), list.length, "described")), h("td", null, meter(sum(list, 3), sum(list, 2), "columns described")),
      h("td", null, meter(tested(list), list.length, "tested")), h("td", null, meter(sum(list, 5), sum(list, 2), "columns tested")))))))));
  const list = (title, none, filter, detail) => {
    const of = rows.filter(filter);
    const items = h("ul", { class: "links columns-of-links" });
    let most = 60;
    const fill = () => {
      items.replaceChildren(...of.slice(0, most).map((r) => h("li", null, h("a", { href: project.href(r[0]), "data-kind": project.kind(r[0]) }, project.label(r[0])), detail ? h("small", null, detail(r)) : null)));
      if (of.length > most) items.append(h("li", null, h("button", { type: "button", class: "quiet", onclick: () => { most *= 5; fill(); } }, "Show more")));
    };
    fill();
    element.append(h("section", null, h("h2", null, title, " ", h("span", { class: "count" }, of.length)), of.length ? items : h("p", { class: "none" }, none)));
  };
  list("Without a description", "Everything has a description.", (r) => r[1] === 0);
  list("Without a test", "Everything has a test.", (r) => r[4] === 0);
  list("With columns that are not described", "All columns are described.", (r) => r[3] < r[2], (r) => " " + count(r[2] - r[3], "column"));
  return { element, title: "Coverage" };
}
