package faketg

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tgerr"
)

// Fault meets calls of the network.
type Fault struct {
	// Method in Telegram's notation, "upload.getFile"; "" for every method.
	Method string
	// Channel limits it to calls about one channel, by its name.
	Channel string
	// Photo limits it to calls for the file of one photo, by its id.
	Photo int64
	// Nth is the first call that it meets, of those that match, from 1 (also when 0).
	Nth int
	// Times is how many calls it meets in a row: 1 when 0, all when negative.
	Times int
	// Effect is what becomes of the call.
	Effect Effect
}

// Effect is what a fault does to a call.
type Effect struct {
	err   *tgerr.Error
	drop  bool
	hang  bool
	delay time.Duration
	do    func()
	// answer takes the place of the method's own.
	answer bin.Encoder
}

// Answer answers with something else than the method would.
func Answer(answer bin.Encoder) Effect { return Effect{answer: answer} }

// Error answers with an error of Telegram's, such as 400, "CHANNEL_PRIVATE".
func Error(code int, message string) Effect { return Effect{err: tgerr.New(code, message)} }

// FloodWait answers with FLOOD_WAIT.
func FloodWait(seconds int) Effect { return Error(420, fmt.Sprintf("FLOOD_WAIT_%d", seconds)) }

// Drop closes the connection instead of an answer.
func Drop() Effect { return Effect{drop: true} }

// Hang never answers. A client that sends the call again is heard.
func Hang() Effect { return Effect{hang: true} }

// Delay answers late. Other calls of the connection are answered meanwhile.
func Delay(d time.Duration) Effect { return Effect{delay: d} }

// Do calls f and answers as if nothing had happened: for changes of a channel
// between two pages, or [Server.DropConnections] at a given moment.
func Do(f func()) Effect { return Effect{do: f} }

// faults are all that were injected.
type faults struct {
	mu     sync.Mutex
	table  []*armed
	random *randomFaults
}

type armed struct {
	Fault
	met int // calls that matched
}

type randomFaults struct {
	rng     *rand.Rand
	rate    float64
	left    int
	effects []Effect
}

// Inject adds a fault. Of several that meet the same call, the first wins.
func (s *Server) Inject(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.table = append(s.faults.table, &armed{Fault: f})
}

// InjectRandomly makes a part of all calls that read data (rate, 0 to 1) meet
// one of the effects, most times at the most. The same seed gives the same
// faults in the same order of calls.
func (s *Server) InjectRandomly(seed uint64, rate float64, most int, effects ...Effect) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.random = &randomFaults{rng: rand.New(rand.NewPCG(seed, 1)), rate: rate, left: most, effects: effects}
}

// Heal takes all faults back.
func (s *Server) Heal() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.table, s.faults.random = nil, nil
}

// meet gives the effect for a call; photo is the photo whose file it asks for, 0 for none.
func (f *faults) meet(method, channel string, photo int64) (Effect, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var hit *armed
	for _, a := range f.table {
		if a.Method != "" && a.Method != method || a.Channel != "" && a.Channel != channel || a.Photo != 0 && a.Photo != photo {
			continue
		}
		a.met++
		first, times := max(a.Nth, 1), a.Times
		if times == 0 {
			times = 1
		}
		if hit == nil && a.met >= first && (times < 0 || a.met < first+times) {
			hit = a
		}
	}
	if hit != nil {
		return hit.Effect, true
	}
	if r := f.random; r != nil && r.left > 0 && readsData(method) && r.rng.Float64() < r.rate {
		r.left--
		return r.effects[r.rng.IntN(len(r.effects))], true
	}
	return Effect{}, false
}

func readsData(method string) bool {
	switch method {
	case "contacts.resolveUsername", "channels.getMessages", "messages.getHistory", "upload.getFile":
		return true
	}
	return false
}
