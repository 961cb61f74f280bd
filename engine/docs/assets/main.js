// The frame of the site: addresses, the theme, keys, and news from the server.
import { h, icon, say } from "./dom.js";
import { Lineage } from "./graph.js";
import { Project } from "./project.js";
import { SearchBox } from "./search.js";
import { Sidebar } from "./tree.js";
import { adopt, resourcePage } from "./page.js";
import { coverageView } from "./coverage.js";
import { entitiesView } from "./entities.js";
import { fnmatch, SelectError, Selector } from "./select.js";
import { lineageView } from "./lineage.js";
import { load } from "./data.js";
import { place } from "./layout.js";
import { circles, placeFrames } from "./frames.js";
import { runsView } from "./runs.js";

const main = document.getElementById("main"), side = document.getElementById("side");
let project, sidebar, search, drawings = [], visit = 0;

// The theme: the system's, unless the reader chose one.
const root = document.documentElement;
function stored(name) {
  try {
    return localStorage.getItem("gdbt-docs-" + name);
  } catch {
    return null; // a browser may refuse it on files
  }
}
function setTheme(name) {
  if (name) root.dataset.theme = name;
  else delete root.dataset.theme;
  const dark = isDark();
  document.getElementById("theme").replaceChildren(icon(dark ? "sun" : "moon"));
}
function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
function toggleTheme() {
  const name = isDark() ? "light" : "dark";
  setTheme(name);
  try {
    localStorage.setItem("gdbt-docs-theme", name);
  } catch { /* it holds until the page is closed */ }
  say(name === "dark" ? "Dark colours" : "Light colours");
}
setTheme(stored("theme") ?? "");
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTheme(root.dataset.theme ?? ""));

// address takes the part behind # apart. Addresses of dbt's own site lead to the same resources here.
function address() {
  const hash = location.hash.replace(/^#!?\/?/, "");
  const [path, query] = hash.split(/\?(.*)/s);
  const decode = (s) => {
    try {
      return decodeURIComponent(s);
    } catch {
      return s;
    }
  };
  return { parts: path.split("/").filter(Boolean).map(decode), params: new URLSearchParams(query ?? "") };
}

async function overview() {
  const content = document.getElementById("overview").content.cloneNode(true);
  adopt(content);
  const element = content.querySelector("article"), section = element.querySelector("[data-section=lineage]");
  const lineage = new Lineage(project, { name: "Lineage of " + project.x.project, onpick: (b) => { if (b?.href) location.hash = b.href; },
    onfolder: (name) => { location.hash = "#/lineage?inside=" + encodeURIComponent(name); } });
  if (project.core > 1) {
    section.querySelector("h2").append(h("a", { class: "aside-link", href: "#/lineage" }, "Open in lineage"));
    section.querySelector(".graph-here").append(lineage.element);
    section.hidden = false;
    await lineage.whole({});
    const [w, high] = lineage.drawing.size; // as high as the picture is when it fills the width
    lineage.element.style.height = Math.min(560, Math.max(240, 80 + high * Math.min(1, 1080 / w))).toFixed(0) + "px";
  }
  const prose = element.querySelector("[data-section=description]");
  if (!prose.textContent.trim()) prose.append(h("p", { class: "none" }, "A docs block named ", h("code", null, "__overview__"), " is shown here."));
  return { element, title: "", drawings: [lineage.drawing] };
}

async function view() {
  const { parts, params } = address();
  switch (parts[0]) {
    case undefined:
    case "overview":
      return overview();
    case "lineage":
      return lineageView(project, params);
    case "runs":
      return runsView(project);
    case "entities":
      return entitiesView(project, params);
    case "coverage":
      return coverageView(project);
    case "number":
      await project.withTests();
      if (Number(parts[1]) < project.x.all) {
        location.replace(project.href(Number(parts[1])));
        return null;
      }
  }
  const id = parts[0].includes(".") ? parts[0] : parts[1] ?? "";
  let i = project.find(id);
  if (i < 0 && id) {
    await project.withTests();
    i = project.find(id);
  }
  if (i < 0) return missing(id || location.hash);
  const element = await resourcePage(project, i, parts[2] === "column" ? parts[3] : undefined);
  return { element, title: project.label(i), drawings: element.drawings ?? [], i };
}

function missing(id) {
  return { element: h("div", { class: "view" }, h("h1", null, "Not found"), h("p", null, "There is no ", h("code", null, id), " in this project. "), h("p", null, h("button", { type: "button", class: "primary", onclick: () => search.open() }, "Search"))), title: "Not found" };
}

async function route() {
  const mine = ++visit;
  let v;
  try {
    v = await view();
  } catch (e) {
    v = { element: h("div", { class: "view" }, h("h1", null, "This page can't be shown"), h("p", { role: "alert" }, e.message)), title: "Error" };
    if (!(e instanceof SelectError)) console.error(e);
  }
  if (mine !== visit || !v) return; // another one was asked for meanwhile
  const field = document.activeElement?.closest(".filter") ? document.activeElement.name : "";
  main.replaceChildren(v.element);
  main.scrollTop = 0;
  drawings = v.drawings ?? [];
  for (const d of drawings) d.start();
  document.title = (v.title ? v.title + " · " : "") + project.x.project;
  const { parts } = address();
  for (const a of document.querySelectorAll(".views a")) {
    const name = a.getAttribute("href").slice(2);
    if (name === (parts[0] ?? "")) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
  sidebar.select(v.i ?? -1);
  closeMenu();
  const again = field && [...main.querySelectorAll(".filter [name]")].find((e) => e.name === field); // who works with the filter stays in it
  if (again) again.focus();
  else if (mine > 1) main.focus({ preventScroll: true });
  if (v.ready) {
    try {
      await v.ready();
    } catch (e) {
      main.prepend(h("p", { class: "note bad", role: "alert" }, e.message));
      console.error(e);
    }
  }
  root.dataset.ready = String(mine);
}

// openMenu shows the navigation where it is not always seen, and takes the keyboard there.
function openMenu() {
  side.classList.add("open");
  document.getElementById("menu").setAttribute("aria-expanded", "true");
  side.querySelector(".tree")?.focus();
}

function closeMenu() {
  side.classList.remove("open");
  document.getElementById("menu").setAttribute("aria-expanded", "false");
}

const shortcuts = [["/  or  Ctrl K", "search"], ["g o", "overview"], ["g l", "lineage"], ["g r", "runs"], ["g e", "entities"], ["g c", "coverage"], ["t", "light or dark"], ["b", "to the list of resources"], ["?", "this list"],
  ["In a graph", ""], ["← →", "to a parent, to a child"], ["↑ ↓", "up and down a column"], ["Enter", "open"], ["Space", "choose"], ["[  ]", "show more on the left, on the right"], ["+  −  0", "nearer, further, all"]];
let helpDialog;
function showHelp() {
  helpDialog ??= h("dialog", { class: "keys", "aria-label": "Keyboard shortcuts", onclick: (e) => { if (e.target === helpDialog) helpDialog.close(); } }, h("h2", null, "Keyboard shortcuts"),
    h("dl", null, shortcuts.map(([key, what]) => (what ? h("div", null, h("dt", null, h("kbd", null, key)), h("dd", null, what)) : h("div", { class: "head" }, key)))), h("form", { method: "dialog" }, h("button", { class: "primary" }, "Close")));
  if (!helpDialog.isConnected) document.body.append(helpDialog);
  helpDialog.showModal();
}

let pending = "";
document.addEventListener("keydown", (e) => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
    e.preventDefault();
    search?.open();
    return;
  }
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select, dialog[open]")) return;
  const views = { o: "", l: "lineage", r: "runs", e: "entities", c: "coverage" };
  if (pending === "g" && e.key in views) location.hash = "#/" + views[e.key];
  else if (e.key === "/") search?.open();
  else if (e.key === "?") showHelp();
  else if (e.key === "t") toggleTheme();
  else if (e.key === "b") openMenu();
  else {
    pending = e.key === "g" ? "g" : "";
    return;
  }
  pending = "";
  e.preventDefault();
});

// The server tells when the project changed, and when it can't be read.
function listen() {
  const source = new EventSource("-/events");
  let notice;
  source.addEventListener("version", (e) => { if (e.data !== root.dataset.version) location.reload(); });
  source.addEventListener("problem", (e) => {
    notice?.remove();
    notice = null;
    if (!e.data) return;
    notice = h("div", { class: "live-problem", role: "alert" }, h("strong", null, "The project has an error; this page shows its last good state."), h("pre", null, JSON.parse(e.data)));
    document.body.append(notice);
  });
}

async function start() {
  document.getElementById("menu").append(icon("menu"));
  document.getElementById("menu").addEventListener("click", () => (side.classList.contains("open") ? closeMenu() : openMenu()));
  main.addEventListener("pointerdown", closeMenu);
  side.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || !side.classList.contains("open")) return;
    closeMenu();
    document.getElementById("menu").focus();
  });
  document.getElementById("theme").addEventListener("click", toggleTheme);
  document.getElementById("help").addEventListener("click", showHelp);
  document.getElementById("open-search").addEventListener("click", () => search?.open());
  project = new Project(await load("index"));
  search = new SearchBox(project);
  sidebar = new Sidebar(project, side);
  window.addEventListener("hashchange", route);
  window.addEventListener("resize", () => drawings.forEach((d) => d.start()));
  await route();
  if (root.dataset.live) listen();
}

// For tests, and for programs that drive the page.
globalThis.gdbtDocs.api = {
  select: async (include, exclude, indirect) => {
    await project.withTests();
    return new Selector(project).select(include, exclude ?? "", indirect ?? "").map((i) => project.id(i)).sort();
  },
  fnmatch,
  place, placeFrames, circles,
};

start().catch((e) => {
  main.replaceChildren(h("p", { class: "note bad", role: "alert" }, e.message));
  console.error(e);
});
