package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server serves a site to browsers: the files of the site and nothing else, to those who ask for it by one of its names.
// It tells open pages when the site changed. It is an http.Handler.
type Server struct {
	// Site is the folder that the site was written to.
	Site string
	// Target is the folder of manifest.json and catalog.json, "" to serve none. Images are the folders below it with images that
	// descriptions show.
	Target string
	Images []string
	// Hosts are names that it may be asked by, beside localhost and addresses.
	Hosts []string

	mu      sync.Mutex
	version string
	problem string
	pages   map[chan struct{}]bool
}

// siteTypes are the kinds of files that a site consists of, imageTypes those of images.
var (
	siteTypes  = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml"}
	imageTypes = map[string]string{".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".svg": "image/svg+xml"}
)

// Changed tells the open pages that there is another version of the site.
func (s *Server) Changed(version string) { s.tell(func() { s.version, s.problem = version, "" }) }

// Problem tells the open pages that the project can't be read now; "" takes it back.
func (s *Server) Problem(text string) { s.tell(func() { s.problem = text }) }

func (s *Server) tell(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	for c := range s.pages {
		select {
		case c <- struct{}{}:
		default: // it has not read the last news yet
		}
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", policyFolder+"; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-cache")
	switch {
	case !s.knows(r.Host):
		// A page elsewhere may have made its own name point here, to read what only this machine should (DNS rebinding).
		http.Error(w, "This server does not answer to the name in the request.", http.StatusForbidden)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD are answered.", http.StatusMethodNotAllowed)
	case r.URL.Path == "/-/events":
		s.events(w, r)
	default:
		s.file(w, r)
	}
}

func (s *Server) knows(host string) bool {
	name := host
	if n, _, err := net.SplitHostPort(host); err == nil {
		name = n
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "localhost" || slices.Contains(s.Hosts, name) {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil
}

// file answers with a file of the list of what may be shown.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" {
		name = "index.html"
	}
	root, kind := s.allowed(name)
	if root == "" {
		http.NotFound(w, r)
		return
	}
	content, modified, err := read(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, "The file can't be read.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	if name == "index.html" {
		content = bytes.Replace(content, []byte(`data-live=""`), []byte(`data-live="yes"`), 1)
		modified = time.Time{}
	}
	http.ServeContent(w, r, "", modified, bytes.NewReader(content))
}

// allowed gives the folder that a name may be read from, "" for none, and its type.
func (s *Server) allowed(name string) (root, kind string) {
	ext := strings.ToLower(path.Ext(name))
	folder, _, _ := strings.Cut(name, "/")
	switch {
	case name == "index.html", folder == Folder && siteTypes[ext] != "":
		return s.Site, siteTypes[ext]
	case name == "manifest.json", name == "catalog.json":
		return s.Target, "application/json"
	case s.Target != "" && imageTypes[ext] != "":
		for _, dir := range s.Images {
			if strings.HasPrefix(name, strings.Trim(path.Clean(dir), "/")+"/") {
				return s.Target, imageTypes[ext]
			}
		}
	}
	return "", ""
}

// read reads a file below a folder. What can't be opened, a link that leads out of the folder say, is not there.
func read(folder, name string) ([]byte, time.Time, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, time.Time{}, fs.ErrNotExist
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, err
	}
	if !info.Mode().IsRegular() {
		return nil, time.Time{}, fs.ErrNotExist
	}
	content, err := io.ReadAll(f)
	return content, info.ModTime(), err
}

// events is the stream of news, in the form of server-sent events.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "no streaming", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	news := make(chan struct{}, 1)
	s.mu.Lock()
	if s.pages == nil {
		s.pages = map[chan struct{}]bool{}
	}
	s.pages[news] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.pages, news)
		s.mu.Unlock()
	}()
	for {
		s.mu.Lock()
		version, problem := s.version, s.problem
		s.mu.Unlock()
		text := ""
		if problem != "" {
			raw, err := json.Marshal(problem)
			if err != nil {
				return
			}
			text = string(raw)
		}
		if _, err := fmt.Fprintf(w, "event: problem\ndata: %s\n\nevent: version\ndata: %s\n\n", text, version); err != nil {
			return
		}
		flusher.Flush()
		select {
		case <-r.Context().Done():
			return
		case <-news:
		}
	}
}
