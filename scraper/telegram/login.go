package telegram

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/telegram/auth/qrlogin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
)

// tries is how often a code or a password is asked for.
const tries = 3

// Login implements source.Authenticator. The new session is made beside the old one and
// takes its place when somebody is signed in.
func (p plugin) Login(ctx context.Context, req source.LoginRequest) (res source.LoginResult, err error) {
	s, err := readConfig(req.Request)
	if err != nil {
		return res, err
	}
	creds, err := readCredentials(req.Request)
	if err != nil {
		return res, err
	}
	req.Hide(req.Phone, req.Session)
	file := newSessionFile(req.Request, s.session)
	res.SessionFile, res.Encrypted = file.path, file.key != ""
	lock, err := file.lock()
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	d := dialing{Options: p.opts, creds: creds, session: file, s: s, req: req.Request}

	if !req.Force && req.Method != source.LoginImport {
		_, err := file.LoadSession(ctx)
		switch {
		case err == nil:
			signed := ""
			err := connect(ctx, d, func(ctx context.Context, c *connection) error {
				status, err := c.client.Auth().Status(ctx)
				if err == nil && status.Authorized {
					signed = accountName(status.User)
				}
				return err
			})
			if err != nil && !endsSession(err) {
				return res, explain(err, "")
			}
			if signed != "" {
				res.Account, res.Already = signed, true
				// With a key that is new, the session is sealed from here on.
				if text, err := file.LoadSession(ctx); err == nil && res.Encrypted {
					return res, file.StoreSession(ctx, text)
				}
				return res, nil
			}
		case !errors.Is(err, session.ErrNotFound):
			return res, explain(err, "")
		}
	}

	fresh := newSessionFile(req.Request, s.session+".new")
	defer func() { _ = os.Remove(fresh.path) }()
	if err := os.Remove(fresh.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return res, err
	}
	d.session = fresh
	if req.Method == source.LoginImport {
		if err := importSession(ctx, &req, fresh); err != nil {
			return res, err
		}
	}
	dispatcher := tg.NewUpdateDispatcher()
	scanned := onScan(dispatcher)
	if req.Method == source.LoginByQR {
		d.updates = dispatcher
	}
	err = connect(ctx, d, func(ctx context.Context, c *connection) error {
		ctx = withWaits(ctx, func(why string, d time.Duration, until time.Time) {
			req.Show(fmt.Sprintf("Telegram asks to wait %v before the next %s, until %s.\n", d.Round(time.Second), why, until.UTC().Format("15:04:05 MST")))
		})
		if err := signIn(ctx, c, req, scanned); err != nil {
			return err
		}
		status, err := c.client.Auth().Status(ctx)
		if err != nil {
			return err
		}
		if !status.Authorized {
			return noSession()
		}
		res.Account = accountName(status.User)
		return nil
	})
	if ctx.Err() != nil {
		return res, ctx.Err()
	}
	if err != nil {
		return res, explainLogin(err)
	}
	if err := os.Rename(fresh.path, file.path); err != nil {
		return res, fmt.Errorf("the session can't be kept: %w", err)
	}
	return res, nil
}

// explainLogin is [explain] where nothing was read yet.
func explainLogin(err error) error {
	var wait *WaitError
	err = explain(err, "")
	if d, ok := diag.As(err); ok && errors.As(err, &wait) {
		return d.WithHint("nobody is signed in; try again when the wait is over: attempts before make it longer")
	}
	return err
}

// onScan tells when a device has accepted a QR code. (gotd's own qrlogin.OnLoginToken loses the
// update when it comes before somebody waits for it.)
func onScan(d tg.UpdateDispatcher) qrlogin.LoggedIn {
	scanned := make(chan struct{}, 1)
	d.OnLoginToken(func(context.Context, tg.Entities, *tg.UpdateLoginToken) error {
		select {
		case scanned <- struct{}{}:
		default:
		}
		return nil
	})
	return scanned
}

func signIn(ctx context.Context, c *connection, req source.LoginRequest, scanned qrlogin.LoggedIn) error {
	switch req.Method {
	case source.LoginByCode, "":
		return byCode(ctx, c, req)
	case source.LoginByQR:
		return byQR(ctx, c, req, scanned)
	case source.LoginByBot:
		token := req.Env("TELEGRAM_BOT_TOKEN")
		if token == "" {
			token = req.Env("BOT_TOKEN")
		}
		if token == "" {
			var err error
			if token, err = req.Ask(ctx, "Token of the bot", true); err != nil {
				return err
			}
		}
		req.Hide(token)
		_, err := c.client.Auth().Bot(ctx, strings.TrimSpace(token))
		return err
	case source.LoginImport:
		return nil
	}
	return diag.New(diag.ValidationError, "Telegram has no sign-in by %q", req.Method).WithCode("telegram-login").WithHint("the ways are code, qr, bot and import")
}

// byCode signs in with the code that Telegram sends to the account's devices.
func byCode(ctx context.Context, c *connection, req source.LoginRequest) error {
	phone := req.Phone
	if phone == "" {
		phone = req.Env("TELEGRAM_PHONE")
	}
	if phone == "" {
		var err error
		if phone, err = req.Ask(ctx, "Phone number, with the code of the country", false); err != nil {
			return err
		}
	}
	phone = strings.TrimSpace(phone)
	req.Hide(phone)
	client := c.client.Auth()
	sent, err := client.SendCode(ctx, phone, auth.SendCodeOptions{})
	if err != nil {
		return err
	}
	code, ok := sent.(*tg.AuthSentCode)
	if _, pay := sent.(*tg.AuthSentCodePaymentRequired); pay {
		return diag.New(diag.RuntimeError, "Telegram wants a payment for the code").WithCode("telegram-login").WithHint("sign in by QR code: gdbt source login --qr")
	}
	if !ok {
		return nil // it needed none; whether somebody is signed in is looked at next
	}
	for n := 1; ; n++ {
		text, err := req.Ask(ctx, "Code that Telegram sent "+sentTo(code.Type), false)
		if err != nil {
			return err
		}
		_, err = client.SignIn(ctx, phone, strings.TrimSpace(text), code.PhoneCodeHash)
		var unknown *auth.SignUpRequired
		switch {
		case errors.Is(err, auth.ErrPasswordAuthNeeded):
			return byPassword(ctx, c, req)
		case errors.As(err, &unknown):
			return diag.New(diag.RuntimeError, "the phone number has no account").WithCode("telegram-login").WithHint("sign up in Telegram's app first")
		case tgerr.Is(err, "PHONE_CODE_INVALID") && n < tries:
			req.Show("The code is wrong.\n")
			continue
		}
		return err
	}
}

func sentTo(t tg.AuthSentCodeTypeClass) string {
	switch t.(type) {
	case *tg.AuthSentCodeTypeApp:
		return "to your other devices"
	case *tg.AuthSentCodeTypeSMS, *tg.AuthSentCodeTypeSMSWord, *tg.AuthSentCodeTypeSMSPhrase, *tg.AuthSentCodeTypeFirebaseSMS:
		return "by SMS"
	case *tg.AuthSentCodeTypeCall, *tg.AuthSentCodeTypeFlashCall, *tg.AuthSentCodeTypeMissedCall:
		return "by a call"
	case *tg.AuthSentCodeTypeEmailCode:
		return "by e-mail"
	}
	return "to you"
}

// byPassword is the second step of an account that has a password.
func byPassword(ctx context.Context, c *connection, req source.LoginRequest) error {
	question := "Password of the account"
	if p, err := c.api.AccountGetPassword(ctx); err == nil && p.Hint != "" {
		question += " (hint: " + p.Hint + ")"
	}
	for n := 1; ; n++ {
		password, err := req.Ask(ctx, question, true)
		if err != nil {
			return err
		}
		req.Hide(password)
		_, err = c.client.Auth().Password(ctx, password)
		if errors.Is(err, auth.ErrPasswordInvalid) {
			if n < tries {
				req.Show("The password is wrong.\n")
				continue
			}
			return diag.New(diag.RuntimeError, "the password is wrong").WithCode("telegram-login").WithHint("try again")
		}
		return err
	}
}

// byQR shows pictures until a device that is signed in has read one.
func byQR(ctx context.Context, c *connection, req source.LoginRequest, scanned qrlogin.LoggedIn) error {
	first := true
	_, err := c.client.QR().Auth(ctx, scanned, func(_ context.Context, token qrlogin.Token) error {
		req.Hide(token.URL(), token.String())
		picture, err := qrText(token.URL())
		if err != nil {
			return err
		}
		if first {
			req.Show("In Telegram on your phone: Settings, Devices, Link Desktop Device. Then point the camera here.\n\n")
		} else {
			req.Show("The picture has expired; this is the next one.\n\n")
		}
		first = false
		req.Show(picture)
		return nil
	})
	if tgerr.Is(err, "SESSION_PASSWORD_NEEDED") || errors.Is(err, auth.ErrPasswordAuthNeeded) {
		return byPassword(ctx, c, req)
	}
	return err
}

// importSession takes a session string of Telethon's.
func importSession(ctx context.Context, req *source.LoginRequest, into *sessionFile) error {
	text := req.Session
	if text == "" {
		text = req.Env("TELEGRAM_SESSION")
	}
	if text == "" {
		var err error
		if text, err = req.Ask(ctx, "Session string of Telethon", true); err != nil {
			return err
		}
	}
	text = strings.TrimSpace(text)
	req.Hide(text)
	data, err := session.TelethonSession(text)
	if err != nil {
		// The reason may show a part of it.
		return diag.New(diag.ValidationError, "the text is no session string of Telethon's").WithCode("telegram-session").
			WithHint("it begins with 1 and is what StringSession.save() prints")
	}
	return (&session.Loader{Storage: into}).Save(ctx, data)
}

// accountName names an account without telling its phone number.
func accountName(u *tg.User) string {
	switch {
	case u == nil:
		return "somebody"
	case u.Username != "":
		return "@" + u.Username
	case strings.TrimSpace(u.FirstName+u.LastName) != "":
		return strings.TrimSpace(u.FirstName + " " + u.LastName)
	}
	return fmt.Sprintf("user %d", u.ID)
}
