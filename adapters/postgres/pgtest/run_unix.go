//go:build unix

package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// watch runs the server below a shell whose helper waits for the end of the
// shell's input: the pipe closes when the starting process ends, however it
// ends. SIGQUIT is PostgreSQL's immediate shutdown, for the files are thrown
// away. The word keep leaves them for another try, as does end, a fast shutdown, which
// flushes what was committed.
const watch = `dir=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(
	read -r word <&3
	[ "$word" = end ] && kill -INT $server && exit
	kill -QUIT $server
	[ "$word" = keep ] && exit
	while kill -0 $server; do sleep 0.05; done
	rm -rf "$dir"
) >/dev/null 2>&1 &
exec 3<&-
wait $server
`

// Run starts a server, which the caller must stop. ctx limits the start alone.
func Run(ctx context.Context) (*Server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cred, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := dataFolder(cred)
	if err != nil {
		return nil, err
	}
	s := &Server{Host: "127.0.0.1", User: "postgres", Password: rand.Text()}
	if err := initdb(ctx, bin, dir, s, cred); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	// Another process may take the port between its choice and the start.
	for attempt := 0; ; attempt++ {
		err = launch(ctx, bin, dir, s, cred)
		if err == nil {
			s.start = func(ctx context.Context) error { return launch(ctx, bin, dir, s, cred) }
			return s, nil
		}
		s.Port = 0
		if attempt == 9 || !errors.Is(err, errPortTaken) {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
}

// unprivileged is the user to run as: nil for the present one, which must not
// be root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL doesn't run as root, and there is neither a user postgres nor nobody")
}

// dataFolder makes a folder that the server's user owns. A TMPDIR inside a
// private folder is closed to another user, so /tmp is the second choice.
func dataFolder(cred *syscall.Credential) (string, error) {
	var errs []error
	for _, parent := range []string{"", "/tmp"} {
		dir, err := os.MkdirTemp(parent, "pgtest")
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if cred == nil {
			return dir, nil
		}
		err = os.Chown(dir, int(cred.Uid), int(cred.Gid))
		if err == nil {
			probe := exec.Command("/bin/sh", "-c", `cd "$0" && : >probe && rm probe`, dir)
			probe.Dir = "/"
			probe.SysProcAttr = &syscall.SysProcAttr{Credential: cred}
			err = probe.Run()
		}
		if err == nil {
			return dir, nil
		}
		errs = append(errs, fmt.Errorf("%s is closed to the server's user: %w", dir, err), os.RemoveAll(dir))
	}
	return "", errors.Join(errs...)
}

// ownFolder makes a folder that others may read, or finds the one that this
// user made: programs from anyone else's are not run.
func ownFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || !ok || int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user", path)
	}
	return os.Chmod(path, 0o755)
}

func initdb(ctx context.Context, bin, dir string, s *Server, cred *syscall.Credential) error {
	pwfile := filepath.Join(dir, "password")
	if err := os.WriteFile(pwfile, []byte(s.Password+"\n"), 0o600); err != nil {
		return err
	}
	defer os.Remove(pwfile)
	if cred != nil {
		if err := os.Chown(pwfile, int(cred.Uid), int(cred.Gid)); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"),
		"-D", filepath.Join(dir, "data"), "-U", s.User, "--pwfile", pwfile,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
	cmd.Dir = dir
	cmd.Env = environment(dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// environment is small and fixed, so that a PGPORT or a locale of the user
// changes nothing.
func environment(dir string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C", "TZ=UTC"}
}

var errPortTaken = errors.New("the port is taken")

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// tail keeps the end of what the server printed.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if len(t.buf) > 8192 {
		t.buf = bytes.Clone(t.buf[len(t.buf)-4096:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}

func launch(ctx context.Context, bin, dir string, s *Server, cred *syscall.Credential) error {
	port := s.Port // of a server that starts again
	if port == 0 {
		var err error
		if port, err = freePort(); err != nil {
			return err
		}
		s.Port = port
	}
	cmd := exec.Command("/bin/sh", "-c", watch, "pgtest", dir,
		filepath.Join(bin, "postgres"), "-D", filepath.Join(dir, "data"), "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_connections=200", "-c", "log_min_messages=fatal", "-c", "timezone=UTC",
		"-c", "autovacuum=off", "-c", "jit=off")
	var log tail
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Dir = dir
	cmd.Env = environment(dir)
	// A group of its own: an interrupt from the terminal is for the tests.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred, Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	s.stop = sync.OnceValue(func() error { return end(stdin, exited, dir) })
	s.end = func() error {
		if _, err := io.WriteString(stdin, "end\n"); err != nil {
			return err
		}
		<-exited // which closes stdin
		return nil
	}
	if err := ready(ctx, s, exited); err != nil {
		if strings.Contains(log.String(), "Address already in use") {
			err = errPortTaken
		}
		_, _ = io.WriteString(stdin, "keep\n")
		_ = stdin.Close()
		<-exited
		return fmt.Errorf("start PostgreSQL: %w\n%s", err, log.String())
	}
	return nil
}

// ready waits until the server answers.
func ready(ctx context.Context, s *Server, exited <-chan struct{}) error {
	for {
		conn, err := pgconn.Connect(ctx, s.DSN("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-exited:
			return errors.New("the server ended")
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(25 * time.Millisecond):
		}
	}
}

func end(stdin io.Closer, exited <-chan struct{}, dir string) error {
	_ = stdin.Close()
	select {
	case <-exited:
	case <-time.After(15 * time.Second):
		return errors.New("the server did not stop within 15 s")
	}
	return os.RemoveAll(dir)
}
