package docs

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/flosch/pongo2/v6"
)

// StaticFile is the name of the site in one file, beside index.html, as dbt calls it.
const StaticFile = "static_index.html"

// held is a shard that stands in the static file: its JSON as text.
type held struct{ Name, Text string }

// inText makes JSON the text of an element. Quotes may stay as they are there, which halves the file.
var inText = strings.NewReplacer("&", "&amp;", "<", "&lt;")

// WriteStatic writes the site as one file that opens from disk. The data are text of inert elements, which the script reads
// as JSON; the policy names the one script and the one style sheet by their sums, so that no other can run.
func WriteStatic(in Input, w io.Writer) error {
	s := newSite(in)
	t, err := newTemplates()
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var shards []held
	work := s.shards(t, func(name string, value any) error {
		var b bytes.Buffer
		if err := encode(&b, value); err != nil {
			return err
		}
		text := inText.Replace(b.String())
		mu.Lock()
		defer mu.Unlock()
		shards = append(shards, held{name, text})
		return nil
	}, nil)
	if err := together(work); err != nil {
		return err
	}
	slices.SortFunc(shards, func(a, b held) int { return cmp.Compare(a.Name, b.Name) })
	script, style, err := assets()
	if err != nil {
		return err
	}
	for _, end := range []string{"</script", "</style", "<!--"} {
		if bytes.Contains(bytes.ToLower(script), []byte(end)) || bytes.Contains(bytes.ToLower(style), []byte(end)) {
			return fmt.Errorf("docs: the assets contain %q, which would end them in the static file", html.EscapeString(end))
		}
	}
	overview, err := s.overview(t)
	if err != nil {
		return err
	}
	sum := func(text []byte) string {
		h := sha256.Sum256(text)
		return "'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'"
	}
	policy := "default-src 'none'; script-src " + sum(script) + "; style-src " + sum(style) + "; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'"
	return t.frame.ExecuteWriterUnbuffered(pongo2.Context{
		"project": s.in.Manifest.RootProject, "version": s.version(), "data": Folder, "policy": policy, "icon": icon, "overview": overview, "static": true,
		"script": string(script), "style": string(style), "shards": shards,
	}, w)
}
