package duckdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	native "github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// warehouse is one database instance with many connections. It opens with the
// first connection.
type warehouse struct {
	creds *Credentials

	mu     sync.Mutex
	db     mapping.Database
	open   bool
	closed bool
	used   int // connections in use
	idle   []mapping.Connection

	keywords sync.Once
	reserved map[string]bool
}

var errClosed = errors.New("duckdb: the warehouse is closed")

// Conn takes an idle connection or makes one.
func (w *warehouse) Conn(ctx context.Context, _ string) (adapter.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, errClosed
	}
	if n := len(w.idle); n > 0 {
		raw := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.used++
		return &conn{w: w, raw: raw}, nil
	}
	first := !w.open
	if first {
		if err := w.openDatabase(ctx); err != nil {
			return nil, err
		}
	}
	c, err := w.connect(ctx, first)
	if err != nil {
		if first {
			mapping.Close(&w.db)
			w.open = false
		}
		return nil, err
	}
	w.used++
	return c, nil
}

// openDatabase opens the file, again and again where the profile says so.
func (w *warehouse) openDatabase(ctx context.Context) error {
	for attempt := 0; ; attempt++ {
		err := w.openOnce()
		if err == nil {
			w.open = true
			return nil
		}
		r := w.creds.Retries
		if r == nil || attempt+1 >= r.ConnectAttempts || !r.retryable(errorClass(err.Error())) {
			return connectError(w.creds, err.Error())
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second << attempt):
		}
	}
}

func (w *warehouse) openOnce() error {
	var config mapping.Config
	if mapping.CreateConfig(&config) == mapping.StateError {
		return errors.New("duckdb: out of memory")
	}
	defer mapping.DestroyConfig(&config)
	options := map[string]any{"duckdb_api": "gdbt"}
	maps.Copy(options, w.creds.ConfigOptions)
	for _, key := range slices.Sorted(maps.Keys(options)) {
		if mapping.SetConfig(config, key, fmt.Sprint(options[key])) == mapping.StateError {
			//lint:ignore ST1005 DuckDB's form
			return fmt.Errorf("Invalid Input Error: config_options.%s is not an option of DuckDB, or its value is wrong", key)
		}
	}
	path := w.creds.file()
	var message string
	var state mapping.State
	if path == ":memory:" || path == "" {
		state = mapping.OpenExt("", &w.db, config, &message)
	} else {
		// The cache is duckdb-go's own, so that every user of the file in this
		// process shares one instance.
		state = mapping.GetOrCreateFromCache(native.GetInstanceCache(), path, &w.db, config, &message)
	}
	if state == mapping.StateError {
		mapping.Close(&w.db)
		return errors.New(message)
	}
	return nil
}

// connect makes a connection and prepares it as dbt-duckdb prepares a cursor;
// the first one also prepares the database.
func (w *warehouse) connect(ctx context.Context, first bool) (*conn, error) {
	c := &conn{w: w}
	if mapping.Connect(w.db, &c.raw) == mapping.StateError {
		return nil, connectError(w.creds, "Connection Error: DuckDB gave no connection")
	}
	run := func(what, sql string) error {
		if _, _, err := c.Execute(ctx, sql, false, 0); err != nil {
			return setupError(w.creds, what, err)
		}
		return nil
	}
	err := func() error {
		if first {
			for _, e := range w.creds.Extensions {
				if err := c.loadExtension(ctx, e); err != nil {
					return setupError(w.creds, "extensions: "+e.Name, err)
				}
			}
			for _, sql := range w.creds.secretSQL {
				if err := run("secrets", sql); err != nil {
					return err
				}
			}
			for i, a := range w.creds.Attach {
				if err := run(fmt.Sprintf("attach: entry %d", i+1), a.sql(w.creds.absolute)); err != nil {
					return err
				}
			}
		}
		// dbt-duckdb leaves the time zone to the machine; here a run gives the
		// same rows anywhere unless the profile names a zone.
		settings := map[string]any{"TimeZone": "UTC"}
		if dir := w.creds.searchPath(); dir != "" {
			settings["file_search_path"] = dir
		}
		for key := range settings {
			for own := range w.creds.Settings {
				if strings.EqualFold(own, key) {
					delete(settings, key)
				}
			}
			for own := range w.creds.ConfigOptions {
				if strings.EqualFold(own, key) {
					delete(settings, key)
				}
			}
		}
		maps.Copy(settings, w.creds.Settings)
		for _, key := range slices.Sorted(maps.Keys(settings)) {
			if err := run("settings: "+key, "SET "+key+" = "+quoteText(settingText(settings[key]))); err != nil {
				return err
			}
		}
		return nil
	}()
	if err != nil {
		mapping.Disconnect(&c.raw)
		return nil, err
	}
	return c, nil
}

func settingText(v any) string { return fmt.Sprint(v) }

// loadExtension loads an extension that is linked in as it is, and installs
// any other first, which may need the network.
func (c *conn) loadExtension(ctx context.Context, e Extension) error {
	if !plainName.MatchString(e.Name) {
		return fmt.Errorf("%q is not the name of an extension", e.Name)
	}
	_, table, err := c.Execute(ctx, "select installed, loaded from duckdb_extensions() where extension_name = $1 or list_contains(aliases, $1)", true, 0, e.Name)
	if err != nil {
		return err
	}
	if table.Len() > 0 && table.Values[1][0] == true {
		return nil
	}
	install := "INSTALL " + e.Name
	if e.Repo != "" {
		repo := e.Repo
		if !plainName.MatchString(repo) {
			repo = quoteText(repo)
		}
		install += " FROM " + repo
	}
	_, _, err = c.Execute(ctx, install+"; LOAD "+e.Name, false, 0)
	return err
}

// release takes a connection back. With keep_open off the last one closes the
// database, so that another process can open the file.
func (w *warehouse) release(raw mapping.Connection) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.used--
	if w.closed {
		mapping.Disconnect(&raw)
	} else {
		w.idle = append(w.idle, raw)
	}
	keep := w.creds.KeepOpen || w.creds.Path == ":memory:" || w.creds.Path == ""
	if w.used == 0 && (w.closed || !keep) {
		w.shut()
	}
}

func (w *warehouse) shut() {
	for i := range w.idle {
		mapping.Disconnect(&w.idle[i])
	}
	w.idle = nil
	if w.open {
		mapping.Close(&w.db)
		w.open = false
	}
}

// Close ends the idle connections. The database closes with the last one that
// is still in use.
func (w *warehouse) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.used == 0 {
		w.shut()
	} else {
		for i := range w.idle {
			mapping.Disconnect(&w.idle[i])
		}
		w.idle = nil
	}
	return nil
}

var (
	lockHolder = regexp.MustCompile(`[Cc]onflicting lock is held in (.*?) ?\(PID (\d+)\)`)
	errorName  = regexp.MustCompile(`^([A-Za-z][A-Za-z ]*?) (?:Error|Exception):`)
)

// errorClass is DuckDB's class of an error text: "Binder", "IO" …
func errorClass(message string) string {
	if m := errorName.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return ""
}

// connectError explains why the database doesn't open.
func connectError(c *Credentials, message string) error {
	e := &adapter.ConnectError{Target: fmt.Sprint(c.mask(c.file())), Err: errors.New(fmt.Sprint(c.mask(strings.TrimSpace(message))))}
	switch {
	case lockHolder.MatchString(message):
		m := lockHolder.FindStringSubmatch(message)
		e.Hint = fmt.Sprintf("process %s (%s) has the database open, and only one process may write to it: end that process, or give this run another `path`", m[2], m[1])
	case strings.Contains(message, "different configuration"):
		e.Hint = "this process has the file open with other `config_options`"
	case strings.Contains(message, "not a valid DuckDB database file"):
		e.Hint = "the file is not a DuckDB database: correct `path` or move the file away"
	case strings.Contains(message, "No such file or directory"):
		e.Hint = "the folder of `path` must exist; relative paths start at the project's folder"
	case strings.Contains(message, "Permission denied"):
		e.Hint = "this user may not write the file or its folder"
	}
	return e
}

// setupError names the profile field whose statement failed. The statement
// itself stays out: it may hold a secret.
func setupError(c *Credentials, field string, err error) error {
	e := &adapter.ConnectError{
		Target: fmt.Sprint(c.mask(c.file())),
		Err:    fmt.Errorf("profile field %s: %s", field, c.mask(err.Error())),
	}
	if strings.HasPrefix(field, "extensions") {
		e.Hint = "core_functions, icu, json and parquet are built in; any other extension is downloaded when it isn't installed"
	}
	return e
}
