package postgres

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Credentials are the fields of a postgres output as dbt-postgres 1.11 has
// them (PostgresCredentials).
type Credentials struct {
	Host, User, Dbname, SchemaName string
	Port, ConnectTimeout           int
	Role, SearchPath               *string
	KeepalivesIdle                 int
	SSLMode, SSLCert               *string
	SSLKey, SSLRootCert            *string
	ApplicationName                *string
	Autocommit                     bool
	Retries                        int

	password string
	threads  int
}

var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

func readCredentials(output map[string]any) (*Credentials, error) {
	o := adapter.NewOutput(output, map[string]string{"dbname": "database", "pass": "password"})
	o.Required("host", "user", "port", "password", "database", "schema")
	c := &Credentials{
		Host:            o.String("host", ""),
		Port:            o.Int("port", 5432, 0, 65535),
		User:            o.String("user", ""),
		password:        o.String("password", ""),
		Dbname:          o.String("database", ""),
		SchemaName:      o.String("schema", ""),
		ConnectTimeout:  o.Int("connect_timeout", 10, 0, 1<<31-1),
		Role:            o.OptionalString("role"),
		SearchPath:      o.OptionalString("search_path"),
		KeepalivesIdle:  o.Int("keepalives_idle", 0, 0, 1<<31-1),
		SSLMode:         o.OptionalString("sslmode"),
		SSLCert:         o.OptionalString("sslcert"),
		SSLKey:          o.OptionalString("sslkey"),
		SSLRootCert:     o.OptionalString("sslrootcert"),
		ApplicationName: o.OptionalString("application_name"),
		Autocommit:      o.Bool("autocommit", false),
		Retries:         o.Int("retries", 1, 0, 1000),
		threads:         o.Int("threads", 0, 0, 10000),
	}
	if _, given := output["application_name"]; !given {
		name := "dbt"
		c.ApplicationName = &name
	}
	if c.SSLMode != nil && *c.SSLMode != "" && !slices.Contains(sslModes, *c.SSLMode) {
		o.FailHint("sslmode", "one of "+strings.Join(sslModes, ", "), "profile field %q has the unknown mode %q", "sslmode", *c.SSLMode)
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// Database is the database of the session and of every relation.
func (c *Credentials) Database() string { return c.Dbname }

// Schema is the default schema.
func (c *Credentials) Schema() string { return c.SchemaName }

// Threads is the output's `threads`.
func (c *Credentials) Threads() int { return c.threads }

// ConnectionInfo lists dbt-postgres's connection keys in their order.
func (c *Credentials) ConnectionInfo() []adapter.Field {
	return []adapter.Field{
		{Name: "host", Value: c.Host},
		{Name: "port", Value: c.Port},
		{Name: "user", Value: c.User},
		{Name: "database", Value: c.Dbname},
		{Name: "schema", Value: c.SchemaName},
		{Name: "connect_timeout", Value: c.ConnectTimeout},
		{Name: "role", Value: text(c.Role)},
		{Name: "search_path", Value: text(c.SearchPath)},
		{Name: "keepalives_idle", Value: c.KeepalivesIdle},
		{Name: "sslmode", Value: text(c.SSLMode)},
		{Name: "sslcert", Value: text(c.SSLCert)},
		{Name: "sslkey", Value: text(c.SSLKey)},
		{Name: "sslrootcert", Value: text(c.SSLRootCert)},
		{Name: "application_name", Value: text(c.ApplicationName)},
		{Name: "autocommit", Value: c.Autocommit},
		{Name: "retries", Value: c.Retries},
	}
}

// Fields is ConnectionInfo with the alias that dbt's `target` shows.
func (c *Credentials) Fields() []adapter.Field {
	return append(c.ConnectionInfo(), adapter.Field{Name: "dbname", Value: c.Dbname})
}

// Secrets holds the password.
func (c *Credentials) Secrets() []string {
	if c.password == "" {
		return nil
	}
	return []string{c.password}
}

func text(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}
