package duckdb

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Credentials are the fields of a duckdb output as dbt-duckdb 1.11 has them
// (DuckDBCredentials), without those that need Python or MotherDuck.
type Credentials struct {
	Dbname, SchemaName  string
	Path                string // as in the profile
	ConfigOptions       map[string]any
	Extensions          []Extension
	Settings            map[string]any
	ExternalRoot        string
	CredentialProvider  *string
	Attach              []Attachment
	WithoutTransactions bool
	KeepOpen            bool
	Retries             *Retries
	IsDuckLake          bool

	secretSQL  []string
	secrets    []string
	raw        map[string]any // the output's extensions and attach as given, for `target`
	projectDir string
	threads    int
}

// Extension is installed and loaded when the database opens.
type Extension struct{ Name, Repo string }

// Retries tells how often to try again (dbt-duckdb's Retries).
type Retries struct {
	ConnectAttempts, QueryAttempts int
	Exceptions                     []string
}

// supportedExceptions maps the Python names that `retryable_exceptions` lists
// to DuckDB's error classes.
var supportedExceptions = map[string]string{
	"IOException": "IO", "HTTPException": "HTTP", "TransactionException": "TransactionContext",
	"ConnectionException": "Connection", "InternalException": "INTERNAL", "FatalException": "FATAL",
	"ConstraintException": "Constraint", "CatalogException": "Catalog", "BinderException": "Binder",
	"ConversionException": "Conversion", "OutOfMemoryException": "Out of Memory",
	"InvalidInputException": "Invalid Input", "PermissionException": "Permission",
	"InterruptException": "INTERRUPT", "ParserException": "Parser", "SerializationException": "Serialization",
}

func readCredentials(output map[string]any, dirs adapter.Dirs) (*Credentials, error) {
	o := adapter.NewOutput(output, nil)
	c := &Credentials{
		SchemaName:          o.String("schema", "main"),
		Path:                o.String("path", ":memory:"),
		ConfigOptions:       o.Map("config_options"),
		Settings:            o.Map("settings"),
		ExternalRoot:        o.String("external_root", "."),
		CredentialProvider:  o.OptionalString("use_credential_provider"),
		WithoutTransactions: o.Bool("disable_transactions", false),
		KeepOpen:            o.Bool("keep_open", true),
		IsDuckLake:          o.Bool("is_ducklake", false),
		threads:             o.Int("threads", 0, 0, 10000),
		projectDir:          dirs.Project,
		raw:                 map[string]any{"extensions": o.Value("extensions"), "attach": o.Value("attach")},
	}
	c.Settings = maps.Clone(c.Settings)
	if c.Settings == nil {
		c.Settings = map[string]any{}
	}
	for field, why := range map[string]string{
		"plugins":          "dbt-duckdb's plugins are Python modules",
		"filesystems":      "they are Python fsspec modules; use the httpfs extension with `secrets`",
		"module_paths":     "they are folders of Python modules",
		"remote":           "only databases of this process can be used",
		"flights":          "MotherDuck is not available",
		"motherduck_token": "MotherDuck is not available",
	} {
		o.Unsupported(field, why)
	}
	checkKeys(o, "config_options", c.ConfigOptions)
	checkKeys(o, "settings", c.Settings)
	c.readExtensions(o)
	c.readAttach(o)
	c.readSecrets(o)
	c.readRetries(o)
	c.Dbname = o.String("database", "")
	if isMotherDuck(c.Path) {
		o.Fail("path", "profile field \"path\" names a MotherDuck database, which is not supported")
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	return c, c.checkDatabase()
}

// checkDatabase derives the database's name from the path, and refuses another
// one in the profile unless an attached database has it.
func (c *Credentials) checkDatabase() error {
	derived := databaseName(c.Path)
	switch {
	case derived == "":
		return &adapter.CredentialsError{Field: "path", Message: "Unable to determine target database name from 'path' field in profile"}
	case c.Dbname == "":
		c.Dbname = derived
	case c.Dbname != derived && !slices.ContainsFunc(c.Attach, func(a Attachment) bool { return a.Alias == c.Dbname }):
		return &adapter.CredentialsError{Field: "database", Message: fmt.Sprintf(
			"Inconsistency detected between 'path' and 'database' fields in profile; the 'database' property must be set to '%s' to match the 'path'", derived)}
	}
	return nil
}

// databaseName is the catalog that DuckDB makes of a path: the first part of
// the file's name.
func databaseName(path string) string {
	if path == "" || path == ":memory:" {
		return "memory"
	}
	if rest, ok := cutFold(path, "ducklake:"); ok {
		base := filepath.Base(rest)
		base = strings.TrimSuffix(base, filepath.Ext(base))
		if i := strings.LastIndexByte(base, ':'); i >= 0 {
			base = base[i+1:]
		}
		return base
	}
	path, _, _ = strings.Cut(path, "?")
	base := strings.TrimLeft(filepath.Base(path), ".")
	name, _, _ := strings.Cut(base, ".")
	return name
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

func isMotherDuck(path string) bool {
	scheme, _, ok := strings.Cut(path, ":")
	return ok && (scheme == "md" || scheme == "motherduck")
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
	scheme    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`)
)

// checkKeys refuses names that would be pasted into SQL.
func checkKeys(o *adapter.Output, field string, m map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if !plainName.MatchString(key) {
			o.Fail(field, "profile field %q has the name %q, which is no option of DuckDB", field, key)
		}
		switch m[key].(type) {
		case string, bool, int, int64, float64:
		default:
			o.Fail(field, "the value of %s.%s must be text, a number or a boolean", field, key)
		}
	}
}

func (c *Credentials) readExtensions(o *adapter.Output) {
	for i, e := range o.List("extensions") {
		var ext Extension
		switch e := e.(type) {
		case string:
			ext.Name = e
		case map[string]any:
			ext.Name, _ = e["name"].(string)
			ext.Repo, _ = e["repo"].(string)
			if ext.Name == "" || ext.Repo == "" || len(e) != 2 {
				o.Fail("extensions", "entry %d of profile field \"extensions\" must have \"name\" and \"repo\", and nothing else", i+1)
			}
		default:
			o.Fail("extensions", "entry %d of profile field \"extensions\" must be a name, or a mapping with name and repo", i+1)
		}
		c.Extensions = append(c.Extensions, ext)
	}
}

func (c *Credentials) readRetries(o *adapter.Output) {
	m := o.Map("retries")
	if m == nil {
		return
	}
	r := adapter.NewOutput(m, nil)
	c.Retries = &Retries{
		ConnectAttempts: r.Int("connect_attempts", 1, 1, 100),
		QueryAttempts:   r.Int("query_attempts", 0, 0, 100),
		Exceptions:      []string{"IOException"},
	}
	if list := r.List("retryable_exceptions"); list != nil {
		c.Retries.Exceptions = nil
		for _, e := range list {
			name, _ := e.(string)
			if supportedExceptions[name] == "" {
				r.Fail("retryable_exceptions", "retries.retryable_exceptions has the unknown exception %q", name)
			}
			c.Retries.Exceptions = append(c.Retries.Exceptions, name)
		}
	}
	if err := r.Err(); err != nil {
		o.Fail("retries", "profile field \"retries\": %v", err)
	}
}

// retryable tells whether the profile wants another try after an error.
func (r *Retries) retryable(code string) bool {
	return r != nil && slices.ContainsFunc(r.Exceptions, func(name string) bool { return supportedExceptions[name] == code })
}

// file is the database's place: relative paths start at the project, which is
// where dbt changes to before it connects.
func (c *Credentials) file() string { return c.absolute(c.Path) }

func (c *Credentials) absolute(path string) string {
	if path == "" || path == ":memory:" || strings.HasPrefix(path, "~") || filepath.IsAbs(path) || scheme.MatchString(path) {
		return path
	}
	if c.projectDir != "" {
		path = filepath.Join(c.projectDir, path)
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// searchPath is the project's folder when the process runs elsewhere: relative
// paths in a model's read_csv start there in dbt.
func (c *Credentials) searchPath() string {
	if c.projectDir == "" {
		return ""
	}
	abs, err := filepath.Abs(c.projectDir)
	if err != nil {
		return ""
	}
	if cwd, err := os.Getwd(); err == nil && cwd == abs || strings.Contains(abs, ",") {
		return ""
	}
	return abs
}

// Database is the catalog of the models.
func (c *Credentials) Database() string { return c.Dbname }

// Schema is the default schema.
func (c *Credentials) Schema() string { return c.SchemaName }

// Threads is the output's `threads`.
func (c *Credentials) Threads() int { return c.threads }

// DisableTransactions is the profile's disable_transactions.
func (c *Credentials) DisableTransactions() bool { return c.WithoutTransactions }

// ConnectionInfo lists dbt-duckdb's connection keys in their order. Secret
// values are masked.
func (c *Credentials) ConnectionInfo() []adapter.Field {
	mask := func(v any) any { return c.mask(v) }
	var provider any
	if c.CredentialProvider != nil {
		provider = *c.CredentialProvider
	}
	var options any
	if c.ConfigOptions != nil {
		options = mask(c.ConfigOptions)
	}
	return []adapter.Field{
		{Name: "database", Value: c.Dbname},
		{Name: "schema", Value: c.SchemaName},
		{Name: "path", Value: mask(c.Path)},
		{Name: "config_options", Value: options},
		{Name: "extensions", Value: c.raw["extensions"]},
		{Name: "settings", Value: mask(c.Settings)},
		{Name: "external_root", Value: c.ExternalRoot},
		{Name: "use_credential_provider", Value: provider},
		{Name: "attach", Value: mask(c.attachInfo())},
		{Name: "filesystems", Value: nil},
		{Name: "remote", Value: nil},
		{Name: "plugins", Value: nil},
		{Name: "disable_transactions", Value: c.WithoutTransactions},
	}
}

// Fields is what dbt's `target` shows of the credentials.
func (c *Credentials) Fields() []adapter.Field { return c.ConnectionInfo() }

// Secrets are the values of `secrets`, of options that are named like one, and
// the passwords in attached paths.
func (c *Credentials) Secrets() []string { return slices.Clone(c.secrets) }

func (c *Credentials) mask(v any) any {
	switch v := v.(type) {
	case string:
		for _, s := range c.secrets {
			v = strings.ReplaceAll(v, s, "*****")
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = c.mask(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = c.mask(e)
		}
		return out
	default:
		return v
	}
}
