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
	if !g.Whole {
		return s.foldersSVG()
	}
	var b bytes.Buffer
	s.svgHead(&b, g.Size[0], g.Size[1])
	for _, e := range g.Edges {
		svgLine(&b, e.Way, e.Count)
	}
	for _, box := range g.Boxes {
		e := s.entries[int(box[0])]
		color := kindColors[e.kind]
		if hexColor.MatchString(e.color) {
			color = e.color
		}
		svgBox(&b, box[1], box[2], box[3], box[4], color, e.label, "")
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// foldersSVG draws the whole project as folders.
func (s *site) foldersSVG() []byte {
	g := s.folderGraph()
	var b bytes.Buffer
	s.svgHead(&b, g.Width, g.Height)
	for f, title := range g.titles {
		if g.notes[f] != "" {
			x := g.Frames[f]
			fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="10" fill="#f7f7f8" stroke="#d4d4d8"/><text x="%.1f" y="%.1f" fill="#18181b" font-weight="600">%s</text><text x="%.1f" y="%.1f" fill="#52525b" font-size="11">%s</text>`+"\n",
				x.X, x.Y, x.Width, x.Height, x.X+17, x.Y+20, html.EscapeString(shorten(title, x.Width+30)), x.X+17, x.Y+35, html.EscapeString(g.notes[f]))
		}
	}
	for _, l := range g.Lines {
		svgLine(&b, flat(l.Way), l.Count)
	}
	for k, p := range g.Boxes {
		svgBox(&b, p.X, p.Y, g.sizes[k].Width, g.sizes[k].Height, "#52525b", g.labels[k], g.subs[k])
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

func (s *site) svgHead(b *bytes.Buffer, width, height float64) {
	const margin = 24
	w, h := width+2*margin, height+2*margin
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="system-ui, sans-serif" font-size="13">`+"\n", w, h, w, h)
	fmt.Fprintf(b, "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n<g transform=\"translate(%d %d)\">\n", html.EscapeString(s.in.Manifest.RootProject), margin, margin)
}

func svgLine(b *bytes.Buffer, way []float64, count int) {
	width := 1.25
	if count > 1 {
		width = min(5, 1.25+float64(count)/20)
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="#8b8b97" stroke-width="%.2f"/>`+"\n", svgPath(way), width)
}

func svgBox(b *bytes.Buffer, x, y, width, height float64, color, label, sub string) {
	baseline := height/2 + 4.5
	if sub != "" {
		baseline = 20
	}
	fmt.Fprintf(b, `<g transform="translate(%.1f %.1f)"><rect width="%.1f" height="%.0f" rx="6" fill="#ffffff" stroke="#d4d4d8"/><rect width="4" height="%.0f" rx="2" fill="%s"/><text x="16" y="%.1f" fill="#18181b">%s</text>`,
		x, y, width, height, height, html.EscapeString(color), baseline, html.EscapeString(shorten(label, width)))
	if sub != "" {
		fmt.Fprintf(b, `<text x="16" y="36" fill="#52525b" font-size="11">%s</text>`, html.EscapeString(sub))
	}
	b.WriteString("</g>\n")
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
