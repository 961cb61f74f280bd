package telegram

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// tunnel dials through an HTTP proxy by CONNECT (RFC 9110, 9.3.6), with Basic
// authentication where the address has a user.
func tunnel(p *url.URL) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{Timeout: 15 * time.Second}).DialContext(ctx, network, p.Host)
		if err != nil {
			return nil, err
		}
		// Whoever ends the context ends the talk with the proxy too.
		stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
		through, err := askProxy(conn, p, addr)
		if !stop() || err != nil {
			conn.Close()
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, err
		}
		return through, nil
	}
}

func askProxy(conn net.Conn, p *url.URL, addr string) (net.Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(15 * time.Second)); err != nil {
		return nil, err
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if u := p.User; u != nil {
		password, _ := u.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, req)
	if err != nil {
		return nil, fmt.Errorf("the HTTP proxy gave no answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the HTTP proxy refused: %s", res.Status)
	}
	if in.Buffered() > 0 {
		return nil, fmt.Errorf("the HTTP proxy sent %d bytes that nobody asked for", in.Buffered())
	}
	return conn, conn.SetDeadline(time.Time{})
}
