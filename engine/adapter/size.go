package adapter

// Sizer is an optional ability of a Driver: it knows how to ask how big relations are.
type Sizer interface {
	// SizesSQL is one query over all relations of the session's databases, which gives database, schema and name as texts,
	// and rows and bytes as integers, NULL where the warehouse does not know. It reads the catalogue only, not the tables.
	SizesSQL() string
}
