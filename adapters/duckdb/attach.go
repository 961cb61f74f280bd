package duckdb

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Attachment is a further database (dbt-duckdb's Attachment).
type Attachment struct {
	Path, Alias string
	Type        *string
	Secret      *string
	ReadOnly    bool
	Options     map[string]any
	IsDuckLake  *bool
}

func (c *Credentials) readAttach(o *adapter.Output) {
	for i, e := range o.List("attach") {
		m, ok := e.(map[string]any)
		if !ok {
			o.Fail("attach", "entry %d of profile field \"attach\" must be a mapping", i+1)
			return
		}
		r := adapter.NewOutput(m, nil)
		r.Required("path")
		a := Attachment{
			Path: r.String("path", ""), Alias: r.String("alias", ""),
			Type: r.OptionalString("type"), Secret: r.OptionalString("secret"),
			ReadOnly: r.Bool("read_only", false), Options: r.Map("options"),
		}
		if r.Has("is_ducklake") {
			is := r.Bool("is_ducklake", false)
			a.IsDuckLake = &is
		}
		if isMotherDuck(a.Path) {
			r.Fail("path", "MotherDuck is not supported")
		}
		for field, given := range map[string]bool{"type": a.Type != nil, "secret": a.Secret != nil, "read_only": a.ReadOnly} {
			if _, twice := a.Options[field]; given && twice {
				r.Fail(field, "%q is given both directly and in options", field)
			}
		}
		for name, word := range map[string]*string{"type": a.Type, "secret": a.Secret} {
			if word != nil && !plainName.MatchString(*word) {
				r.Fail(name, "%q is not a name", name)
			}
		}
		checkKeys(r, "options", withoutNil(a.Options))
		if err := r.Err(); err != nil {
			o.Fail("attach", "entry %d of profile field \"attach\": %v", i+1, err)
			return
		}
		c.Attach = append(c.Attach, a)
		c.noteSecrets(a.Options)
		for _, found := range passwordInPath.FindAllStringSubmatch(a.Path, -1) {
			c.addSecret(found[1] + found[2] + found[3])
		}
	}
	for _, found := range passwordInPath.FindAllStringSubmatch(c.Path, -1) {
		c.addSecret(found[1] + found[2] + found[3])
	}
}

func withoutNil(m map[string]any) map[string]any {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
	return m
}

// passwordInPath finds the password of a URL or of a libpq string.
var passwordInPath = regexp.MustCompile(`://[^:/@\s]*:([^@/\s]+)@|(?i:password)\s*=\s*(?:'([^']*)'|([^\s']+))`)

// sql is the ATTACH statement. An alias is quoted; dbt pastes it as it is.
func (a Attachment) sql(absolute func(string) string) string {
	path := a.Path
	local := a.Type == nil || strings.EqualFold(*a.Type, "duckdb") || strings.EqualFold(*a.Type, "sqlite")
	if t, ok := a.Options["type"].(string); ok {
		local = strings.EqualFold(t, "duckdb") || strings.EqualFold(t, "sqlite")
	}
	if local {
		path = absolute(path)
	}
	var b strings.Builder
	b.WriteString("ATTACH IF NOT EXISTS " + quoteText(path))
	if a.Alias != "" {
		b.WriteString(" AS " + quoteName(a.Alias))
	}
	var options []string
	word := func(name string, direct *string) {
		if direct != nil {
			options = append(options, strings.ToUpper(name)+" "+*direct)
		} else if v, ok := a.Options[name]; ok && v != nil {
			options = append(options, strings.ToUpper(name)+" "+fmt.Sprint(v))
		}
	}
	word("type", a.Type)
	word("secret", a.Secret)
	if readOnly, _ := a.Options["read_only"].(bool); a.ReadOnly || readOnly {
		options = append(options, "READ_ONLY")
	}
	for _, key := range slices.Sorted(maps.Keys(a.Options)) {
		if key == "type" || key == "secret" || key == "read_only" {
			continue
		}
		switch v := a.Options[key].(type) {
		case nil:
		case bool:
			if v {
				options = append(options, strings.ToUpper(key))
			}
		case string:
			options = append(options, strings.ToUpper(key)+" "+optionText(v))
		default:
			options = append(options, fmt.Sprintf("%s %v", strings.ToUpper(key), v))
		}
	}
	if len(options) > 0 {
		b.WriteString(" (" + strings.Join(options, ", ") + ")")
	}
	return b.String()
}

// optionText quotes a value unless the profile has quoted it.
func optionText(v string) string {
	s := strings.TrimSpace(v)
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return quoteText(strings.ReplaceAll(s[1:len(s)-1], "''", "'"))
	}
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return quoteName(strings.ReplaceAll(s[1:len(s)-1], `""`, `"`))
	}
	return quoteText(v)
}

// attachInfo is `attach` as dbt's target shows it.
func (c *Credentials) attachInfo() any {
	if c.raw["attach"] == nil {
		return nil
	}
	list := make([]any, len(c.Attach))
	for i, a := range c.Attach {
		m := map[string]any{"path": a.Path, "type": nil, "alias": nil, "secret": nil, "read_only": a.ReadOnly, "options": nil, "is_ducklake": nil}
		if a.Type != nil {
			m["type"] = *a.Type
		}
		if a.Alias != "" {
			m["alias"] = a.Alias
		}
		if a.Secret != nil {
			m["secret"] = *a.Secret
		}
		if a.Options != nil {
			m["options"] = a.Options
		}
		if a.IsDuckLake != nil {
			m["is_ducklake"] = *a.IsDuckLake
		}
		list[i] = m
	}
	return list
}

// duckLakes are the databases that live in DuckLake.
func (c *Credentials) duckLakes() map[string]bool {
	lakes := map[string]bool{}
	if c.IsDuckLake || strings.Contains(strings.ToLower(c.Path), "ducklake:") {
		lakes[databaseName(c.Path)] = true
	}
	for _, a := range c.Attach {
		if a.IsDuckLake != nil && *a.IsDuckLake || strings.Contains(strings.ToLower(a.Path), "ducklake:") {
			name := a.Alias
			if name == "" {
				name = databaseName(a.Path)
			}
			lakes[name] = true
		}
	}
	return lakes
}

// readSecrets turns the entries of `secrets` into CREATE SECRET statements
// (dbt-duckdb's Secret).
func (c *Credentials) readSecrets(o *adapter.Output) {
	c.noteSecrets(c.Settings)
	c.noteSecrets(c.ConfigOptions)
	list := slices.Clone(o.List("secrets"))
	if p := c.CredentialProvider; p != nil && *p != "" {
		if *p != "aws" {
			o.Fail("use_credential_provider", "Unsupported value for use_credential_provider: %s", *p)
		}
		list = append(list, map[string]any{"type": "s3", "provider": "credential_chain"})
	}
	for i, e := range list {
		m, ok := e.(map[string]any)
		kind, _ := m["type"].(string)
		if !ok || kind == "" {
			o.Fail("secrets", "entry %d of profile field \"secrets\" must be a mapping with \"type\"", i+1)
			return
		}
		sql, err := secretSQL(m, i)
		if err != nil {
			o.Fail("secrets", "entry %d of profile field \"secrets\": %v", i+1, err)
			return
		}
		c.secretSQL = append(c.secretSQL, sql)
		for key, v := range m {
			switch key {
			case "type", "name", "provider", "scope", "persistent", "region", "endpoint", "url_style", "use_ssl", "chain":
			default:
				c.addSecrets(v)
			}
		}
	}
}

func secretSQL(m map[string]any, i int) (string, error) {
	name, _ := m["name"].(string)
	if name == "" {
		name = fmt.Sprintf("_dbt_secret_%d", i+1)
	}
	persistent := ""
	if p, _ := m["persistent"].(bool); p {
		persistent = " PERSISTENT"
	}
	var params []string
	for _, key := range append([]string{"type", "provider"}, slices.Sorted(maps.Keys(m))...) {
		v := m[key]
		switch {
		case v == nil || key == "name" || key == "persistent" || key == "scope":
			continue
		case !plainName.MatchString(key):
			return "", fmt.Errorf("%q is not a name", key)
		case key == "type" || key == "provider":
			word, ok := v.(string)
			if !ok || !plainName.MatchString(word) {
				return "", fmt.Errorf("%q must be a name", key)
			}
			if p := key + " " + word; !slices.Contains(params, p) {
				params = append(params, p)
			}
			continue
		}
		switch v := v.(type) {
		case map[string]any:
			var pairs []string
			for _, k := range slices.Sorted(maps.Keys(v)) {
				pairs = append(pairs, quoteText(k)+": "+quoteText(fmt.Sprint(v[k])))
			}
			params = append(params, key+" map {"+strings.Join(pairs, ", ")+"}")
		case []any:
			items := make([]string, len(v))
			for i, e := range v {
				items[i] = quoteText(fmt.Sprint(e))
			}
			params = append(params, key+" array ["+strings.Join(items, ", ")+"]")
		default:
			params = append(params, key+" "+quoteText(fmt.Sprint(v)))
		}
	}
	switch scope := m["scope"].(type) {
	case string:
		params = append(params, "scope "+quoteText(scope))
	case []any:
		for _, s := range scope {
			params = append(params, "scope "+quoteText(fmt.Sprint(s)))
		}
	}
	return fmt.Sprintf("CREATE OR REPLACE%s SECRET %s (%s)", persistent, quoteName(name), strings.Join(params, ", ")), nil
}

// noteSecrets remembers the values of options that are named like a secret.
func (c *Credentials) noteSecrets(options map[string]any) {
	for key, v := range options {
		key = strings.ToLower(key)
		for _, word := range []string{"secret", "token", "password", "key_id", "access_key", "connection_string", "encryption_key"} {
			if strings.Contains(key, word) {
				c.addSecrets(v)
				break
			}
		}
	}
}

func (c *Credentials) addSecrets(v any) {
	switch v := v.(type) {
	case string:
		c.addSecret(v)
	case map[string]any:
		for _, e := range v {
			c.addSecrets(e)
		}
	case []any:
		for _, e := range v {
			c.addSecrets(e)
		}
	}
}

func (c *Credentials) addSecret(s string) {
	if s != "" && !slices.Contains(c.secrets, s) {
		c.secrets = append(c.secrets, s)
	}
}

// quoteText makes a string literal: DuckDB has no escapes but the quote.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
