package event

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// LogFile is a file that is put aside when it grows too big: dbt.log becomes dbt.log.1, that dbt.log.2, and so on up to
// Backups. The file and its folder are made at the first write, so that a command that logs nothing leaves nothing.
type LogFile struct {
	// Path of the file.
	Path string
	// MaxBytes is the size that the file doesn't exceed (dbt's --log-file-max-bytes, 10 MiB); 0 never rotates.
	MaxBytes int64
	// Backups is how many old files are kept; dbt keeps 5.
	Backups int

	mu   sync.Mutex
	file *os.File
	size int64
}

// Write appends p, which must hold whole lines. After a failed write the file is closed and tried again by the next one.
func (l *LogFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		if err := l.open(); err != nil {
			return 0, err
		}
	}
	if l.MaxBytes > 0 && l.size > 0 && l.size+int64(len(p)) > l.MaxBytes {
		if err := l.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(p)
	l.size += int64(n)
	if err != nil {
		_ = l.file.Close()
		l.file = nil
	}
	return n, err
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
	err := l.file.Close()
	l.file = nil
	if err != nil {
		return err
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

// Close ends the file.
func (l *LogFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
