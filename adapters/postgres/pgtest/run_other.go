//go:build !unix

package pgtest

import (
	"context"
	"errors"
	"net"
	"os"
)

// Run is not available here.
func Run(context.Context) (*Server, error) {
	return nil, errors.New("a PostgreSQL server for tests can be started on Unix systems only")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func ownFolder(path string) error { return os.MkdirAll(path, 0o755) }
