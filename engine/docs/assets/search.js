// Search: words are looked for in names, columns, tags, descriptions and code, and the places where they stand decide the order.
import { count, h } from "./dom.js";
import { kindName } from "./graph.js";
import { load } from "./data.js";

// A list is a text with a line for each resource; a place in it is found by its offset.
function prepare(list) {
  const starts = new Uint32Array(list.at.length + 1);
  let offset = 0, k = 0;
  while (k < list.at.length) {
    starts[k++] = offset;
    const end = list.text.indexOf("\n", offset);
    offset = end < 0 ? list.text.length + 1 : end + 1;
  }
  starts[k] = list.text.length + 1;
  // Some letters change their length in lower case; then offsets would lie.
  let lower = list.text.toLowerCase();
  if (lower.length !== list.text.length) lower = list.text.replace(/[A-Z]/g, (c) => c.toLowerCase());
  return { at: list.at, text: list.text, lower, starts };
}

// isWord tells of a letter or digit, by its code; NaN is the end of the text.
function isWord(code) {
  return code >= 97 && code <= 122 || code >= 48 && code <= 57 || code > 127;
}

export class Search {
  constructor(project) {
    this.p = project;
    const at = [], names = [];
    for (let i = 0; i < project.x.all; i++) {
      if (project.isTest(i) || project.hiddenSet.has(i)) continue;
      at.push(i);
      names.push(project.label(i));
    }
    this.fields = [{ name: "name", weight: 60, list: prepare({ at, text: names.join("\n") }) }];
  }

  // load brings the further fields, the lighter ones first; each call of then shows more.
  async load(then) {
    if (this.started) return;
    this.started = true;
    const add = (name, weight, list) => this.fields.push({ name, weight, list: prepare(list) });
    try {
      const s1 = await load("s1");
      add("column", 24, s1.columns);
      add("tag", 30, s1.tags);
      then();
      const s2 = await load("s2");
      add("description", 8, s2.texts);
      add("column description", 6, s2.columnTexts);
      then();
      if (this.p.x.has.code) {
        add("code", 2, (await load("s3")).code);
        then();
      }
      await this.p.withTests();
      const tests = this.p.tests.name;
      add("test", 10, { at: tests.map((_, k) => this.p.core + k), text: tests.join("\n") });
      this.complete = true;
      then();
    } catch (e) {
      this.error = e.message;
      then();
    }
  }

  // find gives the best of what has all the words, as [{ i, score, field, at }], and how many there are.
  find(query, most) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8);
    if (!words.length) return { hits: [], total: 0 };
    const all = this.p.x.all;
    const score = new Float64Array(all), had = new Uint8Array(all), best = new Float64Array(all), field = new Uint8Array(all), at = new Uint32Array(all);
    // One or two letters stand in nearly every text; they are looked for in names alone.
    const least = { name: 1, tag: 1, column: 2 };
    words.forEach((word, n) => this.fields.forEach((f, k) => {
      if (word.length >= (least[f.name] ?? 3)) this.scan(f, k, word, n, { score, had, best, field, at });
    }));
    const joined = words.join("_");
    if (words.length > 1) { // words that a name joins count more
      this.fields.slice(0, 2).forEach((f, k) => this.scan(f, k, joined, words.length, { score, had, best, field, at }));
      for (let i = 0; i < all; i++) had[i] = Math.min(had[i], words.length);
    }
    const top = []; // the best so far, the worst of them last
    let total = 0;
    for (let i = 0; i < all; i++) {
      if (had[i] !== words.length) continue;
      total++;
      let s = score[i];
      s += i < this.p.core ? 4 : -4; // tests and macros come later
      if (top.length === most && s + 200 <= top[most - 1].score) continue;
      const label = this.p.label(i).toLowerCase();
      if (label === joined) s += 200;
      s -= label.length / 50;
      if (top.length === most && s <= top[most - 1].score) continue;
      let k = top.length;
      while (k > 0 && top[k - 1].score < s) k--;
      top.splice(k, 0, { i, score: s, field: this.fields[field[i]], at: at[i] });
      if (top.length > most) top.pop();
    }
    return { hits: top, total };
  }

  // scan goes through a field's text from hit to hit. A resource counts when it had all the words before this one.
  scan(f, number, word, n, out) {
    const { lower, starts, at } = f.list;
    for (let k = 0, pos = lower.indexOf(word); pos >= 0; pos = lower.indexOf(word, pos)) {
      let low = k, high = starts.length - 2;
      while (low < high) {
        const mid = (low + high + 1) >> 1;
        if (starts[mid] <= pos) low = mid;
        else high = mid - 1;
      }
      k = low;
      const i = at[k], line = starts[k], end = starts[k + 1] - 1;
      if (out.had[i] >= n && (!this.p.isTest(i) || this.p.tests)) {
        let weight = 0, where = pos;
        // the best of the first places counts: a whole word, then the start of one
        for (let q = pos, tries = 0; q >= 0 && q < end && tries < 4; q = lower.indexOf(word, q + 1), tries++) {
          const starting = q === line || !isWord(lower.charCodeAt(q - 1)), whole = starting && (q + word.length === end || !isWord(lower.charCodeAt(q + word.length)));
          const w = f.weight * (whole ? 2 : starting ? 1.4 : 1) * (q === line ? 1.2 : 1);
          if (w > weight) {
            weight = w;
            where = q;
          }
          if (whole) break;
        }
        out.score[i] += out.had[i] === n ? weight : weight / 4;
        out.had[i] = n + 1;
        if (weight > out.best[i]) {
          out.best[i] = weight;
          out.field[i] = number;
          out.at[i] = where;
        }
      }
      pos = starts[k + 1];
      if (pos >= lower.length) break;
    }
  }

  // place gives the text around a hit: the column, the tag, or some words.
  place(hit) {
    const { text } = hit.field.list;
    const name = hit.field.name;
    if (name === "name" || name === "test") return null;
    let from = hit.at, to = hit.at;
    const edge = (c) => c === "\t" || c === "\n" || c === undefined;
    while (from > 0 && !edge(text[from - 1]) && hit.at - from < 60) from--;
    while (to < text.length && !edge(text[to]) && to - hit.at < 100) to++;
    return { name, text: text.slice(from, to), at: hit.at - from };
  }
}

function marked(text, words) {
  const parts = [];
  let rest = text;
  while (rest) {
    const lower = rest.toLowerCase();
    let at = -1, len = 0;
    for (const w of words) {
      const k = lower.indexOf(w);
      if (k >= 0 && (at < 0 || k < at)) { at = k; len = w.length; }
    }
    if (at < 0) break;
    parts.push(rest.slice(0, at), h("mark", null, rest.slice(at, at + len)));
    rest = rest.slice(at + len);
  }
  parts.push(rest);
  return parts;
}

// SearchBox is the dialog.
export class SearchBox {
  constructor(project) {
    this.p = project;
    this.input = h("input", { type: "search", id: "search", placeholder: "Search names, columns, descriptions, tags and code", autocomplete: "off", spellcheck: "false", role: "combobox",
      "aria-expanded": "true", "aria-controls": "hits", "aria-label": "Search", oninput: () => this.update(), onkeydown: (e) => this.key(e) });
    this.list = h("ul", { id: "hits", role: "listbox", "aria-label": "Results" });
    this.state = h("p", { class: "search-state", role: "status" });
    this.dialog = h("dialog", { class: "search", "aria-label": "Search", onclick: (e) => { if (e.target === this.dialog) this.dialog.close(); } }, h("div", { class: "search-inside" }, this.input, this.list, this.state));
    document.body.append(this.dialog);
  }

  open() {
    this.search ??= new Search(this.p);
    if (!this.dialog.open) this.dialog.showModal();
    this.input.select();
    this.search.load(() => this.update());
    this.update();
  }

  update() {
    const query = this.input.value, words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const started = performance.now();
    const { hits, total } = this.search.find(query, 40);
    this.took = performance.now() - started;
    this.active = 0;
    this.list.replaceChildren(...hits.map((hit, k) => this.row(hit, words, k)));
    this.hits = hits;
    this.mark();
    let text = words.length ? count(total, "result") + (total > hits.length ? ", the best " + hits.length + " shown" : "") : "Words may stand anywhere; all of them must be there.";
    if (!this.search.complete && !this.search.error) text += " · still reading";
    if (this.search.error) text += " · " + this.search.error;
    this.state.textContent = text;
  }

  href(hit) {
    const place = this.search.place(hit);
    if (place && place.name.startsWith("column") && hit.i < this.p.core) return this.p.href(hit.i, place.name === "column" ? place.text : place.text.split(":")[0]);
    return this.p.href(hit.i);
  }

  row(hit, words, k) {
    const kind = this.p.kind(hit.i), place = this.search.place(hit);
    return h("li", { role: "option", id: "hit" + k, "aria-selected": "false" },
      h("a", { href: this.href(hit), tabindex: "-1", "data-kind": kind, onclick: () => this.dialog.close() }, h("span", { class: "pip" }), h("span", { class: "hit-name" }, marked(this.p.label(hit.i), words)),
        h("span", { class: "hit-kind" }, kindName(kind), this.p.isTest(hit.i) ? "" : " · " + this.p.folder(hit.i)), place ? h("span", { class: "hit-place" }, h("span", { class: "hit-field" }, place.name), " ", marked(place.text, words)) : null));
  }

  mark() {
    [...this.list.children].forEach((e, k) => e.setAttribute("aria-selected", String(k === this.active)));
    const e = this.list.children[this.active];
    if (e) {
      this.input.setAttribute("aria-activedescendant", e.id);
      e.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  key(e) {
    const n = this.list.children.length;
    if (e.key === "ArrowDown") this.active = Math.min(n - 1, this.active + 1);
    else if (e.key === "ArrowUp") this.active = Math.max(0, this.active - 1);
    else if (e.key === "Enter") {
      if (this.hits[this.active]) {
        this.dialog.close();
        location.hash = this.href(this.hits[this.active]);
      }
    } else if (e.key === "Escape") this.dialog.close(); // at once, where the browser would only empty the field
    else return;
    e.preventDefault();
    this.mark();
  }
}
