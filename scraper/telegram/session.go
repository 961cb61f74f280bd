package telegram

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gotd/td/session"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// sessionKey is the environment variable whose value encrypts the session.
const sessionKey = "GDBT_SESSION_KEY"

// sessionFile keeps a session in a file that only its owner can read. With a key, it
// is sealed with AES-256-GCM:
//
//	"gdbt session 1\n", 16 bytes of salt, 12 of nonce, the sealed text
//
// and the cipher's key is PBKDF2-SHA256 of the key with the salt.
type sessionFile struct {
	path string
	key  string

	mu sync.Mutex
	// salt and derived spare the derivation when the session is stored again.
	salt    []byte
	derived []byte
}

const (
	sealedMark  = "gdbt session 1\n"
	saltSize    = 16
	keyRounds   = 210_000
	cipherBytes = 32
)

func newSessionFile(req source.Request, path string) *sessionFile {
	key := req.Env(sessionKey)
	req.Hide(key)
	return &sessionFile{path: path, key: key}
}

// LoadSession is what gotd reads a session by; session.ErrNotFound when there is none.
func (s *sessionFile) LoadSession(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, session.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	sealed, ok := bytes.CutPrefix(text, []byte(sealedMark))
	if !ok {
		return text, nil
	}
	if s.key == "" {
		return nil, s.bad("the session is encrypted, and %s is not set", sessionKey).WithHint("set it to the key that the session was made with")
	}
	if len(sealed) < saltSize {
		return nil, s.bad("the session is cut off").WithHint(signInAgain)
	}
	seal, err := s.cipher(sealed[:saltSize])
	if err != nil {
		return nil, err
	}
	sealed = sealed[saltSize:]
	if len(sealed) < seal.NonceSize() {
		return nil, s.bad("the session is cut off").WithHint(signInAgain)
	}
	plain, err := seal.Open(nil, sealed[:seal.NonceSize()], sealed[seal.NonceSize():], []byte(sealedMark))
	if err != nil {
		return nil, s.bad("the session can't be decrypted: %s is another key, or the file was changed", sessionKey).
			WithHint("set the key that the session was made with, or sign in again: gdbt source login --force")
	}
	return plain, nil
}

func (s *sessionFile) bad(format string, args ...any) *diag.Diagnostic {
	d := diag.New(diag.RuntimeError, format, args...).WithCode("telegram-session")
	d.File = s.path
	return d
}

// StoreSession is what gotd keeps a session by.
func (s *sessionFile) StoreSession(_ context.Context, plain []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := plain
	if s.key != "" {
		if s.salt == nil {
			s.salt = make([]byte, saltSize)
			_, _ = rand.Read(s.salt) // never fails: it ends the program instead
		}
		seal, err := s.cipher(s.salt)
		if err != nil {
			return err
		}
		nonce := make([]byte, seal.NonceSize())
		_, _ = rand.Read(nonce)
		text = append([]byte(sealedMark), s.salt...)
		text = append(text, nonce...)
		text = seal.Seal(text, nonce, plain, []byte(sealedMark))
	}
	if err := makePrivateDir(filepath.Dir(s.path)); err != nil {
		return err
	}
	part := s.path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o600)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, s.path)
	}
	if err != nil {
		_ = os.Remove(part)
		return fmt.Errorf("the session can't be kept: %w", err)
	}
	return nil
}

// cipher derives the key of a salt; the last one is remembered.
func (s *sessionFile) cipher(salt []byte) (cipher.AEAD, error) {
	if s.derived == nil || !bytes.Equal(salt, s.salt) {
		key, err := pbkdf2.Key(sha256.New, s.key, salt, keyRounds, cipherBytes)
		if err != nil {
			return nil, err
		}
		s.salt, s.derived = bytes.Clone(salt), key
	}
	block, err := aes.NewCipher(s.derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// makePrivateDir makes the folder of the session; git must not take what is in it.
func makePrivateDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600)
}

// lock makes the session this process's own. Two that use one session at once lose
// it: Telegram ends it.
func (s *sessionFile) lock() (*lakewriter.Lock, error) {
	if err := makePrivateDir(filepath.Dir(s.path)); err != nil {
		return nil, err
	}
	l, err := lakewriter.TakeLock(s.path + ".lock")
	var held *lakewriter.HeldError
	if errors.As(err, &held) {
		who := "another process"
		if held.PID != 0 {
			who = fmt.Sprintf("process %d", held.PID)
		}
		d := s.bad("the session is in use by %s", who).WithHint("wait until it has ended, or give this project a session of its own: meta.gdbt.session")
		d.Err = err
		return nil, d
	}
	return l, err
}
