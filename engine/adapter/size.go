package adapter

// Sizer is an optional ability of a Driver: it knows how big relations are.
type Sizer interface {
	// Sizes gives the relations of the session's databases whose size the warehouse knows. query sends one statement that
	// only reads. It reads what the warehouse keeps about relations, not the relations. With an error comes what is known
	// without the query that failed.
	Sizes(query func(sql string) (*Table, error)) ([]Size, error)
}

// Size is how big a relation is.
type Size struct {
	Database, Schema, Name string
	Rows, Bytes            int64 // -1 where the warehouse does not know
}

// SizesOf reads the answer to a query for database, schema, name, rows and bytes; NULL is what is not known.
func SizesOf(t *Table) []Size {
	out := make([]Size, t.Len())
	for r := range out {
		s := Size{Rows: known(t.Values[3][r]), Bytes: known(t.Values[4][r])}
		s.Database, _ = t.Values[0][r].(string)
		s.Schema, _ = t.Values[1][r].(string)
		s.Name, _ = t.Values[2][r].(string)
		out[r] = s
	}
	return out
}

func known(v any) int64 {
	if n, ok := v.(int64); ok {
		return n
	}
	return -1
}
