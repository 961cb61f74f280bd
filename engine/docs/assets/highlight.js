// Colours for SQL, Jinja and JSON: the text is cut into spans, nothing is read as HTML.
import { h } from "./dom.js";

const keywords = new Set(("select from where group by having order limit offset qualify window partition over rows range between preceding following unbounded current row with recursive as on using " +
  "join left right full outer inner cross lateral natural union all except intersect distinct case when then else end and or not in is null like ilike exists any some cast " +
  "insert into values update set delete create replace table view materialized index drop alter add column constraint primary key foreign references unique check default " +
  "true false asc desc nulls first last filter within array struct interval date timestamp time extract if returning merge matched begin commit analyze grant").split(" "));
const jinja = new Set("if elif else endif for endfor in set endset macro endmacro call endcall do block endblock test endtest snapshot endsnapshot materialization endmaterialization not and or is import include filter endfilter raw endraw docs enddocs".split(" "));
const pattern = /(\{#[^]*?#\}|--[^\n]*|\/\*[^]*?\*\/)|('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|\$\$[^]*?\$\$)|(\{\{-?|-?\}\}|\{%-?|-?%\})|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][\w]*)/g;

export function highlight(code, language) {
  const text = code.textContent;
  if (text.length > 300000) return; // colours are not worth the wait
  const parts = [];
  let at = 0, inside = false;
  for (const m of text.matchAll(pattern)) {
    if (m.index > at) parts.push(text.slice(at, m.index));
    at = m.index + m[0].length;
    let kind = "";
    if (m[1]) kind = language === "sql" || language === "python" ? "comment" : "";
    else if (m[2]) kind = "string";
    else if (m[3]) {
      kind = "jinja";
      inside = m[3].startsWith("{");
    } else if (m[4]) kind = "number";
    else if (inside) kind = jinja.has(m[5]) ? "keyword" : text[at] === "(" ? "call" : "";
    else if (language === "json") kind = m[5] === "true" || m[5] === "false" || m[5] === "null" ? "keyword" : "";
    else kind = keywords.has(m[5].toLowerCase()) ? "keyword" : text[at] === "(" ? "call" : "";
    parts.push(kind ? h("span", { class: "t-" + kind }, m[0]) : m[0]);
  }
  parts.push(text.slice(at));
  code.replaceChildren(...parts);
}
