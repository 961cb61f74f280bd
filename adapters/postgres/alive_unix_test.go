//go:build unix

package postgres

import (
	"net"
	"testing"
	"time"
)

// pair is two ends of a TCP connection.
func pair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestAlive(t *testing.T) {
	client, server := pair(t)
	if !alive(client) {
		t.Error("a quiet session counts as dead")
	}
	server.Close()
	for deadline := time.Now().Add(5 * time.Second); alive(client); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a session without server counts as alive")
		}
	}
}

// pgconn starts a reader in the background when a write is slow, and leaves it there.
func TestAliveBesideABackgroundReader(t *testing.T) {
	client, _ := pair(t)
	reading := make(chan struct{})
	go func() {
		close(reading)
		_, _ = client.Read(make([]byte, 1))
	}()
	<-reading
	time.Sleep(20 * time.Millisecond) // until it is in Read
	done := make(chan bool, 1)
	go func() { done <- alive(client) }()
	select {
	case ok := <-done:
		if !ok {
			t.Error("a quiet session counts as dead")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("alive waits for the reader")
	}
}
