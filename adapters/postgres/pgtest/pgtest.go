// Package pgtest starts a real PostgreSQL server for tests and other programs.
//
// The server's programs are those found on the machine (PATH, pg_config, the
// usual folders), else those that embedded-postgres downloads. It listens on a
// free port of 127.0.0.1 alone, asks for a password, writes nothing durably,
// and ends with the process that started it, even when that is killed. Under
// root it runs as an unprivileged user, because PostgreSQL refuses root.
//
// A test package shares one server:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestX(t *testing.T) {
//		server := pgtest.Start(t)
//		database := server.NewDatabase(t)
//		…
//	}
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Server is a running PostgreSQL server.
type Server struct {
	Host     string
	Port     int
	User     string
	Password string

	stop, end func() error
	start     func(context.Context) error
	databases atomic.Int64
}

// DSN is the URL of a database of the server, with the password.
func (s *Server) DSN(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(s.User, s.Password),
		Host: s.Host + ":" + strconv.Itoa(s.Port), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// CreateDatabase makes an empty database and returns its name.
func (s *Server) CreateDatabase(ctx context.Context) (string, error) {
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	return name, s.exec(ctx, "create database "+name)
}

// DropDatabase removes a database and ends its sessions.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	return s.exec(ctx, "drop database if exists "+name+" with (force)")
}

// NewDatabase makes an empty database for one test and removes it at its end.
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	name, err := s.CreateDatabase(t.Context())
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.DropDatabase(context.Background(), name); err != nil {
			t.Logf("pgtest: %v", err)
		}
	})
	return name
}

// End shuts the server down, which ends its sessions. Its files stay, see
// Restart.
func (s *Server) End() error { return s.end() }

// Restart starts a server that was ended, on the port that it had.
func (s *Server) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		// Until the last process of the server is gone its memory is in use.
		err := s.start(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Stop ends the server and removes its files.
func (s *Server) Stop() error { return s.stop() }

func (s *Server) exec(ctx context.Context, sql string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	conn, err := pgconn.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql).ReadAll()
	return err
}

// shared is the server of a test binary: tests run in one process and share
// nothing else to hang it on.
var shared struct {
	sync.Mutex
	inMain bool
	server *Server
	err    error
}

// Main runs the tests of a package and then stops the server that they shared.
// It is all that TestMain has to call, and it exits the process.
func Main(m *testing.M) {
	shared.Lock()
	shared.inMain = true
	shared.Unlock()
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
		}
	}
	os.Exit(code)
}

// Start returns the server of this test binary under [Main], started by the
// first test that asks; without Main it starts one for this test alone. The
// test fails when there is no server to be had.
func Start(t testing.TB) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.inMain {
		s, err := Run(context.Background())
		if err != nil {
			t.Fatalf("pgtest: %v", err)
		}
		t.Cleanup(func() {
			if err := s.Stop(); err != nil {
				t.Logf("pgtest: %v", err)
			}
		})
		return s
	}
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = Run(context.Background())
	}
	if shared.err != nil {
		t.Fatalf("pgtest: %v", shared.err)
	}
	return shared.server
}
