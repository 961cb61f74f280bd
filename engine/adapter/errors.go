package adapter

import "fmt"

// DatabaseError is an error that the warehouse gave for a statement.
type DatabaseError struct {
	Message  string // all that dbt prints: the server's words with LINE, DETAIL and HINT
	Detail   string
	Hint     string
	Code     string // SQLSTATE or the driver's own class
	SQL      string // the statement as sent
	Position int    // 1-based character offset in SQL, 0 when unknown
	// Transient tells that the same transaction may succeed when run again:
	// a write-write conflict, a serialization failure, a deadlock.
	Transient bool
	Err       error
}

func (e *DatabaseError) Error() string { return e.Message }

// Unwrap returns the driver's error.
func (e *DatabaseError) Unwrap() error { return e.Err }

// ConnectError says that a session could not be had: server down, wrong
// password, locked file.
type ConnectError struct {
	Target string // host:port/database or a file, never with a secret
	Hint   string
	Err    error
}

func (e *ConnectError) Error() string {
	return fmt.Sprintf("could not connect to %s: %v", e.Target, e.Err)
}

// Unwrap returns the driver's error.
func (e *ConnectError) Unwrap() error { return e.Err }

// CredentialsError names a field of a profile output that is missing or wrong.
type CredentialsError struct {
	Field   string
	Message string
	Hint    string
}

func (e *CredentialsError) Error() string { return e.Message }
