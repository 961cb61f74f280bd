package tdesktop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// chat is one chat of a file, without its messages.
type chat struct {
	Name, Type string
	ID         int64

	// nth is its place among the chats of the file; messages is where the list of its messages begins, -1 without one.
	nth      int
	messages int64
	// dir is where the files of its messages lie; tdl tells that tdl wrote it.
	dir string
	tdl bool
	// broken is the first message that is no message; nothing of the chat is taken then.
	broken error
}

// survey reads a file once for its chats: one of an export of one chat, all channels
// and supergroups of an export of a whole account. Talks with people are nobody
// else's business and stay out. All messages are looked at, so that what is broken is
// known before anything of it is taken.
func survey(file string) ([]chat, error) {
	var broken []error // by nth
	s, err := walk(file, func(nth int, m *message) error {
		for len(broken) <= nth {
			broken = append(broken, nil)
		}
		if broken[nth] == nil {
			_, broken[nth] = m.record(chat{}, time.Time{})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []chat
	switch {
	case s.account:
		for _, c := range s.chats {
			if strings.HasSuffix(c.Type, "_channel") || strings.HasSuffix(c.Type, "_supergroup") {
				out = append(out, c)
			}
		}
		if len(out) == 0 {
			return nil, errors.New("it is the export of an account without a channel")
		}
	case !s.messages || s.chats[0].Name == "" && s.chats[0].ID == 0:
		return nil, errors.New("it is no export of a chat: it has no name or no messages")
	default:
		out = s.chats
	}
	for i := range out {
		c := &out[i]
		c.dir = filepath.Dir(file)
		if c.Name == "" {
			c.Name, c.tdl = tdlName(file), true
		}
		if c.nth < len(broken) {
			c.broken = broken[c.nth]
		}
	}
	return out, nil
}

// each calls f with the messages of a chat, one after the other. It reads no more of the file than them.
func (c chat) each(file string, f func(*message) error) error {
	if c.messages < 0 {
		return nil
	}
	src, err := os.Open(file)
	if err != nil {
		return err
	}
	defer src.Close()
	if _, err := src.Seek(c.messages, io.SeekStart); err != nil {
		return err
	}
	s := &stream{dec: json.NewDecoder(src)}
	_, err = s.list(func() error {
		var m message
		if err := s.dec.Decode(&m); err != nil {
			return fmt.Errorf("the file changed while it was read: %w", err)
		}
		return f(&m)
	})
	return err
}

// walk reads a file from its beginning to its end and calls f with each message as it
// comes by; memory is that of one message. nth counts the chats. Errors of the
// file tell the line, those of f come back as they are.
func walk(file string, f func(nth int, m *message) error) (*stream, error) {
	src, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	s := &stream{dec: json.NewDecoder(src), message: f, value: -1}
	err = s.document()
	var own *ownError
	switch {
	case err == nil:
		return s, nil
	case errors.As(err, &own):
		return nil, own.error
	}
	return nil, s.place(src, err)
}

// ownError is an error of walk's caller.
type ownError struct{ error }

// stream is a file on its way through a decoder.
type stream struct {
	dec     *json.Decoder
	message func(nth int, m *message) error
	// value is where the value begins that can't be decoded, -1 without one.
	value int64
	// opened is where the last list begins.
	opened int64

	chats    []chat
	account  bool // the file has a list of chats
	messages bool // the document itself has messages
}

// document reads the whole file: an account with chats, or a chat.
func (s *stream) document() error {
	s.chats = []chat{{messages: -1}}
	err := s.object(func(key string) error {
		switch {
		case s.account:
			return s.skip()
		case key != "chats":
			there, err := s.chatMember(0, key)
			s.messages = s.messages || there
			return err
		}
		s.account, s.chats = true, nil
		return s.object(func(key string) error {
			if key != "list" {
				return s.skip()
			}
			_, err := s.list(func() error {
				nth := len(s.chats)
				s.chats = append(s.chats, chat{nth: nth, messages: -1})
				return s.object(func(key string) error {
					_, err := s.chatMember(nth, key)
					return err
				})
			})
			return err
		})
	})
	if err != nil {
		return err
	}
	if _, err := s.dec.Token(); err != io.EOF {
		return errors.New("there is more behind the end of the export")
	}
	return nil
}

// chatMember reads one member of a chat, and tells whether it was its messages.
func (s *stream) chatMember(nth int, key string) (messages bool, err error) {
	c := &s.chats[nth]
	switch key {
	case "name":
		return false, s.decode(&c.Name)
	case "type":
		return false, s.decode(&c.Type)
	case "id":
		return false, s.decode(&c.ID)
	case "messages":
		return s.list(func() error {
			if c := &s.chats[nth]; c.messages < 0 {
				c.messages = s.opened
			}
			var m message
			if err := s.decode(&m); err != nil {
				return err
			}
			if err := s.message(nth, &m); err != nil {
				return &ownError{err}
			}
			return nil
		})
	}
	return false, s.skip()
}

func (s *stream) decode(v any) error {
	s.value = s.dec.InputOffset()
	err := s.dec.Decode(v)
	if err == nil {
		s.value = -1
	}
	return err
}

// object reads an object; f must read the value of each key.
func (s *stream) object(f func(key string) error) error {
	if t, err := s.dec.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return unexpected("an object", t)
	}
	for s.dec.More() {
		key, err := s.dec.Token()
		if err != nil {
			return err
		}
		if err := f(key.(string)); err != nil { // the decoder takes no other key
			return err
		}
	}
	_, err := s.dec.Token()
	return err
}

// list reads a list, and tells whether it was one and not null; f must read each value.
func (s *stream) list(f func() error) (bool, error) {
	t, err := s.dec.Token()
	if err != nil || t == nil {
		return false, err
	}
	if t != json.Delim('[') {
		return false, unexpected("a list", t)
	}
	s.opened = s.dec.InputOffset() - 1
	for s.dec.More() {
		if err := f(); err != nil {
			return true, err
		}
	}
	_, err = s.dec.Token()
	return true, err
}

func unexpected(want string, t json.Token) error {
	if t == nil {
		t = "null"
	}
	return fmt.Errorf("%s was expected, not %v", want, t)
}

// skip reads a value of any kind.
func (s *stream) skip() error {
	for depth := 0; ; {
		t, err := s.dec.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// window is how much of a file is looked at for the place of an error, more than a
// message has.
const window = 4 << 20

// place adds the line to an error of the decoder. Its offsets do not count from the
// start of the file where tokens were read before, so the value at fault is read again.
func (s *stream) place(src io.ReaderAt, err error) error {
	at := s.dec.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the file ends in the midst of the export")
		at = -1
	case s.value >= 0:
		text := make([]byte, window)
		n, _ := src.ReadAt(text, s.value) // as much as there is
		value := bytes.TrimLeft(text[:n], ",: \t\r\n")
		at = s.value + int64(n-len(value))
		var raw json.RawMessage
		if errors.As(err, &kind) {
			at += kind.Offset
		} else if errors.As(json.NewDecoder(bytes.NewReader(value)).Decode(&raw), &syntax) {
			at += syntax.Offset
		}
	}
	return fmt.Errorf("line %d: %w", lineOf(src, at), err)
}

// lineOf is the line of an offset, from 1; that of the last character for -1.
func lineOf(src io.ReaderAt, offset int64) int {
	line, buf := 1, make([]byte, 256<<10)
	for start := int64(0); offset < 0 || start < offset; {
		n, err := src.ReadAt(buf, start)
		part := buf[:n]
		if offset >= 0 {
			part = part[:min(int64(n), offset-start)]
		}
		line += bytes.Count(part, []byte{'\n'})
		start += int64(n)
		if err != nil {
			if offset < 0 && n > 0 && buf[n-1] == '\n' && line > 1 {
				line--
			}
			break
		}
	}
	return line
}
