package docs_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// circled is a project of areas that each refer to the others, with some of staging before them and reports behind.
func circled(areas, models int) docs.Input {
	m := manifest.New("shop")
	add := func(folder, name string, parents ...string) string {
		n := node(manifest.Model, "shop", name, "models/"+folder+"/"+name+".sql", parents...)
		m.AddNode(n)
		return n.UniqueID
	}
	staged := add("staging", "stg_a")
	for i := range 5 {
		add("staging", fmt.Sprintf("stg_%d", i), staged)
	}
	for k := range models {
		for a := range areas {
			parents := []string{fmt.Sprintf("model.shop.stg_%d", a%5)}
			if k > 0 {
				parents = append(parents, fmt.Sprintf("model.shop.area%d_%d", a, k-1))
			}
			if k > 0 && k%5 == 0 {
				parents = append(parents, fmt.Sprintf("model.shop.area%d_%d", (a+1)%areas, k-1))
			}
			add(fmt.Sprintf("areas/area%d", a), fmt.Sprintf("area%d_%d", a, k), parents...)
		}
	}
	for i := range 3 {
		add("reports", fmt.Sprintf("report_%d", i), fmt.Sprintf("model.shop.area%d_%d", i, models-1), staged)
	}
	m.BuildMaps()
	return docs.Input{Manifest: m, Adapter: "duckdb", GeneratedAt: noon, Version: "test"}
}

// TestFolders: a big project is a picture of folders, with those that refer to each other in a frame; the page and the image of
// the site have the same places; a folder can be looked into, by its address too.
func TestFolders(t *testing.T) {
	for _, c := range []struct {
		areas, models int
		frame         string
		boxes         []string // some of the labels
	}{
		// Most of the project lies in circles: folders in steps.
		{12, 30, "12 folders that refer to each other, in steps from left to right", []string{"area0", "models/staging", "models/reports"}},
		// Too many folders for steps.
		{50, 7, "50 folders that refer to each other", []string{"area49"}},
	} {
		t.Run(c.frame, func(t *testing.T) {
			b := openBrowser(t)
			in := circled(c.areas, c.models)
			files := build(t, in)
			b.open(onDisk(t, in) + "#/lineage")
			b.until(`document.querySelectorAll(".drawing .box").length > 10`)
			labels := eval[[]string](b, `[...document.querySelectorAll(".drawing .box")].map((x) => x.querySelector("text").textContent)`)
			for _, want := range c.boxes {
				if !slices.Contains(labels, want) {
					t.Errorf("no box %q among %q", want, labels)
				}
			}
			if len(labels) > 90 {
				t.Errorf("%d boxes", len(labels))
			}
			if got := eval[[]string](b, `[...document.querySelectorAll(".around")].map((x) => [...x.querySelectorAll("text")].map((y) => y.textContent).join(": "))`); len(got) != 1 || got[0] != "models/areas: "+c.frame {
				t.Errorf("frames: %q", got)
			}
			// One line leads into the frame and one out of it; the one from staging to the reports is said by these two.
			if n := eval[int](b, `document.querySelectorAll(".drawing > g > .lines > .line").length`); n != 2 {
				t.Errorf("%d lines", n)
			}
			places := regexp.MustCompile(`translate\(([\d.]+ [\d.]+)\)`)
			var image []string
			for _, m := range places.FindAllStringSubmatch(string(files["gdbt_docs/lineage.svg"]), -1)[1:] {
				image = append(image, m[1])
			}
			page := eval[[]string](b, `[...document.querySelectorAll(".drawing .box")].map((x) => /translate\(([\d.]+ [\d.]+)\)/.exec(x.getAttribute("transform"))[1])`)
			if diff := cmp.Diff(image, page); diff != "" {
				t.Errorf("-image +page\n%s", diff)
			}

			// The links of a box are drawn while it is looked at; Enter leads into it, and an address does.
			b.do(evaluate(`document.querySelector('.box[data-key="folder models/staging"]').focus()`))
			b.until(`document.querySelectorAll(".drawing > g > .lines:nth-child(3) > .line.on").length >= 5`)
			b.key(kb.Enter)
			b.until(`location.hash.includes("inside=models%2Fstaging") && document.querySelector('.box[data-key="model.shop.stg_a"]') && document.querySelector(".box.cluster")`)
			if got := eval[string](b, `document.querySelector(".graph-status").textContent`); !strings.Contains(got, "models/staging: 6 resources") {
				t.Errorf("the status: %q", got)
			}
			b.do(evaluate(`document.querySelector(".fold").click()`))
			b.until(`!location.hash.includes("inside") && document.querySelector(".around")`)
			b.quiet("file:///")
		})
	}
}

// TestInsideOfACircle: a folder that another one both comes from and goes into has it on both sides.
func TestInsideOfACircle(t *testing.T) {
	b := openBrowser(t)
	b.open(onDisk(t, circled(2, 160)) + "#/lineage?inside=" + "models/areas/area0 (1 of 2)")
	b.until(`document.querySelectorAll('.box[data-key^="folder models/areas/area1"]').length > 1`)
	if got := eval[int](b, `new Set([...document.querySelectorAll('.box[data-key^="folder models/areas/area1 (1"]')].map((x) => x.dataset.key)).size`); got != 2 {
		t.Errorf("%d boxes of the folder in circles with it, want one on each side", got)
	}
	overlap := `(() => {
		const all = [...document.querySelectorAll(".box .face")].map((x) => x.getBoundingClientRect());
		return all.some((a, i) => all.some((b, k) => k < i && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
	})()`
	if eval[bool](b, overlap) {
		t.Error("boxes overlap")
	}
}
