package sqltok

// Dialect holds the lexical rules in which SQL dialects differ. The zero value
// is plain ANSI SQL: '…' strings, "…" names, -- and /* */ comments.
type Dialect struct {
	// NestedComments: a /* inside a block comment opens another level.
	NestedComments bool
	// DollarStrings: $tag$ … $tag$ is a string.
	DollarStrings bool
	// EscapeStrings: in E'…' a backslash escapes the next character.
	EscapeStrings bool
	// BackslashStrings: in every '…' a backslash escapes the next character.
	BackslashStrings bool
	// Backticks: `…` is a quoted name.
	Backticks bool
	// HashComments: # starts a line comment.
	HashComments bool
}

// Postgres gives PostgreSQL's rules
// (https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
func Postgres() Dialect {
	return Dialect{NestedComments: true, DollarStrings: true, EscapeStrings: true}
}

// DuckDB gives DuckDB's rules: its scanner descends from PostgreSQL's.
func DuckDB() Dialect {
	return Dialect{NestedComments: true, DollarStrings: true, EscapeStrings: true}
}

// Trino gives Trino's rules.
func Trino() Dialect { return Dialect{DollarStrings: true, Backticks: true} }

// ForAdapter gives the rules for a `type:` of a profile; an unknown one gets
// PostgreSQL's, which read every construct that the others share.
func ForAdapter(name string) Dialect {
	switch name {
	case "duckdb":
		return DuckDB()
	case "trino":
		return Trino()
	}
	return Postgres()
}
