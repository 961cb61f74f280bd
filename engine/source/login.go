package source

import "context"

// Authenticator is a [Plugin] that needs somebody to sign in once: `gdbt source
// login` calls it. Extract uses what it leaves behind.
type Authenticator interface {
	Plugin
	// Login signs in and keeps the session for later runs. It asks for what it
	// needs. A session that is valid already is kept, unless Force.
	Login(ctx context.Context, req LoginRequest) (LoginResult, error)
}

// LoginMethod is a way to sign in.
type LoginMethod string

// Ways to sign in; a plugin refuses those that it has not.
const (
	LoginByCode LoginMethod = "code" // a code sent to the account, and a password when it has one
	LoginByQR   LoginMethod = "qr"   // a picture that a signed-in device reads
	LoginByBot  LoginMethod = "bot"  // a bot's token
	LoginImport LoginMethod = "import"
)

// LoginRequest is all that a Login needs.
type LoginRequest struct {
	Request
	Method LoginMethod
	// Phone is the account for LoginByCode; it is asked for when "".
	Phone string
	// Session is the text to import for LoginImport; it is asked for when "".
	Session string
	// Force signs in anew though a valid session is there.
	Force bool
	// Ask puts a question to the person at the terminal and waits for the answer.
	// Secret answers are not shown while typed.
	Ask func(ctx context.Context, question string, secret bool) (string, error)
	// Show prints text for the person, such as a QR code; lines of it are drawn as
	// they are.
	Show func(text string)
}

// LoginResult is who signed in.
type LoginResult struct {
	// Account is a name for the account that is no secret.
	Account string
	// SessionFile is where the session is kept, Encrypted whether by a key.
	SessionFile string
	Encrypted   bool
	// Already tells that the session was valid before.
	Already bool
}
