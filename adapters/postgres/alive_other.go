//go:build !unix

package postgres

import "net"

// alive can't look at a socket without reading from it here; a statement on a
// dead session fails and the next one opens a new session.
func alive(net.Conn) bool { return true }
