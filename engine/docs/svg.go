package docs

import (
	"bytes"
	"fmt"
	"html"
	"regexp"

	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// kindColors are the colours of the kinds, the same in assets/style.css.
var kindColors = map[manifest.ResourceType]string{
	manifest.SourceType: "#15803d", manifest.Seed: "#a16207", manifest.Snapshot: "#7c3aed", manifest.Model: "#0369a1", manifest.Analysis: "#52525b",
	manifest.SemanticModel: "#be185d", manifest.MetricType: "#be185d", manifest.SavedQuery: "#be185d", manifest.ExposureType: "#c2410c",
	manifest.FunctionType: "#6d5a9c",
}

var hexColor = regexp.MustCompile(`^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

// overviewSVG draws the whole project as an image that stands alone.
func (s *site) overviewSVG() []byte {
	g := s.overviewGraph()
	var b bytes.Buffer
	const margin = 24
	w, h := g.Size[0]+2*margin, g.Size[1]+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="system-ui, sans-serif" font-size="13">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n<g transform=\"translate(%d %d)\">\n", html.EscapeString(s.in.Manifest.RootProject), margin, margin)
	for _, e := range g.Edges {
		width := 1.25
		if e.Count > 1 {
			width = min(5, 1.25+float64(e.Count)/20)
		}
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="#a1a1aa" stroke-width="%.2f"/>`+"\n", svgPath(e.Way), width)
	}
	for _, box := range g.Boxes {
		i, x, y, bw, bh := int(box[0]), box[1], box[2], box[3], box[4]
		label, color := "", "#52525b"
		if g.Whole {
			e := s.entries[i]
			label, color = e.label, kindColors[e.kind]
			if hexColor.MatchString(e.color) {
				color = e.color
			}
		} else {
			label = fmt.Sprintf("%s · %d", s.clusters[i].label, len(s.clusters[i].nodes))
		}
		fmt.Fprintf(&b, `<g transform="translate(%.1f %.1f)"><rect width="%.1f" height="%.0f" rx="6" fill="#ffffff" stroke="#d4d4d8"/><rect width="4" height="%.0f" rx="2" fill="%s"/><text x="16" y="%.1f" fill="#18181b">%s</text></g>`+"\n",
			x, y, bw, bh, bh, html.EscapeString(color), bh/2+4.5, html.EscapeString(shorten(label, bw)))
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// shorten cuts a label to the width of its box.
func shorten(label string, width float64) string {
	n := int((width - boxPadding + letterWidth) / letterWidth)
	if r := []rune(label); len(r) > n {
		return string(r[:max(1, n-1)]) + "…"
	}
	return label
}

// svgPath is a smooth line through points, each with a level tangent.
func svgPath(way []float64) string {
	var b bytes.Buffer
	for k := 0; k+1 < len(way); k += 2 {
		x, y := way[k], way[k+1]
		switch {
		case k == 0:
			fmt.Fprintf(&b, "M%.1f %.1f", x, y)
		case way[k-1] == y:
			fmt.Fprintf(&b, "L%.1f %.1f", x, y)
		default:
			mid := (way[k-2] + x) / 2
			fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", mid, way[k-1], mid, y, x, y)
		}
	}
	return b.String()
}
