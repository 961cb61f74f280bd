package faketg

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
)

// The application that the network knows.
const (
	APIID   = 10001
	APIHash = "0123456789abcdef0123456789abcdef"
)

// Account is somebody who can sign in.
type Account struct {
	// Phone and Code sign in a person; Password is the second step, "" for none.
	Phone, Code, Password string
	// BotToken signs in a bot.
	BotToken string
	// Unregistered makes Phone a number that gets codes and has no account.
	Unregistered bool
	Username     string
}

// Person and Bot are the accounts of a network that names none.
var (
	Person = Account{Phone: "+99900000001", Code: "24680", Username: "fake_reader"}
	Bot    = Account{BotToken: "10002:fake-bot-token", Username: "fake_reader_bot"}
)

// Options say what a network holds.
type Options struct {
	// Channels that its clients find by their names.
	Channels []*Channel
	// Home is the accounts' data centre, 2 when 0. The network has the centres 1
	// to 5; photos and documents say in which they lie.
	Home int
	// Accounts that can sign in; Person and Bot when empty.
	Accounts []Account
	// SignedIn makes every client the first account without signing in.
	SignedIn bool
	// Now is the network's clock; time.Now when nil.
	Now func() time.Time
}

// Server is a running network.
type Server struct {
	opts    Options
	key     *rsa.PrivateKey
	centres map[int]*dataCentre
	methods map[uint32]method
	faults  faults
	sent    atomic.Int64
	epoch   atomic.Uint32 // of file references

	mu       sync.Mutex
	channels []*Channel
	calls    []Call
	signedIn map[client]*account
	accounts []*account
	exported map[string]*account // by the bytes of auth.exportAuthorization
	codes    map[string]*account // by phone_code_hash
	tokens   map[string]*loginToken
	takeouts map[int64]bool
	serial   int64
}

// dcIDs are the data centres that there are.
var dcIDs = [...]int{1, 2, 3, 4, 5}

// Start opens the network on loopback ports of the system's choice.
func Start(opts Options) (*Server, error) {
	if opts.Home == 0 {
		opts.Home = 2
	}
	if !slices.Contains(dcIDs[:], opts.Home) {
		return nil, fmt.Errorf("faketg: there is no data centre %d", opts.Home)
	}
	if len(opts.Accounts) == 0 {
		opts.Accounts = []Account{Person, Bot}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	key, err := rsa.GenerateKey(rand.Reader, crypto.RSAKeyBits)
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: opts, key: key, centres: map[int]*dataCentre{}, methods: map[uint32]method{}, channels: slices.Clone(opts.Channels),
		signedIn: map[client]*account{}, exported: map[string]*account{}, codes: map[string]*account{},
		tokens: map[string]*loginToken{}, takeouts: map[int64]bool{},
	}
	for i, a := range opts.Accounts {
		s.accounts = append(s.accounts, newAccount(a, int64(9_000_001+i)))
	}
	s.register()
	for _, id := range dcIDs {
		d, err := openDataCentre(id, exchange.PrivateKey{RSA: key}, s, &s.sent)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.centres[id] = d
	}
	return s, nil
}

// Close ends the network and all its connections.
func (s *Server) Close() {
	for _, d := range s.centres {
		d.close()
	}
}

// Addr is where a data centre listens, "127.0.0.1:port".
func (s *Server) Addr(dc int) string { return s.centres[dc].listener.Addr().String() }

// DCList holds all data centres, as clients know them before they connect.
func (s *Server) DCList() dcs.List { return dcs.List{Options: s.dcOptions()} }

func (s *Server) dcOptions() []tg.DCOption {
	var list []tg.DCOption
	for _, id := range dcIDs {
		addr := s.centres[id].listener.Addr().(*net.TCPAddr)
		list = append(list, tg.DCOption{ID: id, Static: true, IPAddress: addr.IP.String(), Port: addr.Port})
	}
	return list
}

// PublicKey is the key that all data centres prove themselves with.
func (s *Server) PublicKey() *rsa.PublicKey { return &s.key.PublicKey }

// PublicKeyPEM is the key as text, for clients in another process.
func (s *Server) PublicKeyPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&s.key.PublicKey)}))
}

// ClientOptions are what a gotd client needs to find this network.
func (s *Server) ClientOptions() telegram.Options {
	return telegram.Options{
		DC: 2, DCList: s.DCList(), Resolver: dcs.Plain(dcs.PlainOptions{}),
		PublicKeys: []telegram.PublicKey{{RSA: s.PublicKey()}},
	}
}

// Channel finds a channel by its present name; nil when there is none.
func (s *Server) Channel(username string) *Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.channels {
		if strings.EqualFold(c.Username(), username) {
			return c
		}
	}
	return nil
}

// Add opens one more channel.
func (s *Server) Add(c *Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels = append(s.channels, c)
}

func (s *Server) channelByID(id int64) *Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.channels {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// DropConnections closes every connection. Clients may come again.
func (s *Server) DropConnections() {
	for _, d := range s.centres {
		d.drop()
	}
}

// Refuse makes the network unreachable, or reachable again: connections are
// closed and new ones are not taken.
func (s *Server) Refuse(refuse bool) {
	for _, d := range s.centres {
		d.mu.Lock()
		d.refuses = refuse
		d.mu.Unlock()
		if refuse {
			d.drop()
		}
	}
}

// ForgetKeys makes every client's key unknown, as after a revoked session: the
// transport answers -404, and a new key is not signed in.
func (s *Server) ForgetKeys() {
	s.SignOut()
	for _, d := range s.centres {
		d.serve()
		d.drop()
	}
}

// SignOut ends all sessions: keys stay known, calls are answered with
// AUTH_KEY_UNREGISTERED. It undoes Options.SignedIn.
func (s *Server) SignOut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.signedIn)
	s.opts.SignedIn = false
}

// ExpireFileReferences makes the references of all messages that were sent
// until now answer FILE_REFERENCE_EXPIRED. Messages asked for anew carry new ones.
func (s *Server) ExpireFileReferences() { s.epoch.Add(1) }

// Call is one call of a method that the network was asked.
type Call struct {
	// Method in Telegram's notation, "messages.getHistory".
	Method string
	DC     int
	// Channel is the name of the channel that the call is about, "" for none.
	Channel string
	// Takeout tells that it came within a takeout session.
	Takeout bool
	// Failed is the error it was answered with, "" for none.
	Failed string
}

// Calls counts the calls of a method, failed ones included.
func (s *Server) Calls(method string) int {
	n := 0
	for _, c := range s.Log() {
		if c.Method == method {
			n++
		}
	}
	return n
}

// Log lists all calls in the order of their answers.
func (s *Server) Log() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// BytesSent is how much all data centres have sent.
func (s *Server) BytesSent() int64 { return s.sent.Load() }
