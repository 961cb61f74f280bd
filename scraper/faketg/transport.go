package faketg

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto/codec"
	"github.com/gotd/td/tgtest"
	"github.com/gotd/td/transport"
)

// dataCentre is one address of the network. Its connections are served by a
// tgtest.Server, a new one each time that it forgets its keys.
type dataCentre struct {
	id       int
	key      exchange.PrivateKey
	handler  tgtest.Handler
	listener net.Listener
	sent     *atomic.Int64

	mu      sync.Mutex
	conns   map[*conn]bool
	queue   *queue
	refuses bool
	closed  bool
	serving sync.WaitGroup
}

func openDataCentre(id int, key exchange.PrivateKey, handler tgtest.Handler, sent *atomic.Int64) (*dataCentre, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &dataCentre{id: id, key: key, handler: handler, listener: l, sent: sent, conns: map[*conn]bool{}}
	d.serve()
	d.serving.Add(1)
	go d.accept()
	return d, nil
}

// serve begins with a server that knows no keys.
func (d *dataCentre) serve() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	if d.queue != nil {
		_ = d.queue.Close()
	}
	ctx, cancel := context.WithCancel(context.Background())
	q := &queue{conns: make(chan net.Conn), done: ctx, stop: cancel, addr: d.listener.Addr()}
	d.queue = q
	server := tgtest.NewServer(d.key, d.handler, tgtest.ServerOptions{DC: d.id})
	keys := &sync.RWMutex{}
	listener := transport.ListenCodec(func() transport.Codec { return &keyGuard{keys: keys} }, q)
	d.serving.Add(1)
	go func() {
		defer d.serving.Done()
		_ = server.Serve(ctx, listener) // ends with its context
	}()
}

func (d *dataCentre) accept() {
	defer d.serving.Done()
	for {
		c, err := d.listener.Accept()
		if err != nil {
			return
		}
		go d.admit(c)
	}
}

// admit reads the transport's tag, so that a connection that never sends one
// keeps nobody waiting, and hands the connection to the server.
func (d *dataCentre) admit(nc net.Conn) {
	var tag [4]byte
	_, err := io.ReadFull(nc, tag[:])
	d.mu.Lock()
	c := &conn{Conn: nc, dc: d, tag: tag[:]}
	refused := err != nil || d.refuses || d.closed || tag != codec.IntermediateClientStart
	q := d.queue
	if !refused {
		d.conns[c] = true
	}
	d.mu.Unlock()
	if refused {
		_ = nc.Close()
		return
	}
	select {
	case q.conns <- c:
	case <-q.done.Done():
		_ = c.Close()
	}
}

// drop closes the sockets; the goroutines that serve them find out and clean up.
func (d *dataCentre) drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		_ = c.Conn.Close()
	}
}

func (d *dataCentre) close() {
	d.mu.Lock()
	d.closed = true
	_ = d.queue.Close()
	d.mu.Unlock()
	_ = d.listener.Close()
	d.drop()
	d.serving.Wait()
}

// queue is the net.Listener of one server.
type queue struct {
	conns chan net.Conn
	done  context.Context
	stop  context.CancelFunc
	addr  net.Addr
}

func (q *queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.done.Done():
		return nil, net.ErrClosed
	}
}

func (q *queue) Close() error   { q.stop(); return nil }
func (q *queue) Addr() net.Addr { return q.addr }

// conn is a client's connection.
type conn struct {
	net.Conn
	dc  *dataCentre
	tag []byte // read ahead

	mu      sync.Mutex
	release func()
}

func (c *conn) Read(p []byte) (int, error) {
	if len(c.tag) > 0 {
		n := copy(p, c.tag)
		c.tag = c.tag[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.dc.sent.Add(int64(n))
	return n, err
}

// Close is called by the goroutine that serves the connection.
func (c *conn) Close() error {
	c.hold(nil, nil)
	c.dc.mu.Lock()
	delete(c.dc.conns, c)
	c.dc.mu.Unlock()
	return c.Conn.Close()
}

// hold takes a lock that the next hold gives back.
func (c *conn) hold(lock, unlock func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.release != nil {
		c.release()
		c.release = nil
	}
	if lock != nil {
		lock()
		c.release = unlock
	}
}

// keyGuard is the intermediate transport. From one message to the next it holds
// a lock for the server's goroutine of this connection: tgtest writes its table
// of keys under one mutex, when a key exchange ends, and reads it under another.
type keyGuard struct {
	codec.Intermediate
	keys *sync.RWMutex
	conn *conn
}

var errForeign = errors.New("faketg: a connection that is not of its listener")

// ReadHeader notes which connection the codec is for.
func (g *keyGuard) ReadHeader(r io.Reader) error {
	c, ok := r.(*conn)
	if !ok {
		return errForeign
	}
	g.conn = c
	return g.Intermediate.ReadHeader(r)
}

// Read gives the lock back while it waits for the next message.
func (g *keyGuard) Read(r io.Reader, b *bin.Buffer) error {
	g.conn.hold(nil, nil)
	if err := g.Intermediate.Read(r, b); err != nil {
		return err // the server gives up the connection and touches no key
	}
	if endsExchange(b.Buf) {
		g.conn.hold(g.keys.Lock, g.keys.Unlock)
	} else {
		g.conn.hold(g.keys.RLock, g.keys.RUnlock)
	}
	return nil
}

// endsExchange tells whether a message is the client's last of a key exchange:
// unencrypted, so with a zero key id before the message id and the length.
func endsExchange(b []byte) bool {
	return len(b) >= 24 && binary.LittleEndian.Uint64(b) == 0 &&
		binary.LittleEndian.Uint32(b[20:]) == mt.SetClientDHParamsRequestTypeID
}
