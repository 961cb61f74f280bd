//go:build unix

package deniedtest

import (
	"os/exec"
	"syscall"
)

// become lets a command run as nobody.
func become(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}
