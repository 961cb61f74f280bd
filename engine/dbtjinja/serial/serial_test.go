package serial_test

import (
	"context"
	"sync"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja/serial"
)

// One at a time inside, while others wait outside.
func TestLock(t *testing.T) {
	var l serial.Lock
	counter := 0 // the race detector watches it
	var wg sync.WaitGroup
	met := make(chan bool)
	for i := range 2 {
		wg.Go(func() {
			ctx, leave := l.Enter(t.Context())
			defer leave()
			if !serial.Held(ctx) || serial.Held(serial.Without(ctx)) {
				t.Error("the context does not tell who holds the lock")
			}
			counter++
			serial.Outside(ctx, func() { // both are outside at once, or neither would go on
				if i == 0 {
					met <- true
				} else {
					<-met
				}
			})
			counter++
		})
	}
	wg.Wait()
	if counter != 4 {
		t.Errorf("counter is %d, want 4", counter)
	}
}

func TestOutsideWithoutLock(t *testing.T) {
	ran := false
	serial.Outside(context.Background(), func() { ran = true })
	if !ran {
		t.Error("f did not run")
	}
}
