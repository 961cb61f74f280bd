package faketg

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"github.com/gotd/td/tgtest"
)

// account is an Account with what the network keeps of it.
type account struct {
	Account
	id       int64
	password *password // nil without a second step
}

func newAccount(a Account, id int64) *account {
	acc := &account{Account: a, id: id}
	if a.Password != "" {
		acc.password = newPassword(a.Password)
	}
	return acc
}

func (a *account) user() *tg.User {
	return &tg.User{
		Self: true, ID: a.id, AccessHash: a.id * 7919, FirstName: "Fake", Username: a.Username,
		Phone: strings.TrimPrefix(a.Phone, "+"), Bot: a.BotToken != "",
	}
}

func (a *account) authorization() *tg.AuthAuthorization { return &tg.AuthAuthorization{User: a.user()} }

func (s *Server) accountOf(c client) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.signedIn[c]; a != nil {
		return a
	}
	if s.opts.SignedIn {
		return s.accounts[0]
	}
	return nil
}

func (s *Server) enter(c client, a *account) *tg.AuthAuthorization {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signedIn[c] = a
	return a.authorization()
}

// next gives a number that was not given before.
func (s *Server) next() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return s.serial
}

// atHome is an error at any data centre but the accounts'.
func (s *Server) atHome(c *call, what string) error {
	if c.req.DC != s.opts.Home {
		return tgerr.New(303, fmt.Sprintf("%s_MIGRATE_%d", what, s.opts.Home))
	}
	return nil
}

func knownApp(id int, hash string) error {
	if id != APIID || hash != APIHash {
		return tgerr.New(400, "API_ID_INVALID")
	}
	return nil
}

func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
}

func (s *Server) sendCode(c *call, r *tg.AuthSendCodeRequest) (bin.Encoder, error) {
	if err := knownApp(r.APIID, r.APIHash); err != nil {
		return nil, err
	}
	if err := s.atHome(c, "PHONE"); err != nil {
		return nil, err
	}
	for _, a := range s.accounts {
		if a.Phone == "" || digits(a.Phone) != digits(r.PhoneNumber) {
			continue
		}
		hash := fmt.Sprintf("code-%d", s.next())
		s.mu.Lock()
		s.codes[hash] = a
		s.mu.Unlock()
		return &tg.AuthSentCode{Type: &tg.AuthSentCodeTypeApp{Length: len(a.Code)}, PhoneCodeHash: hash, Timeout: 60}, nil
	}
	return nil, tgerr.New(400, "PHONE_NUMBER_INVALID")
}

func (s *Server) signIn(c *call, r *tg.AuthSignInRequest) (bin.Encoder, error) {
	s.mu.Lock()
	a := s.codes[r.PhoneCodeHash]
	s.mu.Unlock()
	switch {
	case a == nil || digits(a.Phone) != digits(r.PhoneNumber):
		return nil, tgerr.New(400, "PHONE_CODE_EXPIRED")
	case r.PhoneCode != a.Code:
		return nil, tgerr.New(400, "PHONE_CODE_INVALID")
	case a.Unregistered:
		return &tg.AuthAuthorizationSignUpRequired{}, nil
	case a.password != nil:
		a.password.wait(c.client)
		return nil, tgerr.New(401, "SESSION_PASSWORD_NEEDED")
	}
	return s.enter(c.client, a), nil
}

// waiting is the account that a client has given all but the password for.
func (s *Server) waiting(c client) *account {
	for _, a := range s.accounts {
		if a.password != nil && a.password.waits(c) {
			return a
		}
	}
	return nil
}

func (s *Server) getPassword(c *call, _ *tg.AccountGetPasswordRequest) (bin.Encoder, error) {
	a := s.waiting(c.client)
	if a == nil {
		a = c.account
	}
	if a == nil {
		return nil, tgerr.New(401, "AUTH_KEY_UNREGISTERED")
	}
	return a.password.ask(s.next())
}

func (s *Server) checkPassword(c *call, r *tg.AuthCheckPasswordRequest) (bin.Encoder, error) {
	a := s.waiting(c.client)
	proof, ok := r.Password.(*tg.InputCheckPasswordSRP)
	if a == nil || !ok {
		return nil, tgerr.New(400, "PASSWORD_HASH_INVALID")
	}
	if err := a.password.check(proof); err != nil {
		return nil, err
	}
	a.password.done(c.client)
	return s.enter(c.client, a), nil
}

func (s *Server) importBotAuthorization(c *call, r *tg.AuthImportBotAuthorizationRequest) (bin.Encoder, error) {
	if err := knownApp(r.APIID, r.APIHash); err != nil {
		return nil, err
	}
	if err := s.atHome(c, "USER"); err != nil {
		return nil, err
	}
	for _, a := range s.accounts {
		if a.BotToken != "" && a.BotToken == r.BotAuthToken {
			return s.enter(c.client, a), nil
		}
	}
	return nil, tgerr.New(400, "ACCESS_TOKEN_INVALID")
}

// loginToken is a QR code on a client's screen.
type loginToken struct {
	client  client
	server  *tgtest.Server
	session tgtest.Session
	account *account // once accepted
}

// tokenLife is how long a QR code is valid, in seconds.
const tokenLife = 30

func (s *Server) exportLoginToken(c *call, r *tg.AuthExportLoginTokenRequest) (bin.Encoder, error) {
	if err := knownApp(r.APIID, r.APIHash); err != nil {
		return nil, err
	}
	s.mu.Lock()
	for token, t := range s.tokens {
		if t.client != c.client || t.account == nil {
			continue
		}
		defer s.mu.Unlock()
		if c.req.DC != s.opts.Home {
			return &tg.AuthLoginTokenMigrateTo{DCID: s.opts.Home, Token: []byte(token)}, nil
		}
		delete(s.tokens, token)
		return s.scanned(c, t.account)
	}
	s.mu.Unlock()
	token := fmt.Sprintf("fake-login-token-%d", s.next())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = &loginToken{client: c.client, server: c.server, session: c.req.Session}
	return &tg.AuthLoginToken{Expires: int(s.opts.Now().Unix()) + tokenLife, Token: []byte(token)}, nil
}

func (s *Server) importLoginToken(c *call, r *tg.AuthImportLoginTokenRequest) (bin.Encoder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[string(r.Token)]
	if t == nil || t.account == nil {
		return nil, tgerr.New(400, "AUTH_TOKEN_INVALID")
	}
	delete(s.tokens, string(r.Token))
	return s.scanned(c, t.account)
}

// scanned signs in by an accepted code. s.mu is held.
func (s *Server) scanned(c *call, a *account) (bin.Encoder, error) {
	if a.password != nil {
		a.password.wait(c.client)
		return nil, tgerr.New(401, "SESSION_PASSWORD_NEEDED")
	}
	s.signedIn[c.client] = a
	return &tg.AuthLoginTokenSuccess{Authorization: a.authorization()}, nil
}

// AcceptLogin is the phone that scans a QR code: it lets the client that shows
// the link "tg://login?token=…" in, as the first account, and tells it so.
func (s *Server) AcceptLogin(link string) error {
	code, ok := strings.CutPrefix(link, "tg://login?token=")
	token, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(code, "="))
	if !ok || err != nil {
		return fmt.Errorf("faketg: %q is no login link", link)
	}
	s.mu.Lock()
	t := s.tokens[string(token)]
	if t == nil {
		s.mu.Unlock()
		return fmt.Errorf("faketg: nobody shows %q", link)
	}
	t.account = s.accounts[0]
	s.mu.Unlock()
	ctx, cancel := timeout()
	defer cancel()
	return t.server.SendUpdates(ctx, t.session, &tg.UpdateLoginToken{})
}

func (s *Server) exportAuthorization(c *call, r *tg.AuthExportAuthorizationRequest) (bin.Encoder, error) {
	if s.centres[r.DCID] == nil || r.DCID == c.req.DC {
		return nil, tgerr.New(400, "DC_ID_INVALID")
	}
	bytes := fmt.Sprintf("authorization-%d-%d", r.DCID, s.next())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exported[bytes] = c.account
	return &tg.AuthExportedAuthorization{ID: c.account.id, Bytes: []byte(bytes)}, nil
}

func (s *Server) importAuthorization(c *call, r *tg.AuthImportAuthorizationRequest) (bin.Encoder, error) {
	s.mu.Lock()
	a := s.exported[string(r.Bytes)]
	delete(s.exported, string(r.Bytes))
	s.mu.Unlock()
	if a == nil || a.id != r.ID || !strings.HasPrefix(string(r.Bytes), fmt.Sprintf("authorization-%d-", c.req.DC)) {
		return nil, tgerr.New(400, "AUTH_BYTES_INVALID")
	}
	return s.enter(c.client, a), nil
}

func (s *Server) logOut(c *call, _ *tg.AuthLogOutRequest) (bin.Encoder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.signedIn, c.client)
	return &tg.AuthLoggedOut{}, nil
}

func (s *Server) getUsers(c *call, r *tg.UsersGetUsersRequest) (bin.Encoder, error) {
	var users tg.UserClassVector
	for _, id := range r.ID {
		if _, self := id.(*tg.InputUserSelf); self {
			users.Elems = append(users.Elems, c.account.user())
		} else {
			users.Elems = append(users.Elems, &tg.UserEmpty{})
		}
	}
	return &users, nil
}

func (s *Server) initTakeout(c *call, _ *tg.AccountInitTakeoutSessionRequest) (bin.Encoder, error) {
	id := s.next() + 77_000
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takeouts[id] = true
	return &tg.AccountTakeout{ID: id}, nil
}

func (s *Server) finishTakeout(c *call, _ *tg.AccountFinishTakeoutSessionRequest) (bin.Encoder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.takeouts[c.takeout] {
		return nil, tgerr.New(403, "TAKEOUT_REQUIRED")
	}
	delete(s.takeouts, c.takeout)
	return &tg.BoolTrue{}, nil
}

func (s *Server) takeoutOpen(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.takeouts[id]
}

// OpenTakeouts counts takeout sessions that were begun and not finished.
func (s *Server) OpenTakeouts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.takeouts)
}
