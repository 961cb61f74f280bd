//go:build unix

package deps

import (
	"os/exec"
	"syscall"
)

// alone gives git a session of its own: what it starts can't ask at the terminal, and ends with it.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
