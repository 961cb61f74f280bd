package adapter

import "context"

// Batcher is an optional ability of a Conn: several texts go to the server in
// one round trip, one after the other inside the open transaction; it is an
// error to call it outside one. With commit the transaction is committed in
// the same round trip. The first error ends the batch, leaves the transaction
// aborted and comes back as a [*BatchError]. The responses are those of the
// texts that succeeded.
type Batcher interface {
	ExecuteBatch(ctx context.Context, statements []string, commit bool) ([]Response, error)
}

// BatchError tells which text of a batch failed; Index is the number of texts
// when the commit itself failed.
type BatchError struct {
	Index int
	Err   error
}

func (e *BatchError) Error() string { return e.Err.Error() }

// Unwrap returns the statement's error.
func (e *BatchError) Unwrap() error { return e.Err }

// TransactionPolicy is an optional ability of Credentials: the profile may say
// that statements must not open a transaction by themselves (dbt-duckdb's
// disable_transactions).
type TransactionPolicy interface {
	DisableTransactions() bool
}

// IndexConfig is a validated entry of the `indexes` model config. Jinja sees
// its fields and Render.
type IndexConfig struct {
	Columns []string
	Unique  bool
	Type    string // empty when not given
	// Render names the index for a relation.
	Render func(r Relation) string
}

// ProfileTemplater is a driver that knows what to ask for a new profile.
type ProfileTemplater interface {
	// ProfileTemplate is YAML in the form of dbt's profile_template.yml: `fixed` are fields that are not asked for, `prompts`
	// are fields with default, type (string, int, float or bool), hint and hide_input, `_choose…` are choices between such.
	ProfileTemplate() []byte
}

// RelationMethodSet is an optional ability of a Driver: further methods of Jinja's relations.
type RelationMethodSet interface {
	RelationMethods() map[string]RelationMethod
}

// RelationMethod is one further method of Jinja's relations. Arguments and result are as those of a [Method].
type RelationMethod func(r Relation, args []any, kwargs map[string]any) (any, error)

// SourceLocator is a [Driver] whose sources may lie outside of its schemas, in files say. values has the name, identifier,
// schema, database and tags of the source, its meta and the settings of its own in its config.
type SourceLocator interface {
	// SourceLocation gives the SQL that stands for the source, "" where its name does.
	SourceLocation(values map[string]any) (string, error)
}
