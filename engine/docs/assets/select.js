// The selection language of --select, as engine/selector reads it: a test runs the same expressions through both. What asks for
// an earlier run was answered when the site was made, where --state named one.

const methods = ["fqn", "tag", "group", "access", "source", "path", "file", "package", "config", "test_name", "test_type", "resource_type", "state",
  "exposure", "metric", "result", "source_status", "version", "semantic_model", "saved_query", "unit_test", "selector"];
const artifacts = new Set(["state", "result", "source_status"]);
const types = ["model", "analysis", "test", "snapshot", "operation", "seed", "sql_operation", "doc", "source", "macro", "exposure", "metric", "group",
  "saved_query", "semantic_model", "unit_test", "fixture", "function"];
const listed = new Set(["model", "snapshot", "seed", "test", "source", "exposure", "metric", "saved_query", "semantic_model", "unit_test", "function"]);
const nodeKinds = new Set(["model", "analysis", "test", "snapshot", "operation", "seed", "sql_operation", "function"]);

export class SelectError extends Error {}

function fail(text) {
  throw new SelectError(text);
}

// fnmatch is Python's: "*", "?", "[seq]" and "[!seq]", over characters.
export function fnmatch(name, pattern) {
  if (!/[*?[]/.test(pattern)) return name === pattern;
  let source = "";
  const p = [...pattern];
  for (let i = 0; i < p.length; i++) {
    if (p[i] === "*") source += "[^]*";
    else if (p[i] === "?") source += "[^]";
    else if (p[i] === "[") {
      let k = i + 1;
      if (p[k] === "!") k++;
      if (p[k] === "]") k++;
      while (k < p.length && p[k] !== "]") k++;
      if (k >= p.length) source += "\\[";
      else {
        source += set(p.slice(i + 1, k));
        i = k;
      }
    } else source += escape(p[i]);
  }
  return new RegExp("^(?:" + source + ")$", "u").test(name);
}

function escape(c) {
  return c.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function set(chars) {
  const negate = chars[0] === "!";
  if (negate) chars = chars.slice(1);
  const inside = (c) => c.replace(/[\\\]^[-]/g, "\\$&");
  let body = "";
  for (let k = 0; k < chars.length; k++) {
    if (k + 2 < chars.length && chars[k + 1] === "-") {
      if (chars[k] <= chars[k + 2]) body += inside(chars[k]) + "-" + inside(chars[k + 2]);
      k += 2;
    } else body += inside(chars[k]);
  }
  if (body === "") return negate ? "[^]" : "[]";
  return "[" + (negate ? "^" : "") + body + "]";
}

function criterion(raw) {
  const c = { raw, up: false, down: false, both: false, upDepth: -1, downDepth: -1 };
  let rest = raw;
  if (rest.startsWith("@")) {
    c.both = true;
    rest = rest.slice(1);
  }
  let m = /^([0-9]*)\+/.exec(rest);
  if (m) {
    c.up = true;
    if (m[1]) c.upDepth = depth(m[1]);
    rest = rest.slice(m[0].length);
  }
  m = /^([\w.\u0080-\u{10ffff}]+):/u.exec(rest);
  if (m) {
    [c.method, ...c.args] = m[1].split(".");
    check(c.method, raw);
    rest = rest.slice(m[0].length);
  }
  m = /\+([0-9]*)$/.exec(rest);
  if (m) {
    c.down = true;
    if (m[1]) c.downDepth = depth(m[1]);
    rest = rest.slice(0, m.index);
  }
  c.value = rest;
  if (!c.method) {
    const lower = rest.toLowerCase();
    c.method = rest.includes("/") ? "path" : /\.(sql|py|csv)$/.test(lower) ? "file" : "fqn";
    c.args = [];
  }
  if (c.down && c.both) fail("Invalid node spec " + raw + ' - "@" prefix and "+" suffix are incompatible');
  return c;
}

function depth(digits) {
  const n = Number(digits);
  if (!Number.isSafeInteger(n)) fail("Invalid node spec - could not handle parent depth " + digits);
  return n;
}

function check(name, raw) {
  if (!methods.includes(name)) fail("'" + name + "' is not a valid method name, in the selector '" + raw + "'; valid methods: " + methods.join(", "));
}

// Selector answers selections on a project whose tests are loaded.
export class Selector {
  constructor(project) {
    this.p = project;
    this.x = project.tests;
    this.count = project.x.macros;
    this.missing = new Set(this.x.missing);
    this.down = Array.from({ length: this.count }, () => []);
    for (let i = 0; i < this.count; i++) for (const p of project.parents(i)) this.down[p].push(i);
  }

  // select gives the numbers that `gdbt ls --select … --exclude … --indirect-selection …` lists, in order.
  select(include, exclude, indirect) {
    const mode = indirect || "eager";
    const given = include.trim() !== "";
    const words = (text) => text.split(/\s+/).filter((w) => w !== "");
    this.warnings = [];
    const asked = given ? words(include) : ["fqn:*", "source:*", "exposure:*", "metric:*", "semantic_model:*"];
    const parse = (list, expect) => ({ op: "union", mode, parts: list.map((raw) => ({ op: "intersection", mode, raw, expect, parts: raw.split(",").map((one) => criterion(one)) })) });
    const spec = { op: "difference", mode: "eager", parts: [parse(asked, given), parse(words(exclude), true)] };
    const [direct] = this.resolve(spec, mode);
    return [...direct].filter((i) => listed.has(this.p.kind(i))).sort((a, b) => a - b);
  }

  resolve(spec, mode) {
    if (!spec.op) return this.criterion(spec, mode);
    const directs = [], all = [];
    for (const part of spec.parts) {
      const [d, i] = this.resolve(part, mode);
      directs.push(d);
      all.push(new Set([...d, ...i]));
    }
    const indirect = combine(spec.op, all);
    const direct = this.incorporate(combine(spec.op, directs), indirect, spec.mode);
    if (spec.expect && direct.size === 0) this.warnings.push("The selection criterion '" + spec.raw + "' does not match any enabled nodes");
    return [direct, indirect];
  }

  criterion(c, mode) {
    let found;
    if (c.method === "selector") found = this.selectors(c.value, mode);
    else if (artifacts.has(c.method)) found = this.earlier(c);
    else {
      const match = this.matcher(c);
      found = new Set();
      for (let i = 0; i < this.count; i++) if (match(i)) found.add(i);
    }
    const selected = this.neighbours(c, found);
    if (mode === "empty" || c.method === "selector") return [selected, new Set()];
    return this.expand(selected, mode);
  }

  selectors(value, mode) {
    const named = this.x.selectors[mode] ?? {}, names = Object.keys(named);
    if (names.length === 0) fail("Cannot use selector: method if selectors.yml is not provided");
    const found = new Set();
    let matches = false;
    for (const name of names.sort()) {
      if (!fnmatch(name, value)) continue;
      matches = true;
      for (const i of numbers(named[name])) found.add(i);
    }
    if (!matches) fail("Selector '" + value + "' did not match any selector in selectors.yml");
    return found;
  }

  // earlier gives what a method selects that looks at the artifacts of an earlier run.
  earlier(c) {
    const known = this.x.earlier[c.method];
    if (!known) fail("'" + c.raw + "' asks for an earlier run, and this site was made without one: `gdbt docs generate --state FOLDER` names the folder with its artifacts");
    if (known.missing) fail("'" + c.raw + "' can't be answered on this page. " + known.missing);
    if (Object.hasOwn(known.values, c.value)) return new Set(numbers(known.values[c.value]));
    if (known.closed) fail("Got an invalid selector \"" + c.value + "\", expected one of: " + Object.keys(known.values).join(", "));
    return new Set();
  }

  reach(start, side, limit) {
    const seen = new Set();
    let level = [...start];
    for (let k = 0; level.length && (limit < 0 || k < limit); k++) {
      const next = [];
      for (const i of level) {
        for (const j of side(i)) {
          if (!seen.has(j)) {
            seen.add(j);
            next.push(j);
          }
        }
      }
      level = next;
    }
    return seen;
  }

  above(start, limit) {
    return this.reach(start, (i) => this.p.parents(i), limit);
  }

  below(start, limit) {
    return this.reach(start, (i) => this.down[i], limit);
  }

  neighbours(c, found) {
    const selected = new Set(found);
    const add = (set) => { for (const i of set) selected.add(i); };
    if (c.both) {
      const below = this.below(found, -1);
      for (const i of found) below.add(i);
      add(below);
      add(this.above(below, -1));
    }
    if (c.up) add(this.above(found, c.upDepth));
    if (c.down) add(this.below(found, c.downDepth));
    return selected;
  }

  // all tells whether everything that a test depends on is in one of the sets.
  all(i, ...sets) {
    return !this.x.depends[i] && this.p.parents(i).every((p) => sets.some((s) => s.has(p)));
  }

  isTest(i) {
    const k = this.p.kind(i);
    return k === "test" || k === "unit_test";
  }

  expand(selected, mode) {
    const direct = new Set(selected), indirect = new Set();
    let above = null, sources = null;
    if (mode === "buildable") {
      above = this.above(selected, -1);
      sources = new Set();
      for (let i = 0; i < this.count; i++) if (this.p.kind(i) === "source") sources.add(i);
    }
    for (const i of selected) {
      for (const t of this.down[i]) {
        if (!this.isTest(t)) continue;
        if (mode === "eager" || this.all(t, selected) || mode === "buildable" && this.all(t, selected, above, sources)) direct.add(t);
        else indirect.add(t);
      }
    }
    return [direct, indirect];
  }

  incorporate(direct, indirect, mode) {
    if (mode !== "cautious" && mode !== "buildable") return direct;
    const selected = new Set(direct);
    const above = mode === "buildable" ? this.above(direct, -1) : new Set();
    const byID = [...indirect].sort((a, b) => (this.p.id(a) < this.p.id(b) ? -1 : 1));
    for (const i of byID) {
      if (selected.has(i) || !nodeKinds.has(this.p.kind(i))) continue;
      if (this.all(i, selected, above)) selected.add(i);
    }
    return selected;
  }

  fqn(i) {
    const [q, last] = this.x.fqn[i];
    return this.x.qualified[q] === "" ? [last] : [...this.x.qualified[q].split("\t"), last];
  }

  name(i) {
    return i < this.p.core ? this.x.plain[i] ?? this.p.label(i) : this.x.name[i - this.p.core];
  }

  config(i) {
    return this.x.config[i] < 0 ? null : this.x.configs[this.x.config[i]];
  }

  matcher(c) {
    const { p, x } = this;
    const v = c.value;
    const tests = (f) => (i) => p.kind(i) === "test" && f(i);
    switch (c.method) {
      case "fqn": {
        const sel = qualified(v);
        return (i) => {
          if (p.kind(i) === "source") return false;
          const fqn = this.fqn(i), versioned = x.version[i] !== undefined;
          return sel(fqn, versioned) || sel(fqn.slice(1), versioned);
        };
      }
      case "tag":
        return (i) => x.tagLists[x.tags[i]].some((t) => fnmatch(t, v));
      case "group":
        return (i) => {
          const group = nodeKinds.has(p.kind(i)) && this.config(i)?.group;
          return typeof group === "string" && group !== "" && fnmatch(group, v);
        };
      case "access":
        return (i) => p.kind(i) === "model" && x.access[i] === v;
      case "source":
        return this.source(v);
      case "exposure":
      case "metric":
      case "semantic_model":
      case "saved_query":
      case "unit_test":
        return this.named(c.method, v);
      case "path":
        return this.path(v);
      case "file":
        return (i) => {
          const base = x.paths[x.path[i]].split("/").pop();
          const dot = base.lastIndexOf(".");
          return fnmatch(base, v) || fnmatch(dot >= 0 ? base.slice(0, dot) : base, v);
        };
      case "package": {
        const pkg = v === "this" && x.root ? x.root : v;
        return (i) => fnmatch(p.pkg(i), pkg);
      }
      case "resource_type":
        if (!types.includes(v)) fail('Invalid resource_type selector "' + v + '"; valid types: ' + types.join(", "));
        return (i) => p.kind(i) === v;
      case "test_name":
        return (i) => (p.kind(i) === "unit_test" ? fnmatch(this.name(i), v) : p.kind(i) === "test" && x.generic[i] !== undefined && fnmatch(x.generic[i], v));
      case "test_type":
        switch (v) {
          case "generic":
          case "schema":
            return tests((i) => x.generic[i] !== undefined);
          case "singular":
            return tests((i) => x.generic[i] === undefined);
          case "data":
            return tests(() => true);
          case "unit":
            return (i) => p.kind(i) === "unit_test";
        }
        return fail("Invalid test type selector " + v + ': expected "generic", "singular", "unit", or "data"');
      case "version":
        return this.version(v);
      case "config":
        return this.configs(c);
    }
    return check(c.method, c.raw);
  }

  source(v) {
    const parts = v.split(".");
    if (parts.length > 3) fail('Invalid source selector value "' + v + '". Sources must be of the form `${source_name}`, `${source_name}.${target_name}`, or `${package_name}.${source_name}.${target_name}');
    const table = parts.length > 1 ? parts.pop() : "*", source = parts.pop(), pkg = parts.pop() ?? "*";
    return (i) => this.x.source[i] !== undefined && fnmatch(this.p.pkg(i), pkg) && fnmatch(this.x.source[i], source) && fnmatch(this.name(i), table);
  }

  named(kind, v) {
    const parts = v.split(".");
    if (parts.length > 2) fail("Invalid " + kind.replace("_", " ") + ' selector value "' + v + '". It must be a name, or a package and a name.');
    const name = parts.pop(), pkg = parts.pop() ?? "*";
    return (i) => this.p.kind(i) === kind && fnmatch(this.p.pkg(i), pkg) && fnmatch(this.name(i), name);
  }

  path(v) {
    if (v === "") fail("Unacceptable pattern: ''");
    if (v.startsWith("/")) fail("Non-relative patterns are unsupported: " + v + "; paths are relative to the project's folder");
    const parts = v.split("/").filter((s) => s !== "" && s !== "."), dirOnly = v.endsWith("/");
    const seen = new Map();
    const matches = (path, isDir) => {
      const known = seen.get(path);
      if (known !== undefined) return known;
      let m = !(dirOnly && !isDir || parts.length && parts[parts.length - 1] === "**" && !isDir);
      m = m && matchParts(parts, path === "." || path === "" ? [] : path.split("/")) && !this.missing.has(path);
      seen.set(path, m);
      return m;
    };
    return (i) => {
      const file = this.x.paths[this.x.path[i]];
      const patch = this.x.patch[i];
      if (matches(file, false) || patch !== undefined && matches(this.x.paths[patch], false)) return true;
      for (let dir = file; ;) {
        const cut = dir.lastIndexOf("/");
        dir = cut < 0 ? "." : dir.slice(0, cut);
        if (matches(dir, true)) return true;
        if (dir === ".") return false;
      }
    };
  }

  version(v) {
    const { x, p } = this;
    const compare = (i) => (x.version[i] === undefined || x.latest[i] === undefined ? 0 : compareVersions(x.version[i], x.latest[i]));
    const test = {
      latest: (i) => x.version[i] !== undefined && x.version[i] === x.latest[i],
      prerelease: (i) => compare(i) > 0,
      old: (i) => compare(i) < 0,
      none: (i) => x.version[i] === undefined,
    };
    if (!Object.hasOwn(test, v)) fail("Invalid version type selector " + v + ': expected one of: "latest", "prerelease", "old", or "none"');
    return (i) => p.kind(i) === "model" && test[v](i);
  }

  configs(c) {
    if (c.args.length === 0) fail('Invalid node spec "' + c.raw + "\" - the method 'config' needs the name of a config, as in config.materialized:incremental");
    const text = c.value, anyCase = c.args.length === 1 && c.args[0] === "severity";
    const equal = (v) => {
      if (typeof v === "string") return anyCase ? v.toLowerCase() === text.toLowerCase() : v === text;
      return typeof v === "boolean" && text.toLowerCase() === String(v);
    };
    return (i) => {
      const kind = this.p.kind(i);
      if ((!nodeKinds.has(kind) && kind !== "source") || kind === "function") return false;
      let v = this.config(i);
      for (let k = 0; k < c.args.length; k++) {
        if (v === null || typeof v !== "object" || Array.isArray(v)) return false;
        let key = c.args[k];
        if (!Object.hasOwn(v, key) && k === 0) key = key.replaceAll("_hook", "-hook");
        if (!Object.hasOwn(v, key)) return false;
        v = v[key];
      }
      return Array.isArray(v) ? v.some(equal) : equal(v);
    };
  }
}

// numbers are the resources of an answer, which may be an error.
function numbers(answer) {
  if (answer.error) fail(answer.error);
  const out = [], runs = answer.runs ?? [];
  for (let k = 0; k < runs.length; k += 2) for (let n = 0; n < runs[k + 1]; n++) out.push(runs[k] + n);
  return out;
}

function combine(op, sets) {
  if (op === "union") return new Set(sets.flatMap((s) => [...s]));
  const out = new Set(sets[0] ?? []);
  for (const s of sets.slice(1)) for (const i of out) if (s.has(i) === (op === "difference")) out.delete(i);
  return out;
}

// qualified is dbt's match of names and qualified names.
function qualified(text) {
  const parts = text.split(".");
  const wild = parts.findIndex((s) => /[*?[\]]/.test(s));
  const rest = wild < 0 ? "" : parts.slice(wild).join(".");
  return (fqn, versioned) => {
    const n = fqn.length;
    let leaf = "";
    if (versioned && n >= 2) {
      leaf = fqn[n - 2];
      if (leaf === text || fqn[n - 2] + "_" + fqn[n - 1] === parts.slice(-2).join("_")) return true;
    } else if (n >= 1) {
      leaf = fqn[n - 1];
      if (!versioned && leaf === text) return true;
    }
    const flat = fqn.some((s) => s.includes(".")) ? fqn.join(".").split(".") : fqn;
    if (flat.length < parts.length) return false;
    const exact = wild < 0 ? parts.length : wild;
    for (let i = 0; i < exact; i++) if (flat[i] !== parts[i]) return false;
    if (wild < 0) return true;
    return fnmatch(flat.slice(wild).join("."), rest) || parts.length === 1 && fnmatch(leaf, text);
  };
}

function matchParts(pattern, path) {
  if (pattern.length === 0) return path.length === 0;
  if (pattern[0] === "**") {
    for (let i = 0; i <= path.length; i++) if (matchParts(pattern.slice(1), path.slice(i))) return true;
    return false;
  }
  return path.length > 0 && fnmatch(path[0], pattern[0]) && matchParts(pattern.slice(1), path.slice(1));
}

function compareVersions(a, b) {
  const x = Number(a), y = Number(b);
  if (a.trim() !== "" && b.trim() !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}
