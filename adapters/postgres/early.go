package postgres

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// OpenEarly is Open, and begins to open sessions: the first one, then, when
// the server has let it in, the others at once.
func (d driver) OpenEarly(ctx context.Context, c adapter.Credentials, sessions int) (adapter.Warehouse, error) {
	opened, err := d.Open(ctx, c)
	if err != nil || sessions < 1 {
		return opened, err
	}
	w := opened.(*warehouse)
	w.early = newEarly(ctx, w.connectOnce, sessions)
	return w, nil
}

// early are sessions that were begun before anybody asked.
type early struct {
	cancel  context.CancelFunc
	arrived chan attempt

	mu    sync.Mutex
	begun int // attempts that nobody has taken yet
}

// attempt is how the opening of a session ended; the zero value is one that was not made, as the first one failed.
type attempt struct {
	pg  *pgconn.PgConn
	err error
}

func newEarly(ctx context.Context, connect func(context.Context) (*pgconn.PgConn, error), sessions int) *early {
	ctx, cancel := context.WithCancel(ctx)
	e := &early{cancel: cancel, arrived: make(chan attempt, sessions), begun: sessions}
	go func() {
		pg, err := connect(ctx)
		e.arrived <- attempt{pg, err}
		for range sessions - 1 {
			if err != nil {
				e.arrived <- attempt{}
				continue
			}
			go func() {
				pg, err := connect(ctx)
				e.arrived <- attempt{pg, err}
			}()
		}
	}()
	return e
}

// take waits for an attempt that was begun; it gives the zero attempt when none is left.
func (e *early) take(ctx context.Context) (attempt, error) {
	if e == nil || !e.claim() {
		return attempt{}, nil
	}
	select {
	case a := <-e.arrived:
		return a, nil
	case <-ctx.Done():
		e.mu.Lock()
		e.begun++
		e.mu.Unlock()
		return attempt{}, context.Cause(ctx)
	}
}

func (e *early) claim() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.begun == 0 {
		return false
	}
	e.begun--
	return true
}

// close ends what nobody has taken.
func (e *early) close() {
	if e == nil {
		return
	}
	e.cancel()
	for e.claim() {
		if a := <-e.arrived; a.pg != nil {
			hangUp(a.pg)
		}
	}
}
