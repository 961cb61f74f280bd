package telegram

import (
	"context"
	"net"
)

// wholeConn is a connection whose Read gives as much as was asked for, or nothing: what
// came of it before an error waits for the next Read. gotd's obfuscation (v0.136.0,
// which MTProxies need) deciphers the whole buffer of a Read, whatever part of it was filled,
// and loses its place in the stream when that was not all. Its codecs ask for what they
// need and no more, so that waiting for it does no harm.
type wholeConn struct {
	net.Conn
	waits []byte
}

func (c *wholeConn) Read(b []byte) (int, error) {
	n := copy(b, c.waits)
	if n == len(b) {
		c.waits = c.waits[n:]
		return n, nil
	}
	for n < len(b) {
		m, err := c.Conn.Read(b[n:])
		n += m
		if err != nil && n < len(b) {
			c.waits = append([]byte(nil), b[:n]...)
			return 0, err
		}
	}
	c.waits = nil
	return n, nil
}

// whole makes the connections of a dialer such.
func whole(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &wholeConn{Conn: c}, nil
	}
}
