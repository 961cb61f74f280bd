package postgres

import (
	"context"
	"crypto/md5" // an index name, as dbt makes it
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Methods are the methods that dbt-postgres adds to Jinja's `adapter`.
func (driver) Methods(c adapter.Credentials) map[string]adapter.Method {
	return map[string]adapter.Method{
		"verify_database": func(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
			v, err := adapter.Argument("verify_database", args, kwargs, 0, "database")
			if err != nil {
				return nil, err
			}
			return verifyDatabase(c.Database(), v)
		},
		"parse_index": func(_ context.Context, _ adapter.Session, args []any, kwargs map[string]any) (any, error) {
			v, err := adapter.Argument("parse_index", args, kwargs, 0, "raw_index")
			if err != nil {
				return nil, err
			}
			config, err := adapter.ParseIndex(v, true)
			if config == nil || err != nil {
				return nil, err
			}
			config.Render = func(r adapter.Relation) string { return indexName(config, r, time.Now()) }
			return config, nil
		},
	}
}

// verifyDatabase refuses a reference to another database, which PostgreSQL
// can't serve.
func verifyDatabase(expected string, v any) (any, error) {
	got, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("verify_database: the database is not text")
	}
	if strings.HasPrefix(got, `"`) {
		got = strings.Trim(got, `"`)
	}
	if !strings.EqualFold(got, expected) {
		//lint:ignore ST1005 dbt's words
		return nil, fmt.Errorf("Cross-db references not allowed in postgres (%s vs %s)", got, expected)
	}
	return "", nil
}

// indexName hashes the index with the moment, so that a rebuilt table's index
// doesn't clash with that of the table it replaces (dbt's
// PostgresIndexConfig.render).
func indexName(c *adapter.IndexConfig, r adapter.Relation, now time.Time) string {
	method := c.Type
	if method == "" {
		method = "None"
	}
	unique := "False"
	if c.Unique {
		unique = "True"
	}
	parts := append(append([]string{}, c.Columns...), r.Render(), unique, method,
		now.UTC().Format("2006-01-02T15:04:05.000000"))
	sum := md5.Sum([]byte(strings.Join(parts, "_")))
	return hex.EncodeToString(sum[:])
}
