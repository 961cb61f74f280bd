// Elements are made here and nowhere else: attributes are set as attributes and texts as texts, so nothing of a project
// is ever read as HTML. Handlers are functions.

const svgSpace = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(2)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

// h makes an HTML element: h("a", { href: "#/" }, "Overview").
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

// g makes an SVG element.
export function g(tag, attributes, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

// icons are drawn in a square of 20.
const icons = {
  menu: "M3 5h14M3 10h14M3 15h14",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6L16 16M4 16l1.4-1.4M14.6 5.4L16 4",
  moon: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  table: "M3 4h14v12H3zM3 8h14M8 8v8",
  image: "M3 4h14v12H3zM3 14l4-4 3 3 4-5 3 4",
  chevron: "M7 4l6 6-6 6",
  copy: "M7 7h9v9H7zM4 13V4h9",
  up: "M10 16V4M5 9l5-5 5 5",
  swap: "M4 7h11l-3-3M16 13H5l3 3",
};

export function icon(name) {
  return g("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true", class: "icon" },
    g("path", { d: icons[name], fill: "none", stroke: "currentColor", "stroke-width": "1.6", "stroke-linecap": "round", "stroke-linejoin": "round" }));
}

// say tells readers who listen what changed.
export function say(text) {
  document.getElementById("announce").textContent = text;
}

// count prints a number with its noun.
export function count(n, one, many) {
  return n.toLocaleString("en") + " " + (n === 1 ? one : many ?? one + "s");
}

// seconds prints a time that something took.
export function seconds(s) {
  if (s < 1) return Math.round(s * 1000) + " ms";
  if (s < 60) return s.toFixed(1) + " s";
  return Math.floor(s / 60) + " min " + Math.round(s % 60) + " s";
}
