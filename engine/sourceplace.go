package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// aboutSource is an error as a diagnostic of the source table. An error about an option of
// `config.meta.gdbt` gets the option's place in the YAML file.
func (p *Project) aboutSource(src *manifest.Source, category string, err error) *diag.Diagnostic {
	d := *diag.Wrap(category, err) // channels may share one
	if d.Node == "" {
		d.Node, d.NodePath = "source "+src.SourceName+"."+src.Name, src.OriginalFilePath
	}
	var option *source.OptionError
	if errors.As(err, &option) && d.Line == 0 {
		p.placeOption(&d, src, option.Option)
	}
	return &d
}

// placeOption looks the option up where the table or its source has it; the table's own line is the place of one that
// dbt_project.yml sets.
func (p *Project) placeOption(d *diag.Diagnostic, src *manifest.Source, option string) {
	d.File, d.Line = src.OriginalFilePath, src.Line
	root := p.project.Root
	if pkg := p.packages[src.PackageName]; pkg != nil {
		root = pkg.Root
	}
	name := filepath.Join(root, filepath.FromSlash(src.OriginalFilePath))
	text, err := os.ReadFile(name)
	if err != nil {
		return
	}
	doc, err := yamldoc.Parse(src.OriginalFilePath, text, yamldoc.Limits{})
	if err != nil {
		return
	}
	for _, from := range entries(doc, doc.Find(nil, "sources"), src.SourceName) {
		for _, table := range append(entries(doc, doc.Find(from, "tables"), src.Name), from) {
			for _, path := range [][]any{{"config", "meta", "gdbt"}, {"meta", "gdbt"}} {
				at := doc.FindKey(table, path...)
				if at == nil {
					continue
				}
				if key := doc.FindKey(doc.Find(table, path...), option); option != "" && key != nil {
					at = key
				}
				d.Line, d.Column = at.Line, at.Column
				// A line with an address in it may hold a password.
				if line := diag.Snippet(text, at.Line); !strings.Contains(line, "://") {
					d.Source = line
				}
				return
			}
		}
	}
}

// entries are the mappings of a list that have a name.
func entries(doc *yamldoc.Document, list *yamldoc.Node, name string) []*yamldoc.Node {
	list = yamldoc.Deref(list)
	if !yamldoc.IsList(list) {
		return nil
	}
	var out []*yamldoc.Node
	for i := range list.Content {
		n := &list.Content[i]
		if v := doc.Find(n, "name"); v != nil && yamldoc.Deref(v).Value == name {
			out = append(out, n)
		}
	}
	return out
}
