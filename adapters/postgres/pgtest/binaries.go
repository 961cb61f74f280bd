package pgtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// findBinaries returns the folder that holds initdb and postgres.
func findBinaries() (string, error) {
	for _, dir := range candidates() {
		if hasServer(dir) {
			return dir, nil
		}
	}
	return download()
}

func hasServer(dir string) bool {
	for _, program := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, program))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// candidates lists folders that may hold a server, likeliest first, newer
// versions before older ones.
func candidates() []string {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
		dirs = append(dirs, filepath.Dir(path))
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/usr/local/pgsql/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		found, _ := filepath.Glob(pattern)
		slices.SortFunc(found, func(a, b string) int { return versionIn(b) - versionIn(a) })
		dirs = append(dirs, found...)
	}
	return dirs
}

// versionIn is the first number of a path, 0 when it has none.
func versionIn(path string) int {
	start := strings.IndexAny(path, "0123456789")
	if start < 0 {
		return 0
	}
	end := start
	for end < len(path) && path[end] >= '0' && path[end] <= '9' {
		end++
	}
	n, _ := strconv.Atoi(path[start:end])
	return n
}

// download has embedded-postgres fetch and unpack a server into a folder that
// any user can read. Its own start is of use only for that: it can't drop
// root's rights, so whether it succeeds doesn't matter.
func download() (string, error) {
	root := filepath.Join(os.TempDir(), fmt.Sprintf("gdbt-pgtest-binaries-%d", os.Geteuid()))
	if err := ownFolder(root); err != nil {
		return "", err
	}
	bin := filepath.Join(root, "bin")
	if hasServer(bin) {
		return bin, nil
	}
	runtime, err := os.MkdirTemp("", "pgtest-download")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(runtime)
	port, err := freePort()
	if err != nil {
		return "", err
	}
	server := embedded.NewDatabase(embedded.DefaultConfig().
		BinariesPath(root).CachePath(filepath.Join(root, "archive")).
		RuntimePath(runtime).Port(uint32(port)).Logger(io.Discard))
	startErr := server.Start()
	if startErr == nil {
		if err := server.Stop(); err != nil {
			return "", fmt.Errorf("stop the downloaded server: %w", err)
		}
	}
	if !hasServer(bin) {
		return "", errors.Join(
			errors.New("no PostgreSQL server on this machine (looked for initdb and postgres), and none could be downloaded"),
			startErr)
	}
	return bin, nil
}
