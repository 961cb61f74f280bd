package jinja

// UndefinedPolicy is what a name without a value does.
type UndefinedPolicy uint8

const (
	// UndefinedText is dbt's when it compiles and runs: an undefined value
	// prints as nothing, is false and empty; attributes, calls and arithmetic fail.
	UndefinedText UndefinedPolicy = iota
	// UndefinedParse is dbt's when it parses: attributes, items and calls
	// of an undefined value give an undefined value again; arithmetic fails.
	UndefinedParse
	// UndefinedNative is dbt's for YAML values. It behaves as UndefinedText;
	// RenderNative hands a lone undefined value back as it is.
	UndefinedNative
	// UndefinedStrict makes every use but the test "is defined" and the
	// filter default an error.
	UndefinedStrict
)

// Undefined is the value of a missing name, attribute, item or argument.
type Undefined struct {
	Name string // of the variable or attribute
	Hint string // replaces the message if not empty
	// Unsafe is set if the sandbox withheld an attribute.
	Unsafe bool

	policy UndefinedPolicy
	obj    Value // whose attribute or item is missing; nil for a variable
	key    Value // the item, if it is not a str
}

// NewUndefined makes the undefined value of a variable, in the thread's policy.
func NewUndefined(t *Thread, name string) *Undefined {
	return &Undefined{Name: name, policy: t.Undefined}
}

func (*Undefined) Type() string   { return "Undefined" }
func (*Undefined) Truth() bool    { return false }
func (*Undefined) String() string { return "" }
func (*Undefined) Repr() string   { return "Undefined" }

// Len is 0.
func (*Undefined) Len() int { return 0 }

// Message says what is missing, in Jinja2's words.
func (u *Undefined) Message() string {
	switch {
	case u.Hint != "":
		return u.Hint
	case u.obj == nil:
		return reprString(u.Name) + " is undefined"
	case u.key != nil:
		return objectType(u.obj) + " has no element " + u.key.Repr()
	}
	return reprString(objectType(u.obj)) + " has no attribute " + reprString(u.Name)
}

func objectType(v Value) string {
	if v == None {
		return "None"
	}
	return v.Type() + " object"
}

// Err is the error of using u where a value is needed.
func (u *Undefined) Err() error {
	if u.Unsafe {
		return raise("SecurityError", u.Message())
	}
	return &Error{Kind: UndefinedErr, Msg: u.Message(), Name: u.Name, Of: u.obj}
}

// chains tells whether attributes, items and calls of u give u again.
func (u *Undefined) chains() bool { return u.policy == UndefinedParse }

// checkPrint is the error of printing, testing or looping over u, which only
// the strict policy has.
func (u *Undefined) checkUse() error {
	if u.policy == UndefinedStrict {
		return u.Err()
	}
	return nil
}
