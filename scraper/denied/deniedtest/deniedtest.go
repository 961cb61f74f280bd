// Package deniedtest runs tests of file modes, which mean nothing to root, as
// somebody else.
package deniedtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// AsUser tells whether the test runs as a user whom modes keep out. As root it runs
// the test of this name once more in a process of another user, fails where that one
// fails, and gives false: the caller then returns.
func AsUser(t *testing.T) bool {
	t.Helper()
	if os.Getuid() != 0 {
		return true
	}
	// What root's temporary folders hold nobody else can open.
	dir, err := os.MkdirTemp("", "deniedtest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	own := filepath.Join(dir, "tmp")
	program, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "test"), program, 0o755)
	}
	if err == nil {
		err = os.Mkdir(own, 0o755)
	}
	for _, name := range []string{dir, filepath.Join(dir, "test")} {
		if err == nil {
			err = os.Chmod(name, 0o755)
		}
	}
	if err == nil {
		err = os.Chown(own, nobody, nobody)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "test"), "-test.v", "-test.run", "^"+t.Name()+"$")
	cmd.Dir, cmd.Env = own, append(os.Environ(), "TMPDIR="+own, "HOME="+own)
	become(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("--- PASS: %s ", t.Name())) {
		t.Errorf("as another user: %v\n%s", err, out)
	}
	return false
}

const nobody = 65534
