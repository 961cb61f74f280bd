// The page of a resource: the HTML that was made with the site, and what a script adds to it.
import { h, icon, say } from "./dom.js";
import { Lineage } from "./graph.js";
import { columnView } from "./columns.js";
import { highlight } from "./highlight.js";

const mostNeighbours = 24;

// fragment makes elements of the site's own HTML and leads its links to the views.
export function fragment(html) {
  const t = document.createElement("template");
  t.innerHTML = html;
  adopt(t.content);
  return t.content;
}

export function adopt(root) {
  for (const a of root.querySelectorAll("a[data-id]")) a.setAttribute("href", "#/" + a.dataset.id.split(".")[0] + "/" + encodeURIComponent(a.dataset.id));
  for (const c of root.querySelectorAll(".rail dd code")) { // long names break behind their dots and slashes
    const parts = c.textContent.split(/(?<=[./])/);
    c.replaceChildren(...parts.flatMap((part, k) => (k ? [h("wbr"), part] : [part])));
  }
  for (const a of root.querySelectorAll(".prose a[href]")) {
    const href = a.getAttribute("href");
    if (href.startsWith("#!/")) a.setAttribute("href", "#/" + href.slice(3)); // a link as dbt's own site has them
    else if (/^https?:/i.test(href)) { a.setAttribute("rel", "noopener noreferrer"); a.setAttribute("target", "_blank"); }
  }
}

export async function resourcePage(project, i, column) {
  const content = fragment(await project.page(i));
  const article = content.querySelector("article");
  article.removeAttribute("id");
  if (i < project.core) await neighbourhood(project, i, article);
  code(article);
  sections(article);
  if (project.x.has.columns || i < project.core) await columns(project, i, article, column);
  return article;
}

// neighbourhood draws what is one step away.
async function neighbourhood(project, i, article) {
  const section = article.querySelector("[data-section=lineage]");
  const near = (list) => list.filter((j) => j < project.core && !project.hiddenSet.has(j)).slice(0, mostNeighbours);
  const list = [...new Set([...near(project.parents(i)), i, ...near(project.children[i])])];
  if (!section || list.length < 2) return;
  const shown = new Set(list);
  const lineage = new Lineage(project, { name: "Lineage of " + project.label(i), onpick: (b) => { if (b && b.i !== i) location.hash = b.href; },
    onmore: (b, side) => {
      for (const j of near(side === "left" ? project.parents(b.i) : project.children[b.i])) shown.add(j);
      draw();
    } });
  const draw = () => lineage.show([...shown], { focus: i, more: true });
  await draw();
  const here = section.querySelector(".graph-here");
  const name = selectName(project, i);
  section.querySelector("h2").append(h("a", { class: "aside-link", href: "#/lineage?select=" + encodeURIComponent("+" + name + "+") }, "Open in lineage"));
  here.append(lineage.element);
  const rows = Math.max(near(project.parents(i)).length, near(project.children[i]).length);
  lineage.element.style.height = Math.min(450, Math.max(160, 110 + rows * 48)) + "px";
  section.hidden = false;
  article.drawings = [lineage.drawing];
}

// selectName is a resource in the selection language.
export function selectName(project, i) {
  const kind = project.kind(i), label = project.label(i);
  if (kind === "source") return "source:" + label;
  if (["exposure", "metric", "semantic_model", "saved_query", "unit_test"].includes(kind)) return kind + ":" + label;
  return label;
}

function code(article) {
  const section = article.querySelector("[data-section=code]");
  if (!section) return;
  const figures = [...section.querySelectorAll("figure")];
  for (const f of figures) {
    const c = f.querySelector("code"), text = c.textContent;
    highlight(c, c.dataset.language);
    f.append(h("button", { type: "button", class: "icon-button copy", "aria-label": "Copy the code", title: "Copy", onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
        say("Copied");
      } catch {
        const range = document.createRange(); // no clipboard here: select it, so that a key copies it
        range.selectNodeContents(c);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        say("Selected");
      }
    } }, icon("copy")));
  }
  if (figures.length < 2) return;
  const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Code" });
  const show = (k) => {
    figures.forEach((f, n) => { f.hidden = n !== k; });
    [...tabs.children].forEach((t, n) => { t.setAttribute("aria-selected", String(n === k)); t.tabIndex = n === k ? 0 : -1; });
  };
  figures.forEach((f, k) => tabs.append(h("button", { type: "button", role: "tab", onclick: () => show(k), onkeydown: (e) => {
    if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
    const to = (k + (e.key === "ArrowRight" ? 1 : figures.length - 1)) % figures.length;
    show(to);
    tabs.children[to].focus();
  } }, f.dataset.title)));
  section.querySelector("h2").after(tabs);
  section.classList.add("tabbed");
  show(0);
}

// sections makes links to the parts of a long page.
function sections(article) {
  const list = [...article.querySelectorAll(".body > section:not([hidden])")].filter((s) => s.querySelector("h2"));
  if (list.length < 2) return;
  article.querySelector(".head").append(h("nav", { class: "jump", "aria-label": "Parts of this page" }, list.map((s) => h("button", { type: "button", onclick: () => {
    s.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    s.tabIndex = -1;
    s.focus({ preventScroll: true });
  } }, s.querySelector("h2").firstChild.textContent.trim()))));
}

// columns gives each column a button that opens its lineage.
async function columns(project, i, article, open) {
  const rows = [...article.querySelectorAll("tr[data-column]")];
  const set = rows.length ? await project.columns(i) : null;
  if (!set) {
    if (open !== undefined) article.prepend(h("p", { class: "note", role: "alert" }, "There is no column ", h("code", null, open), " here."));
    return;
  }
  if (set.error || set.open) {
    const where = article.querySelector("[data-section=columns] h2");
    where.after(h("p", { class: "note" }, set.error ? "Columns could not be traced: " + set.error : "The list of traced columns may be incomplete: " + set.open));
  }
  const traced = project.x.has.columns;
  let target = null;
  for (const row of rows) {
    const name = row.dataset.column, k = set.names.indexOf(name);
    if (k < 0) continue;
    const cell = row.querySelector("th");
    const link = h("a", { href: project.href(i, name), class: "column-link" });
    link.append(cell.firstChild);
    cell.prepend(link);
    if (traced) {
      const from = set.from?.[k]?.length ?? 0, to = set.to?.[k]?.length ?? 0;
      const parts = [];
      if (from) parts.push("from " + from);
      if (to) parts.push("into " + to);
      if (set.untraced?.[k] && !set.error) parts.push("not fully traced");
      if (parts.length) cell.append(h("small", { title: set.untraced?.[k] ?? "Columns that it comes from and goes into" }, parts.join(" · ")));
    }
    if (name === open) target = row;
  }
  if (open === undefined) return;
  if (!target) {
    article.prepend(h("p", { class: "note", role: "alert" }, "There is no column ", h("code", null, open), " here."));
    return;
  }
  target.classList.add("current");
  const view = await columnView(project, i, open);
  const section = h("section", { "data-section": "column" }, view.element);
  article.querySelector(".head").after(section);
  article.drawings = [...(article.drawings ?? []), ...view.drawings];
}
