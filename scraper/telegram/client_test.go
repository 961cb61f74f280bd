package telegram

import (
	"context"
	"errors"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/tg"
)

// closing is a pool whose calls are answered when it is closed, as gotd's then answers all that come later too.
type closing struct{ called, closed chan struct{} }

func (p *closing) Close() error { close(p.closed); return nil }

func (p *closing) Invoke(ctx context.Context, _ bin.Encoder, _ bin.Decoder) error {
	p.called <- struct{}{}
	<-p.closed
	return errors.New("DC is closed")
}

// Who uses a pool while another gives it up is told so at once: no attempt on it can succeed any more.
func TestForgottenPool(t *testing.T) {
	t.Parallel()
	const dc = 4
	pool := &closing{make(chan struct{}, 10), make(chan struct{})}
	cl := &clock{}
	c := &connection{
		client: telegram.NewClient(1, "hash", telegram.Options{}), pools: map[int]*centre{},
		layers: []telegram.Middleware{&recovery{attempts: 10, sleep: cl.sleep}},
	}
	p := &centre{pool: pool}
	p.once.Do(func() { p.api = c.wrap(p) })
	c.pools[dc] = p

	api, err := c.files(t.Context(), dc)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := api.UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Location: &tg.InputPhotoFileLocation{}})
		ended <- err
	}()
	<-pool.called
	if !c.forget(dc, api) || c.pools[dc] != nil {
		t.Error("the pool was kept")
	}
	if err := <-ended; !errors.Is(err, errForgotten) || len(cl.slept) != 0 {
		t.Errorf("%v after %d pauses", err, len(cl.slept))
	}
}
