package faketg

import (
	"bytes"
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"math/big"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// password is the server's half of the Secure Remote Password protocol
// (https://core.telegram.org/api/srp): it proves that the client knows the
// password and never sees it.
type password struct {
	text string
	// algo and verifier come of text, when the first client asks.
	made     sync.Once
	err      error
	algo     tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow
	verifier *big.Int

	mu    sync.Mutex
	open  map[int64]*big.Int // the server's secret of each question
	await map[client]bool
}

const srpBase = 3

func newPassword(text string) *password {
	return &password{text: text, open: map[int64]*big.Int{}, await: map[client]bool{}}
}

// make works out the verifier v = g^x. (gotd's srp.NewHash does so too, and checks for a second that the prime is one.)
func (p *password) make() {
	prime, err := exchange.TestServerRNG{}.DhPrime()
	if err != nil {
		p.err = err
		return
	}
	p.algo.Salt1, p.algo.Salt2, p.algo.G, p.algo.P = []byte("fake-salt-1"), []byte("fake-salt-2"), srpBase, prime.Bytes()
	salted := func(data, salt []byte) []byte { return sha(salt, data, salt) }
	first := salted(salted([]byte(p.text), p.algo.Salt1), p.algo.Salt2)
	slow, err := pbkdf2.Key(sha512.New, string(first), p.algo.Salt1, 100_000, 64)
	if err != nil {
		p.err = err
		return
	}
	x := new(big.Int).SetBytes(salted(slow, p.algo.Salt2))
	p.verifier = x.Exp(big.NewInt(srpBase), x, prime)
}

func (p *password) wait(c client) { p.mu.Lock(); defer p.mu.Unlock(); p.await[c] = true }
func (p *password) done(c client) { p.mu.Lock(); defer p.mu.Unlock(); delete(p.await, c) }

func (p *password) waits(c client) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.await[c]
}

// ask poses a new question: B = k·v + g^b.
func (p *password) ask(id int64) (bin.Encoder, error) {
	out := &tg.AccountPassword{
		NewAlgo: &tg.PasswordKdfAlgoUnknown{}, NewSecureAlgo: &tg.SecurePasswordKdfAlgoUnknown{}, SecureRandom: make([]byte, 32),
	}
	if p == nil {
		return out, nil
	}
	if p.made.Do(p.make); p.err != nil {
		return nil, p.err
	}
	prime := new(big.Int).SetBytes(p.algo.P)
	b, err := rand.Int(rand.Reader, prime)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.open[id] = b
	p.mu.Unlock()
	algo := p.algo
	out.HasPassword, out.Hint, out.CurrentAlgo = true, "not a real one", &algo
	out.SetSRPID(id)
	out.SetSRPB(pad256(p.public(b)))
	return out, nil
}

func (p *password) public(b *big.Int) *big.Int {
	prime := new(big.Int).SetBytes(p.algo.P)
	k := new(big.Int).SetBytes(sha(p.algo.P, pad256(big.NewInt(srpBase))))
	sum := k.Mul(k, p.verifier)
	sum.Add(sum, new(big.Int).Exp(big.NewInt(srpBase), b, prime))
	return sum.Mod(sum, prime)
}

// check compares the client's proof M1 with its own.
func (p *password) check(proof *tg.InputCheckPasswordSRP) error {
	p.mu.Lock()
	b := p.open[proof.SRPID]
	delete(p.open, proof.SRPID)
	p.mu.Unlock()
	if b == nil {
		return tgerr.New(400, "SRP_ID_INVALID")
	}
	prime, g := new(big.Int).SetBytes(p.algo.P), pad256(big.NewInt(srpBase))
	a := new(big.Int).SetBytes(proof.A)
	if new(big.Int).Mod(a, prime).Sign() == 0 || a.Cmp(prime) >= 0 {
		return tgerr.New(400, "SRP_A_INVALID")
	}
	gA, gB := pad256(a), pad256(p.public(b))
	u := new(big.Int).SetBytes(sha(gA, gB))
	// S = (A · v^u)^b
	secret := new(big.Int).Exp(p.verifier, u, prime)
	secret.Mul(secret, a).Mod(secret, prime).Exp(secret, b, prime)
	both := sha(p.algo.P)
	for i, c := range sha(g) {
		both[i] ^= c
	}
	want := sha(both, sha(p.algo.Salt1), sha(p.algo.Salt2), gA, gB, sha(pad256(secret)))
	if subtle.ConstantTimeCompare(want, proof.M1) != 1 {
		return tgerr.New(400, "PASSWORD_HASH_INVALID")
	}
	return nil
}

func pad256(n *big.Int) []byte { return n.FillBytes(make([]byte, 256)) }

func sha(parts ...[]byte) []byte {
	sum := sha256.Sum256(bytes.Join(parts, nil))
	return sum[:]
}

func timeout() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 10*time.Second)
}
