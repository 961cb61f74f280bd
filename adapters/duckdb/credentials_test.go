package duckdb_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func TestCredentialsDefaults(t *testing.T) {
	c := credentials(t, map[string]any{"type": "duckdb"})
	// The keys, order and defaults of dbt-duckdb's debug output.
	want := []adapter.Field{
		{Name: "database", Value: "memory"}, {Name: "schema", Value: "main"}, {Name: "path", Value: ":memory:"},
		{Name: "config_options"}, {Name: "extensions"}, {Name: "settings", Value: map[string]any{}},
		{Name: "external_root", Value: "."}, {Name: "use_credential_provider"}, {Name: "attach"},
		{Name: "filesystems"}, {Name: "remote"}, {Name: "plugins"}, {Name: "disable_transactions", Value: false},
	}
	if diff := cmp.Diff(want, c.ConnectionInfo()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDatabaseName(t *testing.T) {
	for path, want := range map[string]string{
		":memory:": "memory", "dev.duckdb": "dev", "a/b/my.db.duckdb": "my", "/x/.hidden.duckdb": "hidden",
		"plain": "plain", "ducklake:meta.ducklake": "meta", "ducklake:sqlite:meta.sqlite": "meta",
	} {
		if got := credentials(t, map[string]any{"path": path}).Database(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestCredentialsErrors(t *testing.T) {
	for _, test := range []struct {
		name, field, text, hint string
		output                  map[string]any
	}{
		{"misspelled", "extentions", `unknown profile field "extentions"`, "extensions", map[string]any{"extentions": []any{}}},
		{"plugins", "plugins", `"plugins" is not supported`, "", map[string]any{"plugins": []any{map[string]any{"module": "excel"}}}},
		{"filesystems", "filesystems", `"filesystems" is not supported`, "", map[string]any{"filesystems": []any{map[string]any{"fs": "s3"}}}},
		{"remote", "remote", `"remote" is not supported`, "", map[string]any{"remote": map[string]any{"host": "h"}}},
		{"motherduck", "path", "MotherDuck", "", map[string]any{"path": "md:my_db"}},
		{"motherduck attached", "attach", "MotherDuck", "", map[string]any{"attach": []any{map[string]any{"path": "md:x"}}}},
		{"motherduck token", "motherduck_token", "not supported", "", map[string]any{"motherduck_token": "hidden-word"}},
		{"other database", "database", "must be set to 'dev' to match the 'path'", "", map[string]any{"path": "dev.duckdb", "database": "prod"}},
		{"no name", "path", "Unable to determine target database name", "", map[string]any{"path": "..."}},
		{"extension", "extensions", "entry 1", "", map[string]any{"extensions": []any{map[string]any{"name": "x"}}}},
		{"setting's name", "settings", "no option of DuckDB", "", map[string]any{"settings": map[string]any{"a = 1; drop": "x"}}},
		{"setting's value", "settings", "must be text, a number or a boolean", "", map[string]any{"settings": map[string]any{"a": []any{}}}},
		{"attach without path", "attach", `missing "path"`, "", map[string]any{"attach": []any{map[string]any{"alias": "x"}}}},
		{"attach twice", "attach", "both directly and in options", "", map[string]any{"attach": []any{map[string]any{"path": "x", "read_only": true, "options": map[string]any{"read_only": true}}}}},
		{"attach type", "attach", "is not a name", "", map[string]any{"attach": []any{map[string]any{"path": "x", "type": "a, b"}}}},
		{"secret", "secrets", `with "type"`, "", map[string]any{"secrets": []any{map[string]any{"token": "hidden-word"}}}},
		{"provider", "use_credential_provider", "Unsupported value", "", map[string]any{"use_credential_provider": "gcp"}},
		{"retries", "retries", "unknown exception", "", map[string]any{"retries": map[string]any{"retryable_exceptions": []any{"NoException"}}}},
		{"retries' field", "retries", `unknown profile field "attempts"`, "", map[string]any{"retries": map[string]any{"attempts": 3}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := duckdb.Driver().Credentials(test.output, adapter.Dirs{})
			var ce *adapter.CredentialsError
			if c != nil || !errors.As(err, &ce) {
				t.Fatalf("got %v, %T %v", c, err, err)
			}
			if ce.Field != test.field || !strings.Contains(ce.Message, test.text) || !strings.Contains(ce.Hint, test.hint) {
				t.Errorf("field %q, message %q, hint %q", ce.Field, ce.Message, ce.Hint)
			}
			if strings.Contains(fmt.Sprintf("%+v", ce), "hidden-word") {
				t.Errorf("a secret is in the error: %+v", ce)
			}
		})
	}
}

func TestSecretsAreMasked(t *testing.T) {
	c := credentials(t, map[string]any{
		"settings":       map[string]any{"s3_secret_access_key": "word-1", "threads": 2},
		"config_options": map[string]any{"some_token": "word-2"},
		"secrets":        []any{map[string]any{"type": "s3", "key_id": "word-3", "secret": "word-4", "region": "eu-west-1"}},
		"attach": []any{
			map[string]any{"path": "postgres://u:word-5@host/db", "type": "postgres", "alias": "pg"},
			map[string]any{"path": "dbname=x password='word-6' host=y", "type": "postgres", "alias": "pg2"},
		},
	})
	shown := fmt.Sprint(c.Fields(), c.ConnectionInfo())
	if strings.Contains(shown, "word-") || !strings.Contains(shown, "*****") {
		t.Errorf("shown: %s", shown)
	}
	for i := 1; i <= 6; i++ {
		word := fmt.Sprint("word-", i)
		if !strings.Contains(fmt.Sprint(c.Secrets()), word) {
			t.Errorf("%s is not among the secrets", word)
		}
	}
	if strings.Contains(fmt.Sprint(c.Secrets()), "eu-west-1") {
		t.Error("a region counts as secret")
	}
}
