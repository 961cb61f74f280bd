package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/gdbt-dev/gdbt/adapters/postgres"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// newDatabase drops and creates the PostgreSQL database in which the packages build.
func newDatabase(ctx context.Context) error {
	port, err := strconv.Atoi(cmp.Or(os.Getenv("PGPORT"), "5432"))
	if err != nil {
		return fmt.Errorf("PGPORT: %w", err)
	}
	driver := postgres.Driver()
	creds, err := driver.Credentials(map[string]any{"host": os.Getenv("PGHOST"), "port": int64(port), "user": os.Getenv("PGUSER"),
		"password": os.Getenv("PGPASSWORD"), "dbname": "postgres", "schema": "public"}, adapter.Dirs{})
	if err != nil {
		return err
	}
	w, err := driver.Open(ctx, creds)
	if err != nil {
		return err
	}
	defer w.Close()
	conn, err := w.Conn(ctx, "packages")
	if err != nil {
		return err
	}
	defer conn.Release()
	for _, sql := range []string{"drop database if exists " + database + " with (force)", "create database " + database} {
		if _, _, err := conn.Execute(ctx, sql, false, 0); err != nil {
			return err
		}
	}
	return nil
}
