package telegram

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
)

// signing is a sign-in with everything that people get to see of it.
type signing struct {
	*world
	// answers are given in turn; asked are the questions.
	answers, asked []string
	// shown is what was printed, hidden what no log may show.
	shown  strings.Builder
	hidden []string
}

// sign signs in; a QR code is scanned as soon as it is shown.
func (s *signing) sign(method source.LoginMethod, phone string) (source.LoginResult, error) {
	s.t.Helper()
	req := source.LoginRequest{Request: s.request(nil), Method: method, Phone: phone, Force: true}
	req.Secret = func(text string) {
		s.hidden = append(s.hidden, text)
		if strings.HasPrefix(text, "tg://login") {
			if err := s.AcceptLogin(text); err != nil {
				s.t.Error(err)
			}
		}
	}
	req.Ask = func(_ context.Context, question string, _ bool) (string, error) {
		s.asked = append(s.asked, question)
		if len(s.answers) == 0 {
			return "", errors.New("nobody answers")
		}
		a := s.answers[0]
		s.answers = s.answers[1:]
		return a, nil
	}
	req.Show = func(text string) { s.shown.WriteString(text) }
	return New(s.opts).(source.Authenticator).Login(s.t.Context(), req)
}

// kept tells whether a session is there, for its owner alone.
func (s *signing) kept() bool {
	s.t.Helper()
	info, err := os.Stat(filepath.Join(s.dir, defaultSession))
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	if err != nil || info.Mode().Perm() != 0o600 {
		s.t.Errorf("the session file has the mode %v: %v", info.Mode(), err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, defaultSession+".new")); !errors.Is(err, os.ErrNotExist) {
		s.t.Error("a half-made session is left behind")
	}
	return true
}

// All ways to sign in, with all that can go wrong: what is asked, what is said, and whether a session is kept.
func TestSignIn(t *testing.T) {
	t.Parallel()
	const password = "open sesame"
	withPassword := faketg.Person
	withPassword.Password = password
	stranger := faketg.Account{Phone: "+99900000009", Code: "13579", Unregistered: true}
	const code, secret = "Code that Telegram sent to your other devices", "Password of the account (hint: not a real one)"
	for _, c := range []struct {
		name    string
		method  source.LoginMethod
		phone   string
		answers []string
		fault   faketg.Fault
		// elsewhere begins at a data centre that is not the account's.
		elsewhere bool
		account   string
		asked     []string
		shown     string
		// err and text are the code and the message of the error, hint a part of its hint.
		err, text, hint string
	}{
		{name: "code", method: source.LoginByCode, phone: "+99900000002", answers: []string{"24680"}, account: "@plain_reader", asked: []string{code}},
		{name: "code and password", method: source.LoginByCode, phone: faketg.Person.Phone, answers: []string{"24680", password},
			account: "@fake_reader", asked: []string{code, secret}},
		{name: "a wrong password is asked for again", method: source.LoginByCode, phone: faketg.Person.Phone, answers: []string{"24680", "sesame", password},
			account: "@fake_reader", asked: []string{code, secret, secret}, shown: "The password is wrong.\n"},
		{name: "three wrong passwords", method: source.LoginByCode, phone: faketg.Person.Phone, answers: []string{"24680", "a", "b", "c", password},
			asked: []string{code, secret, secret, secret}, err: "telegram-login", text: "the password is wrong", hint: "try again"},
		{name: "three wrong codes", method: source.LoginByCode, phone: faketg.Person.Phone, answers: []string{"1", "2", "3", "24680"},
			asked: []string{code, code, code}, err: "telegram-login", text: "the code is wrong (PHONE_CODE_INVALID)", hint: "another device"},
		{name: "an expired code", method: source.LoginByCode, phone: faketg.Person.Phone, answers: []string{"24680"},
			fault: faketg.Fault{Method: "auth.signIn", Effect: faketg.Error(400, "PHONE_CODE_EXPIRED")}, asked: []string{code},
			err: "telegram-login", text: "the code has expired (PHONE_CODE_EXPIRED)", hint: "sent on in a message"},
		{name: "no such number", method: source.LoginByCode, phone: "+1", err: "telegram-login", text: "the phone number is not valid (PHONE_NUMBER_INVALID)", hint: "code of the country"},
		{name: "a number without an account", method: source.LoginByCode, phone: stranger.Phone, answers: []string{"13579"}, asked: []string{code},
			err: "telegram-login", text: "the phone number has no account", hint: "sign up"},
		{name: "a short wait", method: source.LoginByCode, phone: faketg.Person.Phone, answers: []string{"24680", password},
			fault: faketg.Fault{Method: "auth.sendCode", Effect: faketg.FloodWait(1)}, account: "@fake_reader", asked: []string{code, secret},
			shown: "Telegram asks to wait 1s before the next auth.sendCode, until "},
		{name: "a wait of a day", method: source.LoginByCode, phone: faketg.Person.Phone,
			fault: faketg.Fault{Method: "auth.sendCode", Effect: faketg.FloodWait(86400)},
			err:   "telegram-wait", text: "Telegram asks for a wait of 24h0m0s before the next auth.sendCode", hint: "nobody is signed in"},
		{name: "too many attempts", method: source.LoginByCode, phone: faketg.Person.Phone,
			fault: faketg.Fault{Method: "auth.sendCode", Effect: faketg.Error(406, "PHONE_PASSWORD_FLOOD")},
			err:   "telegram-login", text: "too many attempts to sign in (PHONE_PASSWORD_FLOOD)", hint: "--qr"},
		{name: "an unknown application", method: source.LoginByCode, phone: faketg.Person.Phone,
			fault: faketg.Fault{Method: "auth.sendCode", Effect: faketg.Error(400, "API_ID_INVALID")},
			err:   "telegram-credentials", text: "Telegram does not know API_ID with this API_HASH", hint: "my.telegram.org"},
		{name: "QR code and password", method: source.LoginByQR, answers: []string{password}, account: "@fake_reader", asked: []string{secret}, shown: "Link Desktop Device"},
		{name: "QR code and password, home elsewhere", method: source.LoginByQR, elsewhere: true, answers: []string{"no", password}, account: "@fake_reader", asked: []string{secret, secret}},
		{name: "QR code and three wrong passwords", method: source.LoginByQR, answers: []string{"a", "b", "c", password},
			asked: []string{secret, secret, secret}, err: "telegram-login", text: "the password is wrong"},
		{name: "bot", method: source.LoginByBot, answers: []string{faketg.Bot.BotToken}, account: "@fake_reader_bot", asked: []string{"Token of the bot"}},
		{name: "a wrong token", method: source.LoginByBot, answers: []string{"10002:other"}, asked: []string{"Token of the bot"},
			err: "telegram-login", text: "the bot token is not valid (ACCESS_TOKEN_INVALID)", hint: "@BotFather"},
		{name: "the connection drops while a code is sent", method: source.LoginByCode, phone: faketg.Person.Phone, answers: []string{"24680", password},
			fault: faketg.Fault{Method: "auth.sendCode", Effect: faketg.Drop()}, account: "@fake_reader", asked: []string{code, secret}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plain := faketg.Account{Phone: "+99900000002", Code: "24680", Username: "plain_reader"}
			s := &signing{world: worldOf(t, faketg.Options{Accounts: []faketg.Account{withPassword, plain, stranger, faketg.Bot}}), answers: c.answers}
			if c.elsewhere {
				s.opts.DC = 4
			}
			if c.fault.Method != "" {
				s.Inject(c.fault)
			}
			res, err := s.sign(c.method, c.phone)
			if c.err == "" && (err != nil || res.Account != c.account) {
				t.Errorf("signed in as %q, %v", res.Account, err)
			}
			if c.err != "" {
				wantDiag(t, err, c.err, c.text)
				if err != nil && !strings.Contains(err.Error(), c.hint) {
					t.Errorf("%v, want the hint %q", err, c.hint)
				}
			}
			if strings.Join(s.asked, "|") != strings.Join(c.asked, "|") {
				t.Errorf("asked %q, want %q", s.asked, c.asked)
			}
			if !strings.Contains(s.shown.String(), c.shown) {
				t.Errorf("shown %q, want %q", s.shown.String(), c.shown)
			}
			if kept := s.kept(); kept != (c.err == "") {
				t.Errorf("a session is kept: %v", kept)
			}
			s.nothingSecret(c.answers, err)
			if c.err == "" { // it is a session that works
				if res, _, err := s.login(c.method, false, nil); err != nil || !res.Already || res.Account != c.account {
					t.Error(res, err)
				}
			}
		})
	}
}

// nothingSecret looks for what must not be shown in all that was.
func (s *signing) nothingSecret(answers []string, err error) {
	s.t.Helper()
	said := s.log() + s.shown.String()
	if err != nil {
		said += err.Error()
	}
	secrets := []string{faketg.APIHash, faketg.Person.Phone, strings.TrimPrefix(faketg.Person.Phone, "+"), "tg://login"}
	for _, a := range answers {
		if len(a) > 4 {
			secrets = append(secrets, a)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(said, secret) {
			s.t.Errorf("%q is shown in %s", secret, said)
		}
	}
	hidden := strings.Join(s.hidden, "\n")
	if !strings.Contains(hidden, faketg.APIHash) {
		s.t.Error("API_HASH is not hidden")
	}
	for i, q := range s.asked {
		if strings.HasPrefix(q, "Password") && i < len(answers) && !strings.Contains(hidden, answers[i]) {
			s.t.Error("the password is not hidden")
		}
	}
}

// Nobody at the terminal, or Ctrl-C there, is no sign-in, and leaves the session of before.
func TestSignInGivenUp(t *testing.T) {
	t.Parallel()
	s := &signing{world: newWorld(t)}
	before := string(s.sessionText())
	if _, err := s.sign(source.LoginByCode, faketg.Person.Phone); err == nil || !strings.Contains(err.Error(), "nobody answers") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := New(s.opts).(source.Authenticator).Login(ctx, source.LoginRequest{
		Request: s.request(nil), Method: source.LoginByCode, Phone: faketg.Person.Phone, Force: true,
		Ask:  func(ctx context.Context, _ string, _ bool) (string, error) { cancel(); return "", ctx.Err() },
		Show: func(string) {},
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if before != string(s.sessionText()) || !s.kept() {
		t.Error("the session changed")
	}
}
