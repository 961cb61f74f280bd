package docs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// TestPictures: a drawing is saved as SVG that stands alone and as PNG.
func TestPictures(t *testing.T) {
	b := openBrowser(t)
	b.open(onDisk(t, rich()) + "#/lineage")
	b.until(`document.querySelectorAll(".drawing .box").length > 2`)
	save := func(form string) string {
		return eval[string](b, `new Promise((resolve) => {
			const make = URL.createObjectURL;
			URL.createObjectURL = (blob) => {
				if (blob.type === "image/`+map[string]string{"SVG": "svg+xml", "PNG": "png"}[form]+`") blob.arrayBuffer().then((x) => resolve(new TextDecoder("latin1").decode(x)));
				return make.call(URL, blob);
			};
			[...document.querySelectorAll(".menu-items button")].find((x) => x.textContent === "`+form+`").click();
		})`)
	}
	svg := save("SVG")
	if !strings.HasPrefix(svg, "<svg") || !strings.Contains(svg, "stg_orders") || strings.Contains(svg, "class=") {
		t.Errorf("the SVG: %.300s", svg)
	}
	if !eval[bool](b, `!new DOMParser().parseFromString(`+"`"+strings.NewReplacer("`", "", "${", "").Replace(svg)+"`"+`, "image/svg+xml").querySelector("parsererror")`) {
		t.Error("the SVG is no XML")
	}
	if png := save("PNG"); !strings.Contains(png, "PNG\r\n") {
		t.Errorf("the PNG: %.20q", png)
	}
	b.quiet("file:///")
}

// TestPaper: printed, a page is its content alone, with all code; who wants no motion gets none.
func TestPaper(t *testing.T) {
	b := openBrowser(t)
	b.open(onDisk(t, rich()) + "#/model/model.shop.orders")
	b.until(`document.querySelector("h1 .name")?.textContent === "orders"`)
	hidden := `["#side", ".bar", ".tools"].every((s) => !document.querySelector(s) || getComputedStyle(document.querySelector(s)).display === "none")`
	if eval[bool](b, hidden) {
		t.Fatal("nothing is shown on the screen")
	}
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print",
		Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
	if !eval[bool](b, hidden) {
		t.Error("navigation and tools are printed")
	}
	if !eval[bool](b, `[...document.querySelectorAll(".code")].length > 0 && [...document.querySelectorAll(".code")].every((c) => getComputedStyle(c).display !== "none")`) {
		t.Error("some code is not printed")
	}
	if !eval[bool](b, `[...document.querySelectorAll("*")].every((e) => ["none", "all 0s", "all"].some((v) => getComputedStyle(e).transition.startsWith(v)) && getComputedStyle(e).animationName === "none")`) {
		t.Error("something moves")
	}
}

// A source shows when it was loaded last, and from when on it is stale.
func TestFreshness(t *testing.T) {
	in := rich()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	check := at.Add(26 * time.Hour)
	in.Freshness = &manifest.Freshness{Results: []manifest.FreshnessResult{{UniqueID: "source.shop.raw.orders", Status: "warn", MaxLoadedAt: &at, SnapshotAt: &check, Age: 26 * 3600}}}
	in.Manifest.Sources["source.shop.raw.orders"].Freshness = yamldoc.NewMap("warn_after", yamldoc.NewMap("count", int64(1), "period", "day"), "error_after", yamldoc.NewMap("count", int64(2), "period", "day"))
	d := &docs.Dir{Path: t.TempDir()}
	if err := docs.Build(in, d); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t)
	b.open("file://" + d.Path + "/index.html#/source/source.shop.raw.orders")
	b.until(`document.querySelector("h1 .name")?.textContent.includes("orders")`)
	text := eval[string](b, `document.querySelector("article").textContent`)
	for _, want := range []string{"stale (warning)", "2026-01-01 00:00 UTC", "1 day", "2 days"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}
