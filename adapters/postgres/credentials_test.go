package postgres_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/adapters/postgres"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func minimal() map[string]any {
	return map[string]any{
		"type": "postgres", "host": "db.example.org", "port": 5432, "user": "u",
		"password": "hidden-word", "dbname": "d", "schema": "s",
	}
}

func TestCredentials(t *testing.T) {
	c, err := postgres.Driver().Credentials(minimal(), adapter.Dirs{})
	if err != nil {
		t.Fatal(err)
	}
	// The keys, order and defaults of dbt-postgres's debug output.
	want := []adapter.Field{
		{Name: "host", Value: "db.example.org"}, {Name: "port", Value: 5432}, {Name: "user", Value: "u"},
		{Name: "database", Value: "d"}, {Name: "schema", Value: "s"}, {Name: "connect_timeout", Value: 10},
		{Name: "role"}, {Name: "search_path"}, {Name: "keepalives_idle", Value: 0},
		{Name: "sslmode"}, {Name: "sslcert"}, {Name: "sslkey"}, {Name: "sslrootcert"},
		{Name: "application_name", Value: "dbt"}, {Name: "autocommit", Value: false}, {Name: "retries", Value: 1},
	}
	if diff := cmp.Diff(want, c.ConnectionInfo()); diff != "" {
		t.Errorf("ConnectionInfo (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(append(want, adapter.Field{Name: "dbname", Value: "d"}), c.Fields()); diff != "" {
		t.Errorf("Fields (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"hidden-word"}, c.Secrets()); diff != "" {
		t.Errorf("Secrets (-want +got):\n%s", diff)
	}
}

func TestCredentialsErrors(t *testing.T) {
	for _, test := range []struct {
		name, field, text, hint string
		change                  map[string]any
	}{
		{"missing host", "host", `missing "host"`, "", map[string]any{"host": nil}},
		{"missing two", "user", `missing "user", "database"`, "", map[string]any{"user": nil, "dbname": nil}},
		{"misspelled", "serach_path", `unknown profile field "serach_path"`, "search_path", map[string]any{"serach_path": "x"}},
		{"port as a word", "port", "must be a whole number, not text", "", map[string]any{"port": "abc"}},
		{"port too high", "port", "between 0 and 65535", "", map[string]any{"port": 70000}},
		{"password as a list", "password", "must be text, not a list", "", map[string]any{"password": []any{"hidden-word"}}},
		{"both aliases", "password", "twice", "", map[string]any{"pass": "other"}},
		{"mode", "sslmode", `unknown mode "sometimes"`, "verify-full", map[string]any{"sslmode": "sometimes"}},
		{"boolean", "autocommit", "true or false", "", map[string]any{"autocommit": "perhaps"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := minimal()
			maps.Copy(o, test.change)
			c, err := postgres.Driver().Credentials(o, adapter.Dirs{})
			var ce *adapter.CredentialsError
			if c != nil || !errors.As(err, &ce) {
				t.Fatalf("got %v, %T %v", c, err, err)
			}
			if ce.Field != test.field || !strings.Contains(ce.Message, test.text) || !strings.Contains(ce.Hint, test.hint) {
				t.Errorf("field %q, message %q, hint %q", ce.Field, ce.Message, ce.Hint)
			}
			if strings.Contains(fmt.Sprintf("%+v", ce), "hidden-word") {
				t.Errorf("the password is in the error: %+v", ce)
			}
		})
	}
}

// What an environment variable gives is text.
func TestCredentialsTakeNumbersAsText(t *testing.T) {
	o := minimal()
	maps.Copy(o, map[string]any{"port": "6432", "connect_timeout": "3", "autocommit": "true", "threads": "8"})
	c, err := postgres.Driver().Credentials(o, adapter.Dirs{})
	if err != nil {
		t.Fatal(err)
	}
	pg := c.(*postgres.Credentials)
	if pg.Port != 6432 || pg.ConnectTimeout != 3 || !pg.Autocommit || pg.Threads() != 8 {
		t.Errorf("%+v", pg)
	}
}
