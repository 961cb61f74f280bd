// The project as the index tells it. Resources are numbers: first those of the lineage, then tests, then macros.
import { load } from "./data.js";

const statusNames = { o: "ok", w: "warn", b: "bad", s: "skip" };

export class Project {
  constructor(index) {
    this.x = index;
    this.core = index.core;
    this.hiddenSet = new Set(index.hidden);
    this.tests = null; // the shard of the selection language, once it is here
    this.children = Array.from({ length: index.core }, () => []);
    for (let i = 0; i < index.core; i++) for (const p of index.parents[i]) this.children[p].push(i);
  }

  // at is the place of a number in the index's lists.
  at(i) {
    return i < this.core ? i : i - this.x.macros + this.core;
  }

  isTest(i) {
    return i >= this.core && i < this.x.macros;
  }

  kind(i) {
    return this.isTest(i) ? this.tests.kind[i - this.core] : this.x.kinds[this.x.kind[this.at(i)]];
  }

  pkg(i) {
    return this.isTest(i) ? this.tests.package[i - this.core] : this.x.packages[this.x.package[this.at(i)]];
  }

  id(i) {
    return this.isTest(i) ? this.tests.id[i - this.core] : this.kind(i) + "." + this.pkg(i) + "." + this.x.name[this.at(i)];
  }

  label(i) {
    return this.isTest(i) ? this.tests.label[i - this.core] : this.x.label[i] ?? this.x.name[this.at(i)];
  }

  folder(i) {
    return this.x.folders[this.x.folder[this.at(i)]];
  }

  schema(i) {
    return i < this.core && this.x.schema[i] >= 0 ? this.x.schemas[this.x.schema[i]] : "";
  }

  group(i) {
    return i in this.x.group ? this.x.groups[this.x.group[i]] : "";
  }

  material(i) {
    return i < this.core && this.x.material[i] >= 0 ? this.x.materials[this.x.material[i]] : "";
  }

  // clusterLabel names a box of the whole project's graph.
  clusterLabel(c) {
    const { l, p } = this.x.clusters[c];
    return this.x.lanes[l] + (p ? " (" + p + ")" : "");
  }

  color(i) {
    return this.x.color[i];
  }

  parents(i) {
    return this.isTest(i) ? this.tests.parents[i - this.core] : i < this.core ? this.x.parents[i] : [];
  }

  // status is ok, warn, bad, skip or "".
  status(i) {
    const letters = this.isTest(i) ? this.tests.status[i - this.core] : this.x.status[i];
    return statusNames[letters] ?? "";
  }

  // tested is the worst outcome of its tests.
  tested(i) {
    return statusNames[this.x.tested[i]] ?? "";
  }

  shard(i) {
    const starts = this.x.shards;
    let low = 0, high = starts.length - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (starts[mid] <= i) low = mid;
      else high = mid - 1;
    }
    return low;
  }

  // find gives the number of an id, or -1. Tests are known once withTests was asked for.
  find(id) {
    if (!this.byID) {
      this.byID = new Map();
      for (let i = 0; i < this.x.all; i++) if (!this.isTest(i)) this.byID.set(this.id(i), i);
    }
    return this.byID.get(id) ?? -1;
  }

  // withTests loads the tests and all else that selections ask for.
  async withTests() {
    if (!this.tests) {
      const tests = await load("select");
      if (!this.tests) {
        this.tests = tests;
        this.find("");
        for (let i = this.core; i < this.x.macros; i++) this.byID.set(this.id(i), i);
      }
    }
    return this.tests;
  }

  // page gives the HTML of a resource's page.
  async page(i) {
    return (await load("n" + this.shard(i)))[i];
  }

  // columns gives what is known of a resource's columns, or null.
  async columns(i) {
    if (i >= this.core) return null;
    return (await load("l" + this.shard(i)))[i] ?? null;
  }

  href(i, column) {
    const base = "#/" + this.kind(i) + "/" + encodeURIComponent(this.id(i));
    return column === undefined ? base : base + "/column/" + encodeURIComponent(column);
  }
}
