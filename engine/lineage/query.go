package lineage

import "context"

// Parser reads the SQL of one dialect. It may be used concurrently.
type Parser interface {
	// Dialect says whose SQL it reads.
	Dialect() Dialect
	// Parse reads the text of one query. An error is what the dialect's own parser says of it.
	Parse(ctx context.Context, sql string) (*Query, error)
	// Close frees what the parser holds; it opens again when used again.
	Close() error
}

// Dialect are the rules of a dialect that change what a name means.
type Dialect struct {
	// Name is the adapter's type: postgres, duckdb.
	Name string
	// FoldCase tells that identifiers which differ in case only are the same.
	FoldCase bool
	// AliasReuse tells that a name which no table of the query has may be an alias of the select list, everywhere.
	AliasReuse bool
	// MergedFirst tells that `*` gives the columns of USING before all others, rather than where the left side has them.
	MergedFirst bool
	// NumberDuplicates tells that a subquery's second column `a` is called `a_1` outside.
	NumberDuplicates bool
	// ValuesName makes the name of a column of VALUES from its place, which counts from 0.
	ValuesName func(i int) string
	// ValueFunctions are names that mean a value where no column has them, as current_date does.
	ValueFunctions []string
	// SystemColumns are columns that every table has beside its own.
	SystemColumns []string
}

// Query is a query expression: common table expressions, a body, and what comes after it.
type Query struct {
	With []CTE
	// Body is a *Select, *SetOp, *Values or *Opaque.
	Body Body
	// OrderBy counts where Limited, for it decides then which rows stay.
	OrderBy    []Expr
	OrderByAll bool
	Limited    bool
	// Limit are the expressions of LIMIT and OFFSET.
	Limit []Expr
}

// CTE is one common table expression.
type CTE struct {
	Name string
	// Columns are the names given with it, if any.
	Columns []string
	Query   *Query
	// Recursive tells that the query may read itself and its siblings.
	Recursive bool
	// Extra are columns that the database adds, as SEARCH and CYCLE do.
	Extra []Extra
}

// Extra is a column that is computed from some of the others, over the rows on the way to its own.
type Extra struct {
	Name string
	From []string
}

// Body is what a query gets its rows from.
type Body interface{ body() }

// Select is a SELECT.
type Select struct {
	Items      []Item
	Distinct   bool
	DistinctOn []Expr
	// From are the items of the FROM clause between commas.
	From []FromItem
	// Where holds WHERE alone; Having holds HAVING and QUALIFY, which may name what is grouped by.
	Where, Having []Expr
	GroupBy       []Expr
	// GroupByAll groups by every item without an aggregate.
	GroupByAll bool
}

// Item is an item of a select list.
type Item struct {
	Expr Expr
	// Name is its alias, or what the dialect calls it without one; "" for a column or star, which keep their names.
	Name string
	// Aliased tells that Name was written.
	Aliased bool
}

// SetOp joins two queries.
type SetOp struct {
	Op SetOpKind
	// All keeps what is there twice.
	All bool
	// ByName matches columns by name rather than place.
	ByName      bool
	Left, Right *Query
}

// SetOpKind is the operation of a SetOp.
type SetOpKind int

// The operations.
const (
	Union SetOpKind = iota
	Intersect
	Except
)

// Values is a list of rows.
type Values struct{ Rows [][]Expr }

// Opaque is a query or an item of FROM whose columns can't be known.
type Opaque struct {
	// Reason says why, as in "cannot be traced: it reads …".
	Reason string
	// Alias and Names are as those of the other items of FROM.
	Alias string
	Names []string
}

func (*Select) body() {}
func (*SetOp) body()  {}
func (*Values) body() {}
func (*Opaque) body() {}

// FromItem is something that FROM names.
type FromItem interface{ fromItem() }

// Table is a relation named in FROM, or a common table expression.
type Table struct {
	Catalog, Schema, Name string
	Alias                 string
	// Names rename the first columns.
	Names []string
}

// Subselect is a query in FROM. It may read the items to its left where Lateral.
type Subselect struct {
	Query   *Query
	Lateral bool
	Alias   string
	Names   []string
}

// Function is a function in FROM; it may read the items to its left.
type Function struct {
	Name string
	// Args decide which rows there are.
	Args []Expr
	// Alias is the name of the item; the function's where none is given.
	Alias string
	// Columns are its columns as far as they are known, each with what it is computed from. Open says why there may be
	// others; those are computed from all Args.
	Columns []Item
	Open    string
	// Names rename the first columns.
	Names []string
}

// JoinKind is the kind of a join.
type JoinKind int

// The kinds of joins. Semi stands for ANTI too: no column of the right side comes out.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	SemiJoin
)

// Join is a join of two items.
type Join struct {
	Kind        JoinKind
	Left, Right FromItem
	On          Expr
	Using       []string
	Natural     bool
	// Alias hides the names of both sides; Names rename the first columns.
	Alias string
	Names []string
	// UsingAlias is a name for the columns of Using.
	UsingAlias string
}

// Pivot turns rows to columns: a column for each value of On and each of Aggregates, beside the groups.
type Pivot struct {
	Source     FromItem
	Aggregates []Item
	On         []Expr
	// Outputs are the names of the values, all combinations of On.
	Outputs []string
	// Open says why the values are not known; the columns are computed from Aggregates and On all the same.
	Open string
	// Groups are the columns that stay; nil is all that neither On nor Aggregates read.
	Groups []string
	Alias  string
	Names  []string
}

// Unpivot turns columns to rows.
type Unpivot struct {
	Source FromItem
	// Names are the columns of the names, Values those of the values; Entries has, for each row that comes of a row, the
	// columns that Values are taken from.
	NameColumns, ValueColumns []string
	Entries                   [][]Expr
	// KeepNulls keeps rows without a value.
	KeepNulls bool
	Alias     string
	Names     []string
}

func (*Table) fromItem()     {}
func (*Subselect) fromItem() {}
func (*Function) fromItem()  {}
func (*Join) fromItem()      {}
func (*Pivot) fromItem()     {}
func (*Unpivot) fromItem()   {}
func (*Opaque) fromItem()    {}

// Expr is an expression, as far as it matters what it reads. nil is a constant.
type Expr interface{ expr() }

// ColumnRef is a name with dots: a column, a column of a table, a field of either, or a table for its whole row.
type ColumnRef struct{ Parts []string }

// Star is `*` or `t.*`, or a choice of columns by their names.
type Star struct {
	// Qualifier is the table's name in its parts, if any.
	Qualifier []string
	// Exclude leaves columns out, Replace computes others in their place, Rename calls them otherwise.
	Exclude []string
	Replace []Item
	Rename  map[string]string
	// Only are the columns to take where it is not nil, by name.
	Only []string
	// Match tells which columns to take where it is not nil.
	Match func(name string) bool
	// Alias makes a column's name from its own, where it is not nil.
	Alias func(name string) string
	// Expand tells that the whole expression around is meant once for each column.
	Expand bool
	// Unknown says why it can't be known which columns it takes.
	Unknown string
}

// Call is anything computed from others.
type Call struct {
	Args []Expr
	// Rows tells that it makes rows, as unnest does in a select list.
	Rows bool
	// Aggregate tells that it is computed over a group.
	Aggregate bool
	// Maybe is a name that is an argument if it is a column: `x` of `x.f()`.
	Maybe []string
	// Unknown says why there may be other arguments.
	Unknown string
}

// Fields are all fields of a value, as columns of their own.
type Fields struct {
	Arg Expr
	// Known are the fields where the value is written out.
	Known []Item
}

// Same is an expression that gives its argument as it is, as COLLATE does.
type Same struct{ Arg Expr }

// Lambda is a function of some names.
type Lambda struct {
	Params []string
	Body   Expr
}

// Position is the column at a place of FROM, which counts from 1.
type Position struct{ Index int }

// Ordinal is the item at a place of the select list, which counts from 1; in GROUP BY and ORDER BY.
type Ordinal struct{ Index int }

// Subquery is a query as a value.
type Subquery struct {
	Query *Query
	// Exists tells that the value says just whether there are rows.
	Exists bool
	// Computed tells that the value is not the row's own, as with ARRAY(…) and IN.
	Computed bool
	// Args is the left side of IN, ANY and ALL.
	Args []Expr
}

func (*ColumnRef) expr() {}
func (*Star) expr()      {}
func (*Call) expr()      {}
func (*Fields) expr()    {}
func (*Same) expr()      {}
func (*Lambda) expr()    {}
func (*Position) expr()  {}
func (*Ordinal) expr()   {}
func (*Subquery) expr()  {}
