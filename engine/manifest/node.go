package manifest

import (
	"slices"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// ResourceType is dbt's NodeType.
type ResourceType string

// Resource types as they stand in artifacts and unique ids.
const (
	Model         ResourceType = "model"
	Analysis      ResourceType = "analysis"
	Test          ResourceType = "test"
	Snapshot      ResourceType = "snapshot"
	Operation     ResourceType = "operation"
	SQLOperation  ResourceType = "sql_operation"
	Seed          ResourceType = "seed"
	SourceType    ResourceType = "source"
	MacroType     ResourceType = "macro"
	DocType       ResourceType = "doc"
	ExposureType  ResourceType = "exposure"
	GroupType     ResourceType = "group"
	UnitTestType  ResourceType = "unit_test"
	FunctionType  ResourceType = "function"
	MetricType    ResourceType = "metric"
	SemanticModel ResourceType = "semantic_model"
	SavedQuery    ResourceType = "saved_query"
)

// Checksum identifies a file's content.
type Checksum struct {
	Name     string `json:"name"`
	Checksum string `json:"checksum"`
}

// Docs is the `docs` config.
type Docs struct {
	Show      bool    `json:"show"`
	NodeColor *string `json:"node_color"`
}

// Ref is one ref() call.
type Ref struct {
	Name    string  `json:"name"`
	Package *string `json:"package"`
	Version any     `json:"version"` // nil, int64, float64 or string
}

// DependsOn lists what a node calls and reads.
type DependsOn struct {
	Macros []string `json:"macros"`
	Nodes  []string `json:"nodes"`
}

// AddMacro adds a macro that is not there yet.
func (d *DependsOn) AddMacro(id string) {
	if !slices.Contains(d.Macros, id) {
		d.Macros = append(slices.Clip(d.Macros), id)
	}
}

// Contract is the resolved contract of a node.
type Contract struct {
	Enforced   bool    `json:"enforced"`
	AliasTypes bool    `json:"alias_types"`
	Checksum   *string `json:"checksum"`
}

// Constraint is a column or model constraint.
type Constraint struct {
	Type               string   `json:"type"`
	Name               *string  `json:"name"`
	Expression         *string  `json:"expression"`
	WarnUnenforced     bool     `json:"warn_unenforced"`
	WarnUnsupported    bool     `json:"warn_unsupported"`
	To                 *string  `json:"to"`
	ToColumns          []string `json:"to_columns"`
	Columns            []string `json:"columns,omitempty"` // model constraints only
	IsModelConstraint  bool     `json:"-"`
	ModelColumnsAreSet bool     `json:"-"`
}

// ColumnConfig is a column's `config` block.
type ColumnConfig struct {
	Meta *yamldoc.Map `json:"meta"`
	Tags []string     `json:"tags"`
}

// Column is a documented column.
type Column struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Meta        *yamldoc.Map `json:"meta"`
	DataType    *string      `json:"data_type"`
	Constraints []Constraint `json:"constraints"`
	Quote       *bool        `json:"quote"`
	Config      ColumnConfig `json:"config"`
	Tags        []string     `json:"tags"`
	Granularity *string      `json:"granularity"`
	DocBlocks   []string     `json:"doc_blocks"`
	// Extra are further keys of the YAML, which dbt hands on as they are.
	Extra *yamldoc.Map `json:"-"`
}

// FunctionArgument is an argument of a function.
type FunctionArgument struct {
	Name         string  `json:"name"`
	DataType     string  `json:"data_type"`
	Description  *string `json:"description"`
	DefaultValue any     `json:"default_value"`
}

// FunctionReturns is what a function gives back.
type FunctionReturns struct {
	DataType    string  `json:"data_type"`
	Description *string `json:"description"`
}

// TestMetadata says which generic test a data test is an instance of.
type TestMetadata struct {
	Name      string       `json:"name"`
	Kwargs    *yamldoc.Map `json:"kwargs"`
	Namespace *string      `json:"namespace"`
}

// InjectedCTE is an ephemeral model's SQL put in front of a node.
type InjectedCTE struct {
	ID  string `json:"id"`
	SQL string `json:"sql"`
}

// Node is everything that stands under "nodes" in manifest.json: models, seeds,
// snapshots, data tests, analyses and operations, and what stands under
// "functions". Which fields print depends on ResourceType.
type Node struct {
	Database         string
	Schema           string
	Name             string
	ResourceType     ResourceType
	PackageName      string
	Path             string
	OriginalFilePath string
	UniqueID         string
	FQN              []string
	Alias            string
	Checksum         Checksum
	Config           *yamldoc.Map
	Tags             []string
	Description      string
	Columns          []*Column
	Meta             *yamldoc.Map
	Group            *string
	Docs             Docs
	PatchPath        *string
	BuildPath        *string
	UnrenderedConfig *yamldoc.Map
	CreatedAt        float64
	RelationName     *string
	RawCode          string
	DocBlocks        []string
	Language         string
	Refs             []Ref
	Sources          [][]string
	Metrics          [][]string
	Functions        [][]string
	DependsOn        DependsOn
	CompiledPath     *string
	Contract         Contract

	// models
	Access          string
	Constraints     []Constraint
	Version         any
	LatestVersion   any
	DeprecationDate *string
	PrimaryKey      []string
	TimeSpine       *yamldoc.Map

	// functions
	Arguments []FunctionArgument
	Returns   FunctionReturns

	// data tests
	ColumnName   *string
	FileKeyName  string
	AttachedNode *string
	TestMetadata *TestMetadata

	// operations
	Index int

	// seeds
	RootPath string

	// set by compile
	Compiled          bool
	CompiledCode      string
	ExtraCTEsInjected bool
	ExtraCTEs         []InjectedCTE

	// not printed
	Line      int  // line in the file where the node's text starts
	IsGeneric bool // data test made from YAML
	DefinedIn string
	PreHooks  []Hook
	PostHooks []Hook
	// Deferred is the node's relation in the manifest that is deferred to, DeferredName how it is written there.
	Deferred     *adapter.Relation
	DeferredName string
	// Batch is what a microbatch model is being built for; such a node is a copy of the manifest's.
	Batch *Batch
}

// Hook is a pre- or post-hook.
type Hook struct {
	SQL         string `json:"sql"`
	Transaction bool   `json:"transaction"`
	Index       *int   `json:"index"`
}

// IsRefable tells whether ref() may name the node.
func (n *Node) IsRefable() bool {
	return n.ResourceType == Model || n.ResourceType == Seed || n.ResourceType == Snapshot
}

// IsRelational tells whether the node is a relation of its own in the warehouse.
func (n *Node) IsRelational() bool { return n.IsRefable() }

// Materialized returns the node's materialization.
func (n *Node) Materialized() string {
	s, _ := n.ConfigValue("materialized").(string)
	return s
}

// IsEphemeral tells whether the node is an ephemeral model.
func (n *Node) IsEphemeral() bool {
	return n.ResourceType == Model && n.Materialized() == "ephemeral"
}

// ConfigValue returns a config entry or nil.
func (n *Node) ConfigValue(key string) any {
	if n.Config == nil {
		return nil
	}
	v, _ := n.Config.Get(key)
	return v
}

// SearchName is the name that selectors match: `name.v2` for a versioned model.
func (n *Node) SearchName() string {
	if n.Version == nil {
		return n.Name
	}
	return n.Name + ".v" + VersionString(n.Version)
}

// ConstraintKey are the columns of the primary key that a constraint tells of, nil for none.
func (n *Node) ConstraintKey() []string {
	for _, c := range n.Constraints {
		if c.Type == "primary_key" {
			return c.Columns
		}
	}
	for _, col := range n.Columns {
		for _, c := range col.Constraints {
			if c.Type == "primary_key" {
				return []string{col.Name}
			}
		}
	}
	return nil
}

// IsVersioned tells whether the node is a version of a model.
func (n *Node) IsVersioned() bool { return n.Version != nil }

// Column returns a documented column by name, or nil.
func (n *Node) Column(name string) *Column {
	for _, c := range n.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// ConfigTags are the tags of a resource that keeps them in its config only: one text or a list.
func ConfigTags(config *yamldoc.Map) []string {
	return yamldoc.Texts(config.Value("tags"))
}
