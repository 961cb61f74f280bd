// The layout of engine/docs/layout in the browser, step for step: see there for the method. A test runs both on the same
// graphs and compares the places.

const maxWaypoints = 20000;

// place lays out boxes [{ w, h }] and edges [[from, to]]. Of the options, last are boxes that go to the last column.
export function place(boxes, edges, options) {
  const o = { columnGap: 72, rowGap: 14, rounds: 8, ...options };
  const state = { boxes, edges, o };
  breakCircles(state);
  assignColumns(state);
  addWaypoints(state);
  order(state);
  return positions(state);
}

function breakCircles(s) {
  s.turned = s.edges.map(() => false);
  const out = s.boxes.map(() => []);
  s.edges.forEach((e, k) => out[e[0]].push(k));
  const seen = s.boxes.map(() => 0); // 1 open, 2 done
  for (let start = 0; start < s.boxes.length; start++) {
    if (seen[start]) continue;
    seen[start] = 1;
    const stack = [[start, 0]];
    while (stack.length) {
      const top = stack[stack.length - 1];
      if (top[1] === out[top[0]].length) {
        seen[top[0]] = 2;
        stack.pop();
        continue;
      }
      const e = out[top[0]][top[1]++];
      const to = s.edges[e][1];
      if (seen[to] === 1) s.turned[e] = true;
      else if (seen[to] === 0) {
        seen[to] = 1;
        stack.push([to, 0]);
      }
    }
  }
  s.ends = (k) => (s.turned[k] ? [s.edges[k][1], s.edges[k][0]] : s.edges[k]);
}

function assignColumns(s) {
  const n = s.boxes.length;
  const parents = new Array(n).fill(0), children = s.boxes.map(() => []);
  s.edges.forEach((_, k) => {
    const [from, to] = s.ends(k);
    if (from !== to) {
      parents[to]++;
      children[from].push(to);
    }
  });
  s.column = new Array(n).fill(0);
  const waiting = parents.slice(), queue = [];
  for (let i = 0; i < n; i++) if (waiting[i] === 0) queue.push(i);
  for (let k = 0; k < queue.length; k++) {
    const i = queue[k];
    for (const c of children[i]) {
      s.column[c] = Math.max(s.column[c], s.column[i] + 1);
      if (--waiting[c] === 0) queue.push(c);
    }
  }
  for (let i = 0; i < n; i++) {
    if (parents[i] > 0 || children[i].length === 0) continue;
    let nearest = s.column[children[i][0]];
    for (const c of children[i]) nearest = Math.min(nearest, s.column[c]);
    s.column[i] = nearest - 1;
  }
  if (s.o.last) {
    const end = s.column.reduce((m, c, i) => Math.max(m, c + (s.o.last.includes(i) ? 0 : 1)), 0);
    for (const i of s.o.last) s.column[i] = end;
  }
}

function addWaypoints(s) {
  let columns = 0;
  for (const c of s.column) columns = Math.max(columns, c + 1);
  s.rows = Array.from({ length: columns }, () => []);
  s.boxes.forEach((_, i) => s.rows[s.column[i]].push(i));
  s.height = s.boxes.map((b) => b.h);
  s.up = s.boxes.map(() => []);
  s.down = s.boxes.map(() => []);
  s.chains = s.edges.map(() => []);
  const span = (k) => {
    const [from, to] = s.ends(k);
    return s.column[to] - s.column[from];
  };
  const bySpan = s.edges.map((_, k) => k).sort((a, b) => span(a) - span(b));
  const long = s.edges.map(() => false);
  let budget = maxWaypoints;
  for (const k of bySpan) {
    budget -= Math.max(0, span(k) - 1);
    if (budget < 0) long[k] = true;
  }
  const link = (a, b) => {
    s.down[a].push(b);
    s.up[b].push(a);
  };
  s.edges.forEach((_, k) => {
    const [from, to] = s.ends(k);
    if (from === to || long[k]) return;
    let last = from;
    for (let c = s.column[from] + 1; c < s.column[to]; c++) {
      const w = s.column.length;
      s.column.push(c);
      s.height.push(0);
      s.up.push([]);
      s.down.push([]);
      s.rows[c].push(w);
      s.chains[k].push(w);
      link(last, w);
      last = w;
    }
    link(last, to);
  });
}

function order(s) {
  const place = new Array(s.column.length).fill(0), mean = place.slice();
  const number = (row) => row.forEach((v, i) => { place[v] = i; });
  s.rows.forEach(number);
  const sweep = (c, side) => {
    for (const v of s.rows[c]) {
      mean[v] = place[v];
      if (side[v].length) {
        let sum = 0;
        for (const w of side[v]) sum += place[w];
        mean[v] = sum / side[v].length;
      }
    }
    s.rows[c].sort((a, b) => mean[a] - mean[b]);
    number(s.rows[c]);
  };
  const copy = () => s.rows.map((r) => r.slice());
  let best = copy(), fewest = crossings(s, place), worse = 0;
  for (let round = 0; round < s.o.rounds && fewest > 0 && worse < 3; round++) {
    for (let c = 1; c < s.rows.length; c++) sweep(c, s.up);
    for (let c = s.rows.length - 2; c >= 0; c--) sweep(c, s.down);
    const n = crossings(s, place);
    if (n < fewest) {
      best = copy();
      fewest = n;
      worse = 0;
    } else worse++;
  }
  s.rows = best;
}

function crossings(s, place) {
  let total = 0;
  for (let c = 1; c < s.rows.length; c++) {
    const width = s.rows[c].length, tree = new Array(width + 1).fill(0);
    let seen = 0;
    for (const from of s.rows[c - 1]) {
      const targets = s.down[from].map((to) => place[to]).sort((a, b) => a - b);
      for (const t of targets) {
        let below = 0;
        for (let i = t + 1; i > 0; i -= i & -i) below += tree[i];
        total += seen - below;
      }
      for (const t of targets) {
        seen++;
        for (let i = t + 1; i <= width; i += i & -i) tree[i]++;
      }
    }
  }
  return total;
}

function positions(s) {
  const middle = middles(s);
  const left = [], width = [];
  let x = 0;
  s.rows.forEach((row, c) => {
    left[c] = x;
    width[c] = 0;
    for (const v of row) if (v < s.boxes.length) width[c] = Math.max(width[c], s.boxes[v].w);
    x += width[c] + s.o.columnGap;
  });
  let top = 0, bottom = 0, first = true;
  s.column.forEach((_, v) => {
    const a = middle[v] - s.height[v] / 2, b = middle[v] + s.height[v] / 2;
    if (first) {
      top = a;
      bottom = b;
      first = false;
    }
    top = Math.min(top, a);
    bottom = Math.max(bottom, b);
  });
  return {
    width: Math.max(0, x - s.o.columnGap),
    height: bottom - top,
    columns: s.column.slice(0, s.boxes.length),
    boxes: s.boxes.map((_, i) => [left[s.column[i]], middle[i] - s.height[i] / 2 - top]),
    edges: s.edges.map((_, k) => {
      const [from, to] = s.ends(k);
      if (from === to) return [];
      const way = [left[s.column[from]] + s.boxes[from].w, middle[from] - top];
      const first = s.column[from];
      if (width[first] > s.boxes[from].w) way.push(left[first] + width[first], middle[from] - top); // past broader boxes of the column
      for (const w of s.chains[k]) {
        const c = s.column[w];
        way.push(left[c], middle[w] - top, left[c] + width[c], middle[w] - top);
      }
      way.push(left[s.column[to]], middle[to] - top);
      if (!s.turned[k]) return way;
      const back = [];
      for (let i = way.length - 2; i >= 0; i -= 2) back.push(way[i], way[i + 1]);
      return back;
    }),
  };
}

function middles(s) {
  const n = s.boxes.length, middle = new Array(s.column.length).fill(0), want = middle.slice();
  const gap = (a, b) => {
    const d = a >= n && b >= n ? s.o.rowGap / 2 : s.o.rowGap;
    return s.height[a] / 2 + d + s.height[b] / 2;
  };
  for (const row of s.rows) {
    let y = 0;
    row.forEach((v, i) => {
      if (i > 0) y += gap(row[i - 1], v);
      middle[v] = y;
    });
    for (const v of row) middle[v] -= y / 2;
  }
  const pull = (row, sides) => {
    for (const v of row) {
      let sum = 0, k = 0;
      for (const side of sides) {
        for (const w of side[v]) {
          sum += middle[w];
          k++;
        }
      }
      want[v] = k > 0 ? sum / k : middle[v];
    }
    spread(row, want, middle, gap);
  };
  for (let round = 0; round < 3; round++) {
    for (let c = 1; c < s.rows.length; c++) pull(s.rows[c], [s.up]);
    for (let c = s.rows.length - 2; c >= 0; c--) pull(s.rows[c], [s.down]);
  }
  for (const row of s.rows) pull(row, [s.up, s.down]);
  return middle;
}

function spread(row, want, middle, gap) {
  const offset = new Array(row.length).fill(0), pools = [];
  row.forEach((v, i) => {
    if (i > 0) offset[i] = offset[i - 1] + gap(row[i - 1], v);
    const w = want[v] - offset[i];
    let p = { sum: w, count: 1, mean: w };
    while (pools.length && pools[pools.length - 1].mean >= p.mean) {
      const last = pools.pop();
      p = { sum: last.sum + p.sum, count: last.count + p.count, mean: 0 };
      p.mean = p.sum / p.count;
    }
    pools.push(p);
  });
  let i = 0;
  for (const p of pools) {
    for (let k = 0; k < p.count; k++, i++) middle[row[i]] = p.mean + offset[i];
  }
}
