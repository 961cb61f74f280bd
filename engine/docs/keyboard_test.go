package docs_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// focusTools name the elements of a page that the tab key stops at, and say of the focused one what a reader sees of it.
const focusTools = `globalThis.focusTools = (() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) && e.getClientRects().length > 0;
  const control = (e) => e.matches("a[href], button, input, select, textarea, summary, [tabindex]") && e.tabIndex >= 0 && !e.disabled && shown(e);
  // The browser stops at what scrolls, too, where there is nothing in it to stop at.
  const scrolls = (e) => e.matches("div, pre") && e.scrollWidth > e.clientWidth && ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && shown(e) && ![...e.querySelectorAll("*")].some(control);
  const stops = () => [...document.querySelectorAll("*")].filter((e) => control(e) || scrolls(e));
  const name = (e) => {
    const all = stops(), text = e.getAttribute("aria-label") || e.textContent.trim() || e.name || e.id || e.className.baseVal || e.className;
    return all.indexOf(e) + " " + e.tagName.toLowerCase() + " " + String(text).replace(/\s+/g, " ").slice(0, 40);
  };
  // What changes in the look of the element, its row or its field when it gets the focus.
  const look = (e) => {
    const around = [e, e.closest(".field"), e.querySelector(".face"), e.querySelector(".cursor")].filter(Boolean);
    return around.map((x) => { const s = getComputedStyle(x); return [s.outlineStyle === "none" ? "" : s.outlineWidth + s.outlineColor, s.boxShadow, s.stroke, s.strokeWidth, s.left].join("|"); }).join("#");
  };
  const seen = (e) => {
    const r = (e.querySelector(".face") ?? e).getBoundingClientRect();
    if (r.bottom <= 0 || r.right <= 0 || r.top >= innerHeight || r.left >= innerWidth) return "outside of the window";
    const x = Math.min(innerWidth - 2, Math.max(2, r.left + Math.min(r.width / 2, 20))), y = Math.min(innerHeight - 2, Math.max(2, r.top + Math.min(r.height / 2, 12)));
    const top = document.elementFromPoint(x, y);
    return top && (e.contains(top) || top.contains(e)) ? "" : "covered by " + (top ? top.outerHTML.slice(0, 80) : "nothing");
  };
  return {
    all: () => stops().map(name),
    now: () => {
      const e = document.activeElement;
      if (!e || e === document.body || e === document.documentElement) return { name: "" };
      const focused = look(e), hidden = seen(e);
      e.blur();
      const plain = look(e);
      e.focus({ preventScroll: true, focusVisible: true });
      return { name: name(e), ring: focused !== plain, hidden };
    },
  };
})(); undefined`

type focused struct {
	Name, Hidden string
	Ring         bool
}

// walk presses a key until the focus has left the page and gives where it stopped.
func (b *browser) walk(keys string, modifiers ...chromedp.KeyOption) []focused {
	b.t.Helper()
	var out []focused
	for range 400 {
		b.do(chromedp.KeyEvent(keys, modifiers...))
		f := eval[focused](b, `focusTools.now()`)
		if f.Name == "" {
			return out
		}
		if slices.ContainsFunc(out, func(x focused) bool { return x.Name == f.Name }) {
			b.t.Errorf("the focus is caught at %q", f.Name)
			return out
		}
		out = append(out, f)
	}
	b.t.Error("the focus never leaves the page")
	return out
}

func reached(list []focused) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = f.Name
	}
	return out
}

// TestTabKey: on each view, wide and narrow, the tab key reaches every control in the order of the page, each with a ring to see and
// in sight, and leaves the page behind the last; with shift it goes the same way back.
func TestTabKey(t *testing.T) {
	b := openBrowser(t)
	url := onDisk(t, rich())
	for _, width := range []int64{1440, 420} {
		b.do(chromedp.EmulateViewport(width, 900))
		for _, hash := range []string{"#/", "#/model/model.shop.orders", "#/model/model.shop.orders/column/customer_id", "#/macro/macro.shop.cents", "#/lineage", "#/lineage?select=%2Borders%2B&tests=1", "#/runs", "#/entities", "#/coverage", "#/nowhere"} {
			t.Run(fmt.Sprintf("%s at %d", hash, width), func(t *testing.T) {
				b.t = t
				b.open(url + hash)
				b.do(evaluate(focusTools))
				all := eval[[]string](b, `focusTools.all()`)
				there := b.walk(kb.Tab)
				if diff := cmp.Diff(all, reached(there)); diff != "" {
					t.Errorf("-on the page +reached\n%s", diff)
				}
				for _, f := range there {
					if !f.Ring || f.Hidden != "" {
						t.Errorf("%s: ring %v, %s", f.Name, f.Ring, f.Hidden)
					}
				}
				back := reached(b.walk(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
				slices.Reverse(back)
				if diff := cmp.Diff(reached(there), back); diff != "" {
					t.Errorf("-there +back\n%s", diff)
				}
			})
		}
	}
}

// TestFocusComesBack: what opens over the page takes the keyboard and gives it back.
func TestFocusComesBack(t *testing.T) {
	b := openBrowser(t)
	b.open(onDisk(t, rich()) + "#/lineage?select=orders")
	active := func(selector string) { t.Helper(); b.until(`document.activeElement.matches(` + quote(selector) + `)`) }
	focus := func(selector string) {
		t.Helper()
		b.do(evaluate(`document.querySelector(` + quote(selector) + `).focus()`))
		active(selector)
	}
	for _, dialog := range []struct{ key, open string }{{"/", "dialog.search[open]"}, {"?", "dialog.keys[open]"}} {
		focus("#theme")
		b.key(dialog.key)
		b.until(`document.querySelector(` + quote(dialog.open) + `)?.contains(document.activeElement)`)
		for range 4 { // the tab key does not leave it for the page behind
			b.key(kb.Tab)
			if eval[bool](b, `document.activeElement !== document.body && !document.activeElement.closest("dialog")`) {
				t.Errorf("the tab key leads from %s to the page behind", dialog.open)
			}
		}
		b.key(kb.Escape)
		b.until(`!document.querySelector("dialog[open]")`)
		active("#theme")
	}
	// The menu of images: Escape closes it, and so does going on.
	focus(".menu summary")
	b.key(kb.Enter)
	b.until(`document.querySelector(".menu").open`)
	b.key(kb.Tab)
	active(".menu-items button")
	b.key(kb.Escape)
	b.until(`!document.querySelector(".menu").open`)
	active(".menu summary")
	b.key(kb.Enter)
	b.until(`document.querySelector(".menu").open`)
	focus("#theme")
	b.until(`!document.querySelector(".menu").open`)
	// A box that is chosen shows its card; Escape takes it away.
	focus(`.box[data-key="model.shop.orders"]`)
	b.key(" ")
	b.until(`!document.querySelector(".card").hidden`)
	b.key(kb.Escape)
	b.until(`document.querySelector(".card").hidden`)
	active(`.box[data-key="model.shop.orders"]`)
	// Who types a selection stays in its field; a page that is opened has the keyboard at its content.
	focus("[name=select]")
	b.do(chromedp.SendKeys("[name=select]", "+"+kb.Enter))
	b.until(`location.hash.includes("%2B")`)
	active("[name=select]")
	focus(`.views a[href="#/coverage"]`)
	b.key(kb.Enter)
	b.until(`document.querySelector("h1")?.textContent === "Coverage"`)
	active("#main")
	// The navigation of a narrow window.
	b.do(chromedp.EmulateViewport(420, 860))
	focus("#menu")
	b.key(kb.Enter)
	active(".tree")
	b.key(kb.Escape)
	active("#menu")
	b.until(`getComputedStyle(document.querySelector("#side")).display === "none"`)
	b.key("b")
	active(".tree")
	b.quiet("file:///")
}
