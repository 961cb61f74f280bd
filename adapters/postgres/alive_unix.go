//go:build unix

package postgres

import (
	"errors"
	"net"
	"syscall"
)

// alive tells whether an idle session still has its server, without a round
// trip: a server that went away has closed the socket, and one that is about
// to has sent its last words. (pgconn's CheckConn waits on a context, which
// here would send a cancel request.)
func alive(conn net.Conn) bool {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = t.NetConn()
	}
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	// Control, as Read would wait for a reader that pgconn left in the background
	// after a slow write, and that one waits for the server.
	err = raw.Control(func(fd uintptr) {
		var buf [1]byte
		_, _, err := syscall.Recvfrom(int(fd), buf[:], syscall.MSG_PEEK)
		quiet = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK)
	})
	return err == nil && quiet
}
