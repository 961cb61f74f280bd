package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gdbt-dev/gdbt/adapters/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	server := pgtest.Start(t)
	if again := pgtest.Start(t); again != server {
		t.Error("a second Start made a second server")
	}
	a, b := server.NewDatabase(t), server.NewDatabase(t)
	exec := func(database, sql string) error {
		conn, err := pgconn.Connect(t.Context(), server.DSN(database))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		_, err = conn.Exec(t.Context(), sql).ReadAll()
		return err
	}
	if err := exec(a, "create table only_in_a (x int)"); err != nil {
		t.Fatal(err)
	}
	if err := exec(b, "select * from only_in_a"); err == nil {
		t.Error("the table of one database is visible in another")
	}
}

func TestServerAsksForItsPassword(t *testing.T) {
	server := pgtest.Start(t)
	open := pgtest.Server{Host: server.Host, Port: server.Port, User: server.User}
	open.Password = "wrong"
	if conn, err := pgconn.Connect(t.Context(), open.DSN("postgres")); err == nil {
		conn.Close(t.Context())
		t.Error("a wrong password was accepted")
	}
}

func TestRunAndStop(t *testing.T) {
	server, err := pgtest.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name, err := server.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.DropDatabase(t.Context(), name); err != nil {
		t.Error(err)
	}
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
	if conn, err := pgconn.Connect(t.Context(), server.DSN("postgres")); err == nil {
		conn.Close(t.Context())
		t.Error("the server still answers after Stop")
	}
}

func TestEndAndRestart(t *testing.T) {
	server, err := pgtest.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}()
	name, err := server.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.End(); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgconn.Connect(t.Context(), server.DSN(name)); err == nil {
		conn.Close(t.Context())
		t.Error("the server answers after its end")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgconn.Connect(t.Context(), server.DSN(name))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close(t.Context())
}
