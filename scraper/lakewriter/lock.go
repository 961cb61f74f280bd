package lakewriter

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Lock is a file that one process at a time holds. The system lets go of it when
// the process ends, however it ends.
type Lock struct{ f *os.File }

// HeldError says that another process holds a lock.
type HeldError struct {
	Name string
	// PID is the process, 0 when it is not known.
	PID int
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return e.Name + " is held by another process"
	}
	return fmt.Sprintf("%s is held by process %d", e.Name, e.PID)
}

// TakeLock takes the lock of a file, which is made when it is not there. The error
// is a *HeldError when another holds it.
func TakeLock(name string) (*Lock, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	held, err := tryLock(f)
	if err == nil && held {
		text, _ := io.ReadAll(io.LimitReader(f, 32))
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		err = &HeldError{Name: name, PID: pid}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	// The number is for the other's message only.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &Lock{f}, nil
}

// Release lets go. The file stays: removing it would let two hold it.
func (l *Lock) Release() error {
	_ = l.f.Truncate(0)
	return l.f.Close()
}
