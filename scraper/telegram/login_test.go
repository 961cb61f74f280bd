package telegram

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotd/td/session"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
)

// login signs in with answers to what is asked; shown gets what is printed.
func (w *world) login(method source.LoginMethod, force bool, shown func(string), answers ...string) (source.LoginResult, []string, error) {
	w.t.Helper()
	var asked []string
	res, err := New(w.opts).(source.Authenticator).Login(w.t.Context(), source.LoginRequest{
		Request: w.request(nil), Method: method, Force: force,
		Ask: func(_ context.Context, question string, secret bool) (string, error) {
			asked = append(asked, question)
			if len(answers) == 0 {
				w.t.Fatalf("nobody knows an answer to %q", question)
			}
			a := answers[0]
			answers = answers[1:]
			return a, nil
		},
		Show: func(text string) {
			if shown != nil {
				shown(text)
			}
		},
	})
	return res, asked, err
}

func (w *world) sessionText() []byte {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, defaultSession))
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// passwordWorld has an account with a second step.
func passwordWorld(t *testing.T) *world {
	t.Helper()
	person := faketg.Person
	person.Password = "open sesame"
	return worldOf(t, faketg.Options{Accounts: []faketg.Account{person, faketg.Bot}})
}

func TestLogin(t *testing.T) {
	t.Parallel()
	w := passwordWorld(t)
	// A wrong code and a wrong password are asked for again.
	res, asked, err := w.login(source.LoginByCode, false, nil, faketg.Person.Phone, "11111", faketg.Person.Code, "wrong", "open sesame")
	if err != nil || res.Account != "@fake_reader" || res.Encrypted || res.Already || len(asked) != 5 {
		t.Fatal(res, asked, err)
	}
	info, err := os.Stat(filepath.Join(w.dir, defaultSession))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if text, err := os.ReadFile(filepath.Join(w.dir, ".gdbt", ".gitignore")); err != nil || string(text) != "*\n" {
		t.Error("git may take the session", err)
	}
	if res, _, err = w.login(source.LoginByCode, false, nil); err != nil || !res.Already || res.Account != "@fake_reader" {
		t.Error(res, err)
	}
	// A sign-in that fails leaves the session as it is.
	before := w.sessionText()
	_, _, err = w.login(source.LoginByCode, true, nil, faketg.Person.Phone, "1", "2", "3")
	wantDiag(t, err, "telegram-login", "the code is wrong (PHONE_CODE_INVALID)")
	if !bytes.Equal(before, w.sessionText()) {
		t.Error("the session changed")
	}
	_, _, err = w.login(source.LoginByCode, true, nil, "+1")
	wantDiag(t, err, "telegram-login", "the phone number")
}

func TestLoginByQR(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	links := make(chan string, 4)
	req := source.LoginRequest{Request: w.request(nil), Method: source.LoginByQR, Force: true, Show: func(string) {}}
	req.Secret = func(text string) {
		if strings.HasPrefix(text, "tg://login") {
			links <- text
		}
	}
	go func() {
		for link := range links {
			_ = w.AcceptLogin(link)
		}
	}()
	var picture strings.Builder
	req.Show = func(text string) { picture.WriteString(text) }
	res, err := New(w.opts).(source.Authenticator).Login(t.Context(), req)
	close(links)
	if err != nil || res.Account != "@fake_reader" {
		t.Fatal(res, err)
	}
	if text := picture.String(); !strings.Contains(text, "▀") || strings.Count(text, "\n") < 15 {
		t.Error(text)
	}
}

// A bot can't page through a history: it reads by numbers.
func TestBot(t *testing.T) {
	t.Parallel()
	ch := generate(13, 130, 3)
	w := newWorld(t, ch)
	if res, _, err := w.login(source.LoginByBot, true, nil, faketg.Bot.BotToken); err != nil || res.Account != "@fake_reader_bot" {
		t.Fatal(res, err)
	}
	w.mustExtract(config(ch.Username()))
	w.complete(ch)
	_, err := w.extract(config(ch.Username()), func(o *source.ExtractOptions) { o.Limit = 5 })
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.login(source.LoginByBot, true, nil, "1:no")
	wantDiag(t, err, "telegram-login", "the bot token is not valid")
}

// With a key the session is sealed: at sign-in, and one that was not is from then on.
func TestEncryptedSession(t *testing.T) {
	t.Parallel()
	ch := generate(14, 20, 0)
	w := newWorld(t, ch)
	if !json.Valid(w.sessionText()) {
		t.Fatal("the plain session is not JSON")
	}
	w.env[sessionKey] = "correct horse"
	if res, _, err := w.login(source.LoginByCode, false, nil); err != nil || !res.Already || !res.Encrypted {
		t.Fatal(res, err)
	}
	sealed := w.sessionText()
	if !bytes.HasPrefix(sealed, []byte(sealedMark)) || bytes.Contains(sealed, []byte("AuthKey")) {
		t.Error("the session is not sealed")
	}
	w.mustExtract(config(ch.Username()))
	if !bytes.HasPrefix(w.sessionText(), []byte(sealedMark)) {
		t.Error("the session was unsealed")
	}
	w.env[sessionKey] = "battery staple"
	_, err := w.extract(config(ch.Username()))
	wantDiag(t, err, "telegram-session", "the session can't be decrypted: GDBT_SESSION_KEY is another key, or the file was changed")
	delete(w.env, sessionKey)
	_, err = w.extract(config(ch.Username()))
	wantDiag(t, err, "telegram-session", "the session is encrypted, and GDBT_SESSION_KEY is not set")
}

func TestSealedSessionDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := &sessionFile{path: filepath.Join(dir, "s"), key: "k"}
	if err := f.StoreSession(t.Context(), []byte("secret")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(text) {
		cut := f.damaged(t, text[:n])
		flipped := bytes.Clone(text)
		flipped[n] ^= 1
		if bad := f.damaged(t, flipped); bad == "secret" || cut == "secret" {
			t.Fatalf("damage at byte %d is not noticed", n)
		}
		if n > len(sealedMark)+40 { // each try derives a key
			break
		}
	}
}

func (f *sessionFile) damaged(t *testing.T, text []byte) string {
	t.Helper()
	other := &sessionFile{path: f.path + "x", key: f.key, salt: f.salt, derived: f.derived}
	if err := os.WriteFile(other.path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	plain, err := other.LoadSession(t.Context())
	if err != nil {
		return ""
	}
	return string(plain)
}

// A session string of Telethon's is taken over.
func TestImportTelethon(t *testing.T) {
	t.Parallel()
	ch := generate(15, 20, 0)
	w := newWorld(t, ch)
	data, err := (&session.Loader{Storage: &sessionFile{path: filepath.Join(w.dir, defaultSession)}}).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	raw := append([]byte{2}, net.IPv4(127, 0, 0, 1).To4()...)
	raw = binary.BigEndian.AppendUint16(raw, 443)
	raw = append(raw, data.AuthKey...)
	text := "1" + base64.URLEncoding.EncodeToString(raw)
	if err := os.Remove(filepath.Join(w.dir, defaultSession)); err != nil {
		t.Fatal(err)
	}
	if res, _, err := w.login(source.LoginImport, false, nil, text); err != nil || res.Account != "@fake_reader" {
		t.Fatal(res, err)
	}
	w.mustExtract(config(ch.Username()))
	_, _, err = w.login(source.LoginImport, false, nil, text[:50])
	wantDiag(t, err, "telegram-session", "the text is no session string of Telethon's")
	if strings.Contains(err.Error(), text[5:20]) {
		t.Error("the error shows the session")
	}
}
