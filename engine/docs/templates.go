package docs

import (
	"embed"
	"io/fs"
	"strings"

	"github.com/flosch/pongo2/v6"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates are the pages. Autoescape is on; what is marked safe is HTML of these templates or of markdown.go.
type templates struct{ resource, plainPage, frame, overview *pongo2.Template }

func newTemplates() (*templates, error) {
	sub, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	set := pongo2.NewSet("docs", pongo2.NewFSLoader(sub))
	t := &templates{}
	for name, to := range map[string]**pongo2.Template{
		"resource.html": &t.resource, "plain.html": &t.plainPage, "index.html": &t.frame, "overview.html": &t.overview,
	} {
		if *to, err = set.FromFile(name); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *templates) page(p page) (string, error) {
	return t.resource.Execute(pongo2.Context{"p": p})
}

// plain makes the page of a group for readers without scripts.
func (t *templates) plain(s *site, g int, pages []string) ([]byte, error) {
	title := s.entries[s.groups[g][0]].label + " – " + s.entries[s.groups[g][1]-1].label
	return t.plainPage.ExecuteBytes(pongo2.Context{"title": title, "project": s.in.Manifest.RootProject, "pages": pages})
}

// plainIndex lists the plain pages.
func (t *templates) plainIndex(s *site) ([]byte, error) {
	all := make([]int, 0, len(s.entries))
	for i := range s.entries {
		all = append(all, i)
	}
	return t.plainPage.ExecuteBytes(pongo2.Context{"title": s.in.Manifest.RootProject, "project": s.in.Manifest.RootProject, "lists": s.linkLists(all)})
}

// policyFolder is the policy of the folder's page: its own files and nothing else. connect-src is for the server's news.
const policyFolder = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'"

// icon is the page's icon, which browsers would ask the server for otherwise.
const icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 4h4v3H3zM9 9h4v3H9z' fill='%230f766e'/%3E%3Cpath d='M7 5.5h4V9M9 10.5H5V7' fill='none' stroke='%230f766e'/%3E%3C/svg%3E"

// buildFrame writes index.html, the style sheet, the script, and the list of the plain pages.
func (s *site) buildFrame(t *templates, out Sink) error {
	script, style, err := assets()
	if err != nil {
		return err
	}
	overview, err := s.overview(t)
	if err != nil {
		return err
	}
	list, err := t.plainIndex(s)
	if err != nil {
		return err
	}
	index, err := t.frame.ExecuteBytes(pongo2.Context{
		"project": s.in.Manifest.RootProject, "version": s.version(), "data": Folder, "policy": policyFolder, "icon": icon, "overview": overview, "static": false,
	})
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"index.html": index, Folder + "/app.js": script, Folder + "/style.css": style, Folder + "/pages/index.html": list,
		Folder + "/lineage.svg": s.overviewSVG(),
	} {
		if err := out.Put(name, content); err != nil {
			return err
		}
	}
	return nil
}

// overview is the first page: what the project says of itself, and its figures.
func (s *site) overview(t *templates) (string, error) {
	type named struct{ Name, HTML string }
	var own string
	var packages []named
	for _, id := range s.in.Manifest.DocOrder {
		d := s.in.Manifest.Docs[id]
		switch {
		case d.Name == "__overview__" && d.PackageName == s.in.Manifest.RootProject, d.Name == "__"+s.in.Manifest.RootProject+"__" && own == "":
			own = s.md.html(d.BlockContents)
		case strings.HasPrefix(d.Name, "__") && d.Name == "__"+d.PackageName+"__":
			packages = append(packages, named{d.PackageName, s.md.html(d.BlockContents)})
		}
	}
	return t.overview.Execute(pongo2.Context{
		"project": s.in.Manifest.RootProject, "adapter": s.in.Adapter, "generated": s.in.GeneratedAt.UTC().Format("2006-01-02 15:04") + " UTC", "gdbt": s.in.Version,
		"overview": own, "packages": packages, "tiles": s.tiles(),
	})
}
