package event

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// LogFile is a file that is put aside when it grows too big: dbt.log becomes dbt.log.1, that dbt.log.2, and so on up to
// Backups. The file and its folder are made at the first write, so that a command that logs nothing leaves nothing.
//
// Writes are gathered, for a run logs a few thousand lines: they reach the file when a buffer is full, after flushDelay,
// with Flush, and with Close. Errors come with the flush that met them; Close gives the first one.
type LogFile struct {
	// Path of the file.
	Path string
	// MaxBytes is the size that the file doesn't reach (dbt's --log-file-max-bytes, 10 MiB); 0 never rotates.
	MaxBytes int64
	// Backups is how many old files are kept; dbt keeps 5.
	Backups int

	mu   sync.Mutex
	file *os.File
	// size counts what is in the file, buf what goes there next.
	size int64
	buf  []byte
	// timer flushes what nobody else does; waiting tells that it is set.
	timer   *time.Timer
	waiting bool
	// failed is the first error.
	failed error
}

const (
	// flushDelay is how old a line gets that is not in the file yet.
	flushDelay  = 100 * time.Millisecond
	flushBuffer = 64 << 10
)

// Write appends p, which must hold whole lines.
func (l *LogFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		if err := l.open(); err != nil {
			return 0, l.fail(err)
		}
	}
	if pending := int64(len(l.buf)); l.MaxBytes > 0 && l.size+pending > 0 && l.size+pending+int64(len(p)) >= l.MaxBytes {
		if err := l.flush(); err != nil {
			return 0, err
		}
		if err := l.rotate(); err != nil {
			return 0, l.fail(err)
		}
	}
	if len(l.buf)+len(p) > flushBuffer {
		if err := l.flush(); err != nil {
			return 0, err
		}
	}
	if l.buf == nil {
		l.buf = make([]byte, 0, flushBuffer)
	}
	l.buf = append(l.buf, p...)
	if !l.waiting {
		l.waiting = true
		if l.timer == nil {
			l.timer = time.AfterFunc(flushDelay, func() { _ = l.Flush() })
		} else {
			l.timer.Reset(flushDelay)
		}
	}
	return len(p), nil
}

// Flush writes what was gathered.
func (l *LogFile) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = false
	return l.flush()
}

// flush loses what can't be written: a log must not fill the memory. The next write tries the file again.
func (l *LogFile) flush() error {
	if len(l.buf) == 0 || l.file == nil {
		return nil
	}
	n, err := l.file.Write(l.buf)
	l.size += int64(n)
	l.buf = l.buf[:0]
	if err != nil {
		_ = l.file.Close()
		l.file = nil
		return l.fail(err)
	}
	return nil
}

func (l *LogFile) fail(err error) error {
	if l.failed == nil {
		l.failed = err
	}
	return err
}

func (l *LogFile) open() error {
	if err := os.MkdirAll(filepath.Dir(l.Path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(l.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return err
	}
	l.file, l.size = f, st.Size()
	return nil
}

func (l *LogFile) rotate() error {
	if l.file != nil {
		err := l.file.Close()
		l.file = nil
		if err != nil {
			return err
		}
	}
	if l.Backups < 1 {
		if err := os.Remove(l.Path); err != nil {
			return err
		}
		return l.open()
	}
	for i := l.Backups - 1; i > 0; i-- {
		err := os.Rename(fmt.Sprintf("%s.%d", l.Path, i), fmt.Sprintf("%s.%d", l.Path, i+1))
		if err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	if err := os.Rename(l.Path, l.Path+".1"); err != nil {
		return err
	}
	return l.open()
}

// Close writes what was gathered and ends the file. It gives the first error that any write met.
func (l *LogFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
	}
	_ = l.flush()
	if l.file != nil {
		if err := l.file.Close(); err != nil {
			_ = l.fail(err)
		}
		l.file = nil
	}
	return l.failed
}
