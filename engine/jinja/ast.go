package jinja

// expr is an expression of the tree. After resolve it evaluates itself.
type expr interface {
	eval(f *frame) (Value, error)
	at() int32 // offset in the source
}

// stmt is a statement of the tree.
type stmt interface {
	exec(f *frame) (control, error)
}

// control is how a statement ended.
type control uint8

const (
	goOn control = iota
	doBreak
	doContinue
)

// node holds the place of an expression.
type node struct{ pos int32 }

func (n node) at() int32 { return n.pos }

type constExpr struct {
	node
	v Value
}

type loadKind uint8

const (
	loadUndefined loadKind = iota // has no value until it is stored
	loadContext                   // comes from the context
	loadAlias                     // starts with the value of an outer scope
	loadParam                     // set by the construct that opens the scope
)

type nameExpr struct {
	node
	name  string
	slot  int32
	depth int16 // functions to go out
	kind  loadKind
	store bool
}

// nsRef is the target ns.attr of a set statement.
type nsRef struct {
	node
	ns   *nameExpr
	attr string
}

type listExpr struct {
	node
	elems []expr
}

type tupleExpr struct {
	node
	elems []expr
}

type dictExpr struct {
	node
	keys, vals []expr
}

type binExpr struct {
	node
	op   tokenKind
	l, r expr
}

type unaryExpr struct {
	node
	op tokenKind // tAdd or tSub
	x  expr
}

type notExpr struct {
	node
	x expr
}

type logicExpr struct {
	node
	or   bool
	l, r expr
}

type compareOp struct {
	op cmpOp
	x  expr
}

type compareExpr struct {
	node
	x   expr
	ops []compareOp
}

type concatExpr struct {
	node
	parts []expr
	esc   escapeMode
}

type condExpr struct {
	node
	test, yes, no expr // no may be nil
}

type attrExpr struct {
	node
	obj     expr
	name    string
	methods *methodSet // of the builtin types; nil if none has this name
}

type itemExpr struct {
	node
	obj, key expr
}

type sliceExpr struct {
	node
	obj               expr
	start, stop, step expr // each may be nil
}

// sliceKey is a slice among several subscripts, x[1:2, 3].
type sliceKey struct {
	node
	start, stop, step expr
}

type kwExpr struct {
	name string
	x    expr
}

// callArgs are the arguments of a call, filter or test.
type callArgs struct {
	args   []expr
	kwargs []kwExpr
	star   expr // *args
	stars  expr // **kwargs
}

type callExpr struct {
	node
	fn expr
	callArgs
	printed bool // by a {{ }} outside of all statements, as it is; set by look
}

type filterExpr struct {
	node
	x    expr // nil for a filter block
	name string
	fn   FilterFunc // nil: unknown, fails when it is reached
	mark markKind   // of as_text and its like; used if isMark
	callArgs
	isMark bool
}

type testExpr struct {
	node
	x    expr
	name string
	fn   TestFunc
	callArgs
}

// escapeMode is whether output is escaped at a place of the source.
type escapeMode uint8

const (
	escapeOff escapeMode = iota
	escapeOn
	escapeDynamic // as the thread says
)

type outItem struct {
	text string // if x is nil
	x    expr
}

type outputStmt struct {
	items []outItem
	esc   escapeMode
}

type branch struct {
	test expr
	body []stmt
}

type ifStmt struct {
	branches []branch
	els      []stmt
}

// scopeInit says what a scope does with its own slots when it is entered.
type scopeInit struct {
	slot  int32
	outer *nameExpr // copies this; nil clears the slot
}

type forStmt struct {
	pos       int32
	target    expr
	iter      expr
	test      expr // may be nil
	body, els []stmt
	recursive bool
	extended  bool // the body uses the loop variable
	loopSlot  int32
	init      []scopeInit // of the body
	elsInit   []scopeInit
	testInit  []scopeInit
	testTgt   expr // the target as the test sees it
	lo, hi    int32
}

type setStmt struct {
	pos    int32
	target expr
	x      expr
}

type setBlockStmt struct {
	pos    int32
	target expr
	filter *filterExpr // innermost has x == nil; may be nil
	body   []stmt
	init   []scopeInit
}

// paramDef is one parameter of a macro.
type paramDef struct {
	name *nameExpr
	def  expr   // nil: none
	typ  string // annotation as written; "" if none
}

// macroDef is a macro, the body of a call block, or one of dbt's blocks.
type macroDef struct {
	pos        int32
	name       string
	kind       string
	params     []paramDef
	body       []stmt
	langs      expr // supported_languages of a materialization
	adapter    string
	fn         function
	callerSlot int32 // -1: the body does not use it; the same for the next two
	kwargsSlot int32
	varSlot    int32
	explicit   bool // caller is among the parameters
	esc        escapeMode
	init       []scopeInit
}

type macroStmt struct {
	def    *macroDef
	target *nameExpr // nil for the blocks of dbt and mangled macros
}

type callBlockStmt struct {
	pos    int32
	call   *callExpr
	caller *macroDef
}

type filterBlockStmt struct {
	pos    int32
	filter *filterExpr
	body   []stmt
	init   []scopeInit
}

type withStmt struct {
	targets []expr
	vals    []expr
	body    []stmt
	init    []scopeInit
}

type doStmt struct {
	pos int32
	x   expr
}

type loopControl struct {
	pos int32
	ctl control
}

type autoescapeStmt struct {
	pos  int32
	x    expr
	body []stmt
	init []scopeInit
}

// blockStmt is {% block %}: without inheritance its body in a scope of its own.
type blockStmt struct {
	name string
	body []stmt
	init []scopeInit
}

// failStmt is a statement that always fails when it is reached.
type failStmt struct {
	pos int32
	err Error
}

// function is what has a frame of its own: the template and each macro.
type function struct {
	parent   *function
	slots    int32
	captured bool // a macro or call block inside may keep the frame
}
