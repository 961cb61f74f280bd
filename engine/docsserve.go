package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// ServeOptions say how [Project.ServeDocs] works.
type ServeOptions struct {
	// Host and Port are where it listens; port 0 takes a free one.
	Host string
	Port int
	// Started is called once it listens, with the address for a browser and the port.
	Started func(url string, port int)
	// NoSQL leaves all code out, as a site that was made without stays without.
	NoSQL bool
	// Version is gdbt's own.
	Version string
	// Every is how often files are looked at; 0 is once a second.
	Every time.Duration
}

// ServeDocs serves the documentation site until the context ends: what the project's files say now, with the compiled SQL, the
// catalog and the results that the target folder holds. It asks no warehouse. When a file changes the site is made anew and
// open pages load it; an error in the project is shown on them. Nothing is written into the project.
func (p *Project) ServeDocs(ctx context.Context, o ServeOptions) error {
	if o.Every == 0 {
		o.Every = time.Second
	}
	// A site without code must not get any from us.
	if fileExists(filepath.Join(p.target, docs.Folder, "index.js")) && !fileExists(filepath.Join(p.target, docs.Folder, "s3.js")) {
		o.NoSQL = true
	}
	folder, err := os.MkdirTemp("", "gdbt-docs-")
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	defer os.RemoveAll(folder)
	server := &docs.Server{Site: folder, Hosts: []string{strings.ToLower(o.Host)}}
	if !o.NoSQL {
		server.Target = p.target
	}
	if name, err := os.Hostname(); err == nil {
		server.Hosts = append(server.Hosts, strings.ToLower(name))
	}
	for _, a := range p.project.AssetPaths {
		server.Images = append(server.Images, filepath.ToSlash(a))
	}
	listener, err := listen(ctx, o.Host, o.Port)
	if err != nil {
		return err
	}
	defer listener.Close()
	seen := p.fingerprint()
	version, err := p.siteNow(ctx, folder, o)
	if err != nil {
		return err
	}
	server.Changed(version)
	web := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	stopped := make(chan error, 1)
	go func() { stopped <- web.Serve(listener) }()
	defer web.Close()
	if o.Started != nil {
		port := listener.Addr().(*net.TCPAddr).Port
		o.Started(fmt.Sprintf("http://%s", net.JoinHostPort(browserHost(o.Host), strconv.Itoa(port))), port)
	}
	tick := time.NewTicker(o.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-stopped:
			return fmt.Errorf("engine: %w", err)
		case <-tick.C:
		}
		now := p.fingerprint()
		if now == seen {
			continue
		}
		seen = now
		version, err := p.again(ctx, folder, o)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			server.Problem(p.bus.Scrub(err.Error()))
		default:
			server.Changed(version)
		}
	}
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// browserHost is the host that a browser on this machine asks.
func browserHost(host string) string {
	switch host {
	case "127.0.0.1", "0.0.0.0", "", "::":
		return "localhost"
	}
	return host
}

func listen(ctx context.Context, host string, port int) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err == nil {
		return l, nil
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, diag.New(diag.RuntimeError, "port %d of %s is taken by another program", port, host).WithCode("port-taken").
			WithHint("name another one with --port, or 0 for any that is free")
	}
	return nil, diag.New(diag.RuntimeError, "could not listen on port %d of %s: %v", port, host, err).WithCode("listen")
}

// again opens the project anew and makes its site.
func (p *Project) again(ctx context.Context, folder string, o ServeOptions) (version string, err error) {
	opts := p.opts
	opts.Bus = nil // what it says again is of no use
	fresh, err := Open(ctx, opts)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, fresh.Close()) }()
	return fresh.siteNow(ctx, folder, o)
}

// siteNow makes the site of the project as its files and its target folder are now.
func (p *Project) siteNow(ctx context.Context, folder string, o ServeOptions) (string, error) {
	if _, err := p.Parse(ctx); err != nil {
		return "", err
	}
	catalog, err := manifest.ReadCatalog(filepath.Join(p.target, "catalog.json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := p.takeCompiled(); err != nil {
		return "", err
	}
	last, err := p.lastRun(false)
	if err != nil {
		return "", err
	}
	do := DocsOptions{NoSQL: o.NoSQL, Version: o.Version}
	do.Empty = catalog == nil
	in, err := p.docsInput(ctx, do, catalog, last)
	if err != nil {
		return "", err
	}
	dir := docs.Dir{Path: folder}
	if err := docs.Build(in, &dir); err != nil {
		return "", err
	}
	return docs.Version(in), dir.Finish()
}

// takeCompiled takes the compiled SQL of an earlier manifest.json for the nodes whose files are the same.
func (p *Project) takeCompiled() error {
	earlier, err := manifest.ReadManifest(filepath.Join(p.target, "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for id, n := range p.manifest.Nodes {
		if old := earlier.Nodes[id]; old != nil && old.Compiled && !n.Compiled && old.RawCode == n.RawCode {
			n.Compiled, n.CompiledCode, n.ExtraCTEs, n.ExtraCTEsInjected = true, old.CompiledCode, old.ExtraCTEs, old.ExtraCTEsInjected
		}
	}
	return nil
}

// fingerprint tells states of the project's files apart: names, sizes and times of what a project consists of, and of the
// artifacts that the site shows.
func (p *Project) fingerprint() uint64 {
	h := fnv.New64a()
	add := func(path string, e fs.DirEntry) {
		if info, err := e.Info(); err == nil {
			fmt.Fprintf(h, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
	}
	root := p.project.Root
	_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // it may be gone again
		case e.IsDir():
			name := e.Name()
			if path != root && (path == p.target || strings.HasPrefix(name, ".") || name == "logs" || name == "node_modules") {
				return fs.SkipDir
			}
		case slices.Contains([]string{".sql", ".yml", ".yaml", ".md", ".csv", ".py"}, strings.ToLower(filepath.Ext(path))):
			add(path, e)
		}
		return nil
	})
	entries, err := os.ReadDir(p.target)
	if err != nil {
		return h.Sum64()
	}
	for _, e := range entries {
		// manifest.json and run_results.json are left out: each of our own looks at the project may write them.
		if name := e.Name(); name == "catalog.json" || name == "sources.json" || name == "run_results.json" {
			add(name, e)
		}
	}
	return h.Sum64()
}
