package docs_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// counter is a Sink that counts bytes and files.
type counter struct{ bytes, files atomic.Int64 }

func (c *counter) Put(_ string, content []byte) error {
	c.bytes.Add(int64(len(content)))
	c.files.Add(1)
	return nil
}

// processSeconds is the processor time of this process so far: on a machine with other work, the measure that counts.
func processSeconds(b *testing.B) float64 {
	raw, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		b.Skip("no /proc here: ", err)
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

// BenchmarkBuild makes the site of 1,000, 5,000 and 10,000 models with two tests and ten columns each, into nowhere and as one
// file; the manifest is in memory already.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{1000, 5000, 10000} {
		in := generated(n)
		b.Run(fmt.Sprintf("models=%d", n), func(b *testing.B) {
			var peak runtime.MemStats
			before := processSeconds(b)
			for b.Loop() {
				var c counter
				if err := docs.Build(in, &c); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(c.bytes.Load())/1e6, "MB")
				b.ReportMetric(float64(c.files.Load()), "files")
			}
			b.ReportMetric((processSeconds(b)-before)/float64(b.N), "cpu-s/op")
			runtime.ReadMemStats(&peak)
			b.ReportMetric(float64(peak.Sys)/1e6, "MB-process")
		})
	}
	in := generated(1000)
	b.Run("one file/models=1000", func(b *testing.B) {
		for b.Loop() {
			if err := docs.WriteStatic(in, io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// cpu is the time that the page's process worked, in seconds, and the size of its heap in MB.
func cpu(b *browser) (seconds, heap float64) {
	r, err := chromedp.Call(b.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, m := range r.Metrics {
		switch m.Name {
		case "TaskDuration":
			seconds = m.Value
		case "JSHeapUsedSize":
			heap = m.Value / 1e6
		}
	}
	return seconds, heap
}

// pan drags the picture and gives the frames a second that were drawn meanwhile.
func pan(tab *browser) float64 {
	tab.do(chromedp.Evaluate[chromedp.Void](`globalThis.frames = []; (function frame(t) { frames.push(t); if (frames.length < 5000) requestAnimationFrame(frame); })(performance.now()); globalThis.panned = performance.now(); undefined`))
	tab.do(chromedp.DragAndDropXY(330, 780, 700, 500, 60))
	return eval[float64](tab, `(() => { const now = performance.now(), n = frames.filter((t) => t > panned).length; frames.length = 5000; return n / (now - panned) * 1000; })()`)
}

// BenchmarkPage measures the page in Chromium: seconds of work of its main thread until it can be used, until a model's lineage
// and the whole project's are drawn, and for a keystroke of search.
func BenchmarkPage(b *testing.B) {
	for _, n := range []int{1000, 5000, 10000} {
		b.Run(fmt.Sprintf("models=%d", n), func(b *testing.B) {
			dir := &docs.Dir{Path: b.TempDir()}
			if err := docs.Build(generated(n), dir); err != nil {
				b.Fatal(err)
			}
			read := 0.0
			for _, name := range []string{"index.html", "gdbt_docs/app.js", "gdbt_docs/style.css", "gdbt_docs/index.js", "gdbt_docs/graph.js"} {
				info, err := os.Stat(dir.Path + "/" + name)
				if err != nil {
					b.Fatal(err)
				}
				read += float64(info.Size()) / 1e6
			}
			tab := openBrowser(b)
			command(tab, performance.Enable, performance.EnableParams{})
			url := "file://" + dir.Path + "/index.html"
			for b.Loop() {
				step := func(name string, act func()) {
					before, _ := cpu(tab)
					started := time.Now()
					act()
					after, _ := cpu(tab)
					b.ReportMetric((after-before)*1000, name+"-cpu-ms")
					b.ReportMetric(float64(time.Since(started).Milliseconds()), name+"-wall-ms")
				}
				go0 := func(hash, until string) func() {
					return func() {
						tab.do(chromedp.Evaluate[chromedp.Void](`location.hash = "` + hash + `"; undefined`))
						tab.until(until)
					}
				}
				tab.do(chromedp.Navigate("about:blank"))
				started := time.Now()
				tab.do(chromedp.Navigate(url), chromedp.WaitReady("html[data-ready]"))
				open, _ := cpu(tab)
				b.ReportMetric(open*1000, "open-cpu-ms")
				b.ReportMetric(float64(time.Since(started).Milliseconds()), "open-wall-ms")
				b.ReportMetric(eval[float64](tab, `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0`), "first-paint-ms")
				step("model", go0(fmt.Sprintf("#/model/model.shop.model_%05d", n/2), `document.querySelector("h1 .name")?.textContent.startsWith("model_") && document.querySelector(".box.focus")`))
				step("whole", go0("#/lineage", `document.querySelectorAll(".lineage-view .box").length > 3`))
				b.ReportMetric(pan(tab), "pan-fps")
				step("select", go0(fmt.Sprintf("#/lineage?select=2%%2Bmodel_%05d%%2B2", n/2), `document.querySelector(".lineage-view")?.dataset.selected`))
				tab.key("/")
				tab.until(`document.querySelector("#hits") && !document.querySelector(".search-state").textContent.includes("reading")`)
				busy, _ := cpu(tab)
				eval[float64](tab, `(() => { const box = document.querySelector("#search"); let worst = 0; for (const q of ["m", "c", "co", "col", "colu", "column_7", "model_0", "what is", "zzz"]) { box.value = q; const t = performance.now(); box.dispatchEvent(new Event("input")); worst = Math.max(worst, performance.now() - t); } globalThis.worst = worst; return worst; })()`)
				after, heap := cpu(tab)
				b.ReportMetric(eval[float64](tab, `worst`), "worst-keystroke-wall-ms")
				b.ReportMetric((after-busy)/9*1000, "keystroke-cpu-ms")
				b.ReportMetric(heap, "heap-MB")
			}
			b.ReportMetric(read, "MB-before-use")
		})
	}
}

var dbtPage = flag.String("dbt-page", "", "the index.html of dbt's own docs, for BenchmarkDbtPage")

// BenchmarkDbtPage measures dbt's own docs page over the manifest and the catalog of the same project, served on this machine:
//
//	go test ./engine/docs -run '^$' -bench Page -dbt-page …/dbt/task/docs/index.html
func BenchmarkDbtPage(b *testing.B) {
	if *dbtPage == "" {
		b.Skip("asked for with -dbt-page")
	}
	for _, n := range []int{1000, 5000, 10000} {
		b.Run(fmt.Sprintf("models=%d", n), func(b *testing.B) {
			in := generated(n)
			dir := b.TempDir()
			page, err := os.ReadFile(*dbtPage)
			if err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(dir+"/index.html", page, 0o644); err != nil {
				b.Fatal(err)
			}
			if err := manifest.WriteFile(dir+"/manifest.json", in.Manifest.Write); err != nil {
				b.Fatal(err)
			}
			if err := manifest.WriteFile(dir+"/catalog.json", in.Catalog.Write); err != nil {
				b.Fatal(err)
			}
			read := 0.0
			for _, name := range []string{"index.html", "manifest.json", "catalog.json"} {
				info, err := os.Stat(dir + "/" + name)
				if err != nil {
					b.Fatal(err)
				}
				read += float64(info.Size()) / 1e6
			}
			web := httptest.NewServer(http.FileServer(http.Dir(dir)))
			defer web.Close()
			tab := openBrowser(b)
			command(tab, performance.Enable, performance.EnableParams{})
			for b.Loop() {
				tab.do(chromedp.Navigate("about:blank"))
				started := time.Now()
				tab.do(chromedp.Navigate(web.URL))
				tab.until(`document.body.innerText.includes("shop") && document.querySelectorAll("li").length > 3`)
				open, _ := cpu(tab)
				b.ReportMetric(open*1000, "open-cpu-ms")
				b.ReportMetric(float64(time.Since(started).Milliseconds()), "open-wall-ms")
				b.ReportMetric(eval[float64](tab, `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0`), "first-paint-ms")
				before, _ := cpu(tab)
				started = time.Now()
				name := fmt.Sprintf("model_%05d", n/2)
				tab.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#!/model/model.shop.` + name + `?g_v=1&g_i=1%2B` + name + `%2B1"; undefined`))
				tab.until(`document.querySelectorAll("canvas").length > 1`)
				after, heap := cpu(tab)
				b.ReportMetric((after-before)*1000, "model-cpu-ms")
				b.ReportMetric(float64(time.Since(started).Milliseconds()), "model-wall-ms")
				b.ReportMetric(heap, "heap-MB")
			}
			b.ReportMetric(read, "MB-before-use")
		})
	}
}
