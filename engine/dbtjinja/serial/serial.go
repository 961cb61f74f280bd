// Package serial makes the nodes of a run render one at a time once they share
// values: packages keep results of the whole run in the context's `graph`, which
// is one dict in dbt, where Python's interpreter lock guards it.
//
// A node that shares values holds the [Lock] while it renders and gives it up
// while it waits for the warehouse or for others, with [Outside].
package serial

import (
	"context"
	"sync"
)

// Lock is held by one node at a time.
type Lock struct{ mu sync.Mutex }

type key struct{}

// Enter takes the lock for the work under the context that it returns, which is
// that of one goroutine. leave gives it up.
func (l *Lock) Enter(ctx context.Context) (inside context.Context, leave func()) {
	l.mu.Lock()
	return context.WithValue(ctx, key{}, l), l.mu.Unlock
}

// Held tells whether the work under ctx holds a lock.
func Held(ctx context.Context) bool { return held(ctx) != nil }

func held(ctx context.Context) *Lock {
	l, _ := ctx.Value(key{}).(*Lock)
	return l
}

// Outside runs f without the lock that the work under ctx holds, if it holds one.
func Outside(ctx context.Context, f func()) {
	if l := held(ctx); l != nil {
		l.mu.Unlock()
		defer l.mu.Lock()
	}
	f()
}

// Without is ctx for a goroutine of its own, which does not hold the lock.
func Without(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, (*Lock)(nil))
}
