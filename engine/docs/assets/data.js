// The shards of the site: each is a script that hands its JSON to gdbtDocs.put, or text in the static file.

const page = document.documentElement.dataset;
const shards = new Map();

function entry(name) {
  let e = shards.get(name);
  if (!e) {
    e = {};
    e.promise = new Promise((resolve, reject) => { e.resolve = resolve; e.reject = reject; });
    shards.set(name, e);
  }
  return e;
}

globalThis.gdbtDocs = {
  put(name, value) {
    const e = entry(name);
    e.started = true;
    e.resolve(value);
  },
};

// load gives the value of a shard.
export function load(name) {
  const e = entry(name);
  if (e.started) return e.promise;
  e.started = true;
  const held = [...document.querySelectorAll("template[data-shard]")].find((t) => t.dataset.shard === name);
  if (held) {
    e.resolve(JSON.parse(held.content.textContent));
    held.remove();
    return e.promise;
  }
  if (name === "index") return e.promise; // its script stands in the page
  const script = document.createElement("script");
  script.src = page.data + "/" + name + ".js?v=" + page.version;
  script.onload = () => script.remove();
  script.onerror = () => {
    shards.delete(name);
    e.reject(new Error("The file " + page.data + "/" + name + ".js could not be read. Was the folder copied as a whole?"));
  };
  document.head.append(script);
  return e.promise;
}
