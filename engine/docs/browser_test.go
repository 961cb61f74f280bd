package docs_test

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gdbt-dev/gdbt/engine/docs"
)

var (
	siteFlag       = flag.String("site", "", "folder of a made site, for TestScreenshots")
	screenshotFlag = flag.Bool("screenshots", false, "write the pictures of TestScreenshots")
)

// browser is a tab of a headless Chromium, with what it said and what it asked for.
type browser struct {
	t      testing.TB
	ctx    context.Context
	rounds int // how often until asks

	mu       sync.Mutex
	said     []string
	requests []string
}

// openBrowser starts Chromium. A machine without one skips the test and says so.
func openBrowser(t testing.TB) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium here: the site is not tested in a browser")
	}
	patience, rounds := 2*time.Minute, 200
	if _, slow := t.(*testing.B); slow { // dbt's page takes its time with 10,000 models
		patience, rounds = 30*time.Minute, 40_000
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, rounds: rounds}
	b.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate("about:blank"))
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	command(b, network.Enable, network.EnableParams{})
	command(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return b
}

func (b *browser) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		for _, a := range e.Args {
			b.said = append(b.said, string(e.Type)+": "+string(a.Value)+a.Description)
		}
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, "exception: "+e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

func command[P, R any](b *browser, c cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, c, params); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// open loads an address afresh and waits until its view is there.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(url), chromedp.WaitReady("html[data-ready]"))
}

// eval gives the value of an expression, waiting for a promise.
func eval[T any](b *browser, js string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", js, err)
	}
	return v
}

// until waits for an expression to be true. While a page loads anew there is no document to ask, so an expression that
// throws is not true yet.
func (b *browser) until(js string) {
	b.t.Helper()
	var err error
	for range b.rounds {
		var yes bool
		if yes, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+js+")", chromedp.EvalAwaitPromise)); err == nil && yes {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.t.Fatalf("%s never came true (%v); the page shows:\n%.2000s", js, err, eval[string](b, "document.body.innerText"))
}

// evaluate runs a script for what it does.
func evaluate(js string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](js + "; undefined")
}

func (b *browser) key(keys string) { b.t.Helper(); b.do(chromedp.KeyEvent(keys)) }

// quiet fails when the console said anything or anything but the site's own files was asked for.
func (b *browser) quiet(own string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		b.t.Errorf("the console: %s", s)
	}
	for _, r := range b.requests {
		if !strings.HasPrefix(r, own) && !strings.HasPrefix(r, "data:") && !strings.HasPrefix(r, "blob:") && r != "about:blank" {
			b.t.Errorf("asked for %s", r)
		}
	}
}

// onDisk writes a site to a folder and gives its address as a file.
func onDisk(t testing.TB, in docs.Input) string {
	t.Helper()
	d := &docs.Dir{Path: t.TempDir()}
	if err := docs.Build(in, d); err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(d.Path) + "/index.html"
}

func oneFile(t testing.TB, in docs.Input) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), docs.StaticFile)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := docs.WriteStatic(in, f); err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(path)
}

// TestUse walks through a site from disk, as a folder and as one file: search, pages, lineage by key, columns, themes.
func TestUse(t *testing.T) {
	for name, make := range map[string]func(testing.TB, docs.Input) string{"folder": onDisk, "one file": oneFile} {
		t.Run(name, func(t *testing.T) {
			b := openBrowser(t)
			in := rich()
			url := make(t, in)
			b.open(url)
			b.until(`document.querySelector("h1").textContent.includes("shop")`)
			b.until(`document.querySelectorAll(".overview .box").length > 5`)

			// Search by key: a column's name leads to the column's lineage.
			b.key("/")
			b.until(`document.querySelector("dialog.search").open`)
			b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#search").value = ""; undefined`)) // the driver types the key too
			b.do(chromedp.SendKeys("#search", "customer_em"))
			b.until(`document.querySelector("#hits a")`)
			b.until(`document.querySelector("#hits .hit-place")?.textContent.includes("customer_email")`)
			b.key(kb.Enter)
			b.until(`document.querySelector(".column-view .drawing .row.current")`)
			if got := eval[string](b, `document.querySelector(".summary").textContent`); !strings.Contains(got, "A change of it reaches 1 column of 1 resource") {
				t.Errorf("lineage of the column: %s", got)
			}
			b.until(`[...document.querySelectorAll(".column-view .note")].some((n) => n.textContent.includes("a table function"))`)

			// Open a page, walk to a child in the graph by key, and open it.
			b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#/model/model.shop.stg_orders"; undefined`))
			b.until(`document.querySelector("h1 .name")?.textContent === "stg_orders" && document.querySelector(".box.focus")`)
			b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".box.focus").focus(); undefined`))
			b.key(kb.ArrowRight)
			b.until(`document.activeElement.dataset.key === "model.shop.orders"`)
			b.key(kb.Enter)
			b.until(`document.querySelector("h1 .name").textContent === "orders"`)
			for _, want := range []string{"contract", "finance", "nobody@example.com", "2 failing rows", "One row an order.", "select 2", "primary key"} {
				if !strings.Contains(eval[string](b, `document.querySelector("article").textContent`), want) {
					t.Errorf("the page of orders lacks %q", want)
				}
			}
			if n := eval[int](b, `document.querySelectorAll(".code .t-keyword").length`); n == 0 {
				t.Error("the code has no colours")
			}

			// A failed test is told from one that passed by its shape, not by the colour alone.
			if got := eval[string](b, `document.querySelector(".box.focus .test-mark[data-status=bad]")?.getAttribute("d") ?? ""`); !strings.Contains(got, "m0-8") {
				t.Errorf("the mark of a failed test: %q", got)
			}

			// The selection language in the lineage view, deep-linked.
			b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#/lineage?select=%2Borders%2B&tests=1"; undefined`))
			b.until(`document.querySelector(".lineage-view")?.dataset.selected?.includes("exposure.shop.board")`)
			if got := eval[string](b, `document.querySelector(".graph-status").innerText`); !strings.Contains(got, "gdbt ls --select +orders+") || strings.Contains(got, "[object") {
				t.Errorf("the status: %q", got)
			}
			b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#/lineage?select=state:modified"; undefined`))
			b.until(`document.querySelector(".note.bad:not([hidden])")?.textContent.includes("state:modified")`)

			// The other views.
			b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#/runs"; undefined`))
			b.until(`document.querySelectorAll(".bar.critical[data-status]").length === 2`)
			b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#/entities"; undefined`))
			b.until(`document.querySelectorAll(".entities, .box").length >= 2 && document.querySelector("td")?.textContent.includes("orders.customer_id")`)
			b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#/coverage"; undefined`))
			b.until(`document.querySelectorAll(".meter").length > 3`)
			b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#/exposure/exposure.shop.board"; undefined`))
			b.until(`document.querySelector("dd a[href='https://example.com/board']")`)
			b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#!/model/model.shop.orders"; undefined`)) // as dbt's own site has it
			b.until(`document.querySelector("h1 .name")?.textContent === "orders"`)

			// Dark and light, by key.
			ground := `getComputedStyle(document.body).backgroundColor`
			light := eval[string](b, ground)
			b.key("t")
			b.until(ground + ` !== ` + "`" + light + "`")
			b.key("t")
			b.until(ground + ` === ` + "`" + light + "`")
			b.quiet("file:///")
		})
	}
}

// danger tells of code that ran, and of elements that could run some, ask somebody or leave the page in a way that is not a link's.
const danger = `(() => {
  const out = "pwned" in globalThis ? ["code of the project ran"] : [];
  for (const e of document.querySelectorAll("body *")) {
    const own = e.closest("template") || e.matches("body > script");
    if (own) continue;
    if (e.matches("iframe, object, embed, base, meta, link, form[action], script, style, math, [ping], [autofocus], [srcdoc], main input:not([name]):not([type=checkbox])")) out.push(e.outerHTML.slice(0, 120));
    for (const a of e.attributes) if (/^on/i.test(a.name) || a.name === "style" && !e.closest(".graph, .overview, .rows, .tree, svg")) out.push(a.name + " of " + e.outerHTML.slice(0, 120));
    if (e.matches("a[href]") && !["http:", "https:", "mailto:", "file:", "blob:"].includes(e.protocol)) out.push(e.outerHTML.slice(0, 120));
    if (e.matches("img") && !/^[\w%. -]+(\/[\w%. -]+)*$/.test(e.getAttribute("src"))) out.push(e.outerHTML.slice(0, 120));
  }
  return out;
})()`

// TestHostile: what would be code elsewhere is text here: in the folder, in the one file, from the server, printed, and without scripts.
func TestHostile(t *testing.T) {
	in := hostile()
	served := func(t testing.TB, in docs.Input) string {
		dir := &docs.Dir{Path: t.TempDir()}
		if err := docs.Build(in, dir); err != nil {
			t.Fatal(err)
		}
		server := &docs.Server{Site: dir.Path}
		server.Changed(docs.Version(in))
		server.Problem(in.Version)
		web := httptest.NewServer(server)
		t.Cleanup(web.CloseClientConnections)
		return web.URL + "/"
	}
	var pages []string
	for id := range in.Manifest.Nodes {
		pages = append(pages, id)
	}
	pages = append(append(append(append(pages, in.Manifest.SourceOrder...), in.Manifest.ExposureOrder...), in.Manifest.MacroOrder...), in.Manifest.UnitOrder...)
	for _, s := range in.Manifest.AllSemantics() {
		pages = append(pages, s.UniqueID)
	}
	for name, make := range map[string]func(testing.TB, docs.Input) string{"folder": onDisk, "one file": oneFile, "server": served} {
		t.Run(name, func(t *testing.T) {
			b := openBrowser(t)
			url := make(t, in)
			b.open(url)
			check := func(where string) {
				t.Helper()
				if bad := eval[[]string](b, danger); len(bad) > 0 {
					t.Errorf("%s: %q", where, bad)
				}
			}
			x := in.Version // an attack
			for _, hash := range []string{"#/", "#/lineage", "#/lineage?tests=1&select=*", "#/coverage", "#/entities", "#/runs", "#/lineage?columns=1", "#/lineage?inside=" + x, "#/lineage?select=" + x, "#/lineage?select=state:" + x, "#/lineage?select=state:new",
				"#/lineage?select=selector:*", "#/lineage?select=result:error", "#/lineage?exclude=" + x + "&indirect=" + x, "#/model/" + x, "#/" + x, "#/number/" + x} {
				b.do(evaluate(`delete document.documentElement.dataset.ready; location.hash = "#/x"; location.hash = ` + quote(hash)))
				b.until(`document.documentElement.dataset.ready`)
				check(hash)
			}
			for k, id := range pages {
				if name != "folder" && k%5 > 0 { // the same HTML, carried in another way
					continue
				}
				b.do(evaluate(`delete document.documentElement.dataset.ready; location.hash = "#/x/" + encodeURIComponent(` + quote(id) + `)`))
				b.until(`document.documentElement.dataset.ready && document.querySelector("article[data-node]")`)
				check(id)
			}
			if name == "folder" { // each column of a model, and the tables in the place of pictures
				b.do(evaluate(`location.hash = "#/x/" + encodeURIComponent(` + quote(pages[0]) + `) + "/column/" + encodeURIComponent(` + quote(x) + `)`))
				b.until(`document.querySelector(".column-view, article")`)
				check("a column")
				b.do(evaluate(`location.hash = "#/lineage?tests=1"`))
				b.until(`document.querySelectorAll(".drawing .box").length > 10`)
				b.do(evaluate(`document.querySelector("[aria-label='Show as a table']").click()`))
				check("a table")
				b.do(evaluate(`document.querySelector("main").insertAdjacentHTML("beforeend", "<p id=x><a href='javascript:1'>x</a><b onclick=1>x</b></p>")`))
				if bad := eval[[]string](b, danger); len(bad) != 2 {
					t.Errorf("the check finds %q where there are two", bad)
				}
				b.do(evaluate(`document.querySelector("#x").remove()`))
			}
			b.do(evaluate(`document.querySelector("#open-search").click()`))
			b.do(chromedp.SendKeys("#search", "script"))
			b.until(`document.querySelectorAll("#hits li").length > 0`)
			time.Sleep(100 * time.Millisecond)
			check("search")
			command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
			check("paper")
			own := "file:///"
			if name == "server" {
				own = url
			}
			b.quiet(own)
		})
	}
	t.Run("without scripts", func(t *testing.T) {
		b := openBrowser(t)
		dir := &docs.Dir{Path: t.TempDir()}
		if err := docs.Build(in, dir); err != nil {
			t.Fatal(err)
		}
		plain, err := filepath.Glob(dir.Path + "/" + docs.Folder + "/pages/*.html")
		if err != nil || len(plain) < 3 {
			t.Fatalf("%d plain pages (%v)", len(plain), err)
		}
		for _, p := range plain { // with scripts allowed, which is the harder case
			b.do(chromedp.Navigate("file://" + p))
			if bad := eval[[]string](b, danger); len(bad) > 0 {
				t.Errorf("%s: %q", filepath.Base(p), bad)
			}
		}
		b.quiet("file:///")
	})
}

// TestPlainPages: without scripts the pages of models can be read and lead to each other.
func TestPlainPages(t *testing.T) {
	b := openBrowser(t)
	url := onDisk(t, rich())
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.do(chromedp.Navigate(url), chromedp.Click("noscript a"), chromedp.WaitVisible("a[href$='#model.shop.orders']"), chromedp.Click("a[href$='#model.shop.orders']"), chromedp.WaitVisible("[id='model.shop.orders'] .columns"))
	text, err := chromedp.Run(b.ctx, chromedp.Text("[id='model.shop.orders']"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"One row an order.", "customer_id", "select 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plain page lacks %q", want)
		}
	}
	b.quiet("file:///")
}

// contrast gives the texts of a page whose colour is too near to that of the ground (WCAG 2.2, 1.4.3: 4.5 to 1, large ones 3).
const contrast = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (css) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1); const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const over = (a, b) => [0, 1, 2].map((k) => a[k] * a[3] + b[k] * (1 - a[3])).concat(1);
  const light = (c) => { const f = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const ground = (e) => { const list = []; for (; e; e = e.parentElement) list.push(rgba(getComputedStyle(e).backgroundColor)); return list.reverse().reduce((g, c) => over(c, g), [255, 255, 255, 1]); };
  const out = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.textContent.trim() || e.closest("svg, .skip, [hidden], .visually-hidden, template, noscript, option") || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), back = ground(e), ink = over(rgba(style.color), back);
    const [a, b] = [light(ink), light(back)].sort((x, y) => y - x), size = parseFloat(style.fontSize);
    if ((a + 0.05) / (b + 0.05) < (size >= 24 ? 3 : 4.5)) out.add(e.className + " " + n.textContent.trim().slice(0, 30) + " " + ((a + 0.05) / (b + 0.05)).toFixed(2));
  }
  return [...out];
})()`

// names gives controls without a name, and ids that stand twice.
const names = `(() => {
  const out = [];
  for (const e of document.querySelectorAll("button, a[href], input, select, [role=tree], [role=link]")) {
    if (!e.getClientRects().length) continue;
    const name = e.getAttribute("aria-label") || e.textContent.trim() || e.title || e.labels?.[0]?.textContent.trim();
    if (!name) out.push(e.outerHTML.slice(0, 120));
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  return out.concat(ids.filter((id, k) => ids.indexOf(id) !== k).map((id) => "twice: " + id));
})()`

// TestAccess checks contrast and names of controls on each view in both themes; colours_test.go checks all pairs of colours.
func TestAccess(t *testing.T) {
	b := openBrowser(t)
	url := onDisk(t, rich())
	for _, scheme := range []string{"light", "dark"} {
		command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		for _, hash := range []string{"#/", "#/model/model.shop.orders", "#/model/model.shop.orders/column/customer_id", "#/lineage?select=orders", "#/runs", "#/entities", "#/coverage"} {
			b.open(url + hash)
			if bad := eval[[]string](b, contrast); len(bad) > 0 {
				t.Errorf("%s %s: too little contrast: %q", scheme, hash, bad)
			}
			if bad := eval[[]string](b, names); len(bad) > 0 {
				t.Errorf("%s: %q", hash, bad)
			}
		}
		// What opens over the page, and what is wrong.
		b.open(url + "#/lineage?select=orders+state:new")
		for over, js := range map[string]string{
			"search": `document.querySelector("#open-search").click(), document.querySelector("#search").value = "order", document.querySelector("#search").dispatchEvent(new Event("input"))`,
			"keys":   `document.querySelector("dialog[open]")?.close(), document.querySelector("#help").click()`, "error": `document.querySelector("dialog[open]")?.close()`,
		} {
			b.do(evaluate(js))
			if bad := eval[[]string](b, contrast); len(bad) > 0 {
				t.Errorf("%s %s: too little contrast: %q", scheme, over, bad)
			}
			if bad := eval[[]string](b, names); len(bad) > 0 {
				t.Errorf("%s: %q", over, bad)
			}
		}
	}
}

// TestScreenshots makes the pictures in testdata/ of the shipped project's site, for people to look at:
//
//	gdbt demo DIR && go test ./engine/docs -run TestScreenshots -screenshots -site DIR/target
func TestScreenshots(t *testing.T) {
	if !*screenshotFlag {
		t.Skip("asked for with -screenshots -site DIR")
	}
	b := openBrowser(t)
	site, err := filepath.Abs(*siteFlag)
	if err != nil {
		t.Fatal(err)
	}
	const model = "#/model/model.medical_warehouse."
	shop := "file://" + filepath.ToSlash(site) + "/index.html"
	for _, p := range []struct {
		name, url, scheme string
		width, height     int64
	}{
		{"overview_light", shop + "#/", "light", 1440, 900}, {"overview_dark", shop + "#/", "dark", 1440, 900}, {"model_light", shop + model + "fct_messages", "light", 1440, 900}, {"column_dark", shop + model + "fct_messages/column/message_key", "dark", 1440, 900},
		{"lineage_dark", shop + "#/lineage?select=%2Bfct_messages", "dark", 1440, 900}, {"columns_light", shop + "#/lineage?select=%2Bfct_messages&columns=1", "light", 1440, 900}, {"runs_light", shop + "#/runs", "light", 1440, 900},
		{"entities_light", shop + "#/entities", "light", 1440, 900}, {"coverage_dark", shop + "#/coverage", "dark", 1440, 900}, {"model_narrow", shop + model + "dim_channels", "light", 420, 860}, {"lineage_narrow", shop + "#/lineage", "dark", 420, 860},
		{"circles_light", onDisk(t, circled(12, 30)) + "#/lineage", "light", 1440, 900},
	} {
		command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: p.scheme}}})
		b.do(chromedp.EmulateViewport(p.width, p.height))
		b.open(p.url)
		time.Sleep(200 * time.Millisecond)
		raw, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/"+p.name+".png", raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
