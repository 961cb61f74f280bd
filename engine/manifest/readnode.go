package manifest

import (
	"slices"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// node reads an entry of "nodes". raw_sql and compiled_sql are the names of schema v6 and older.
func (o *obj) node() *Node {
	n := &Node{
		Database: o.text("database"), Schema: o.text("schema"), Name: o.text("name"), ResourceType: ResourceType(o.text("resource_type")),
		PackageName: o.text("package_name"), Path: o.text("path"), OriginalFilePath: o.text("original_file_path"),
		UniqueID: o.text("unique_id"), FQN: o.texts("fqn"), Alias: o.text("alias"), Config: o.dict("config"), Tags: o.texts("tags"),
		Description: o.text("description"), Columns: o.columns(), Meta: o.dict("meta"), Group: o.textPtr("group"), Docs: o.docsConfig(),
		PatchPath: o.textPtr("patch_path"), BuildPath: o.textPtr("build_path"), UnrenderedConfig: o.dict("unrendered_config"),
		CreatedAt: o.number("created_at"), RelationName: o.textPtr("relation_name"), RawCode: o.text("raw_code"),
		DocBlocks: o.texts("doc_blocks"), Language: "sql", DependsOn: o.dependsOn(), Contract: Contract{AliasTypes: true},
	}
	o.within("checksum", func(c *obj) { n.Checksum = Checksum{c.text("name"), c.text("checksum")} })
	if o.Has("raw_sql") {
		n.RawCode = o.text("raw_sql")
	}
	if n.ResourceType == Seed {
		n.RootPath = o.text("root_path")
		return n
	}
	if l := o.text("language"); l != "" {
		n.Language = l
	}
	n.Refs, n.Sources, n.Metrics, n.Functions = o.refs(), o.textLists("sources"), o.textLists("metrics"), o.textLists("functions")
	n.CompiledPath = o.textPtr("compiled_path")
	if n.Compiled = o.boolean("compiled", false); n.Compiled {
		n.CompiledCode = o.text("compiled_code") + o.text("compiled_sql")
		n.ExtraCTEsInjected = o.boolean("extra_ctes_injected", false)
		o.entries("extra_ctes", func(c *obj) { n.ExtraCTEs = append(n.ExtraCTEs, InjectedCTE{c.text("id"), c.text("sql")}) })
	}
	o.within("contract", func(c *obj) {
		n.Contract = Contract{Enforced: c.boolean("enforced", false), AliasTypes: c.boolean("alias_types", true), Checksum: c.textPtr("checksum")}
	})
	switch n.ResourceType {
	case Model:
		if n.Access = o.text("access"); n.Access == "" {
			n.Access = "protected"
		}
		n.Constraints = o.constraints(true)
		n.Version, n.LatestVersion = o.Value("version"), o.Value("latest_version")
		n.DeprecationDate, n.PrimaryKey, n.TimeSpine = o.textPtr("deprecation_date"), o.texts("primary_key"), o.mapping("time_spine")
	case Test:
		n.ColumnName, n.FileKeyName, n.AttachedNode = o.textPtr("column_name"), o.text("file_key_name"), o.textPtr("attached_node")
		o.within("test_metadata", func(t *obj) {
			n.TestMetadata = &TestMetadata{Name: t.text("name"), Kwargs: t.dict("kwargs"), Namespace: t.textPtr("namespace")}
		})
		n.IsGeneric = n.TestMetadata != nil
	case FunctionType:
		o.entries("arguments", func(a *obj) {
			n.Arguments = append(n.Arguments, FunctionArgument{a.text("name"), a.text("data_type"), a.textPtr("description"), a.Value("default_value")})
		})
		o.within("returns", func(r *obj) { n.Returns = FunctionReturns{r.text("data_type"), r.textPtr("description")} })
	case Operation, SQLOperation:
		n.Index = int(o.number("index"))
	}
	return n
}

func (o *obj) docsConfig() Docs {
	d := Docs{Show: true}
	o.within("docs", func(x *obj) { d = Docs{Show: x.boolean("show", true), NodeColor: x.textPtr("node_color")} })
	return d
}

func (o *obj) columns() []*Column {
	var out []*Column
	o.within("columns", func(x *obj) {
		for name := range x.All() {
			x.within(name, func(c *obj) {
				col := &Column{
					Name: c.text("name"), Description: c.text("description"), Meta: c.dict("meta"), DataType: c.textPtr("data_type"),
					Constraints: c.constraints(false), Quote: c.boolPtr("quote"), Tags: c.texts("tags"), Granularity: c.textPtr("granularity"),
					DocBlocks: c.texts("doc_blocks"), Config: ColumnConfig{Meta: yamldoc.NewMap(), Tags: []string{}},
				}
				c.within("config", func(f *obj) { col.Config = ColumnConfig{Meta: f.dict("meta"), Tags: f.texts("tags")} })
				for k, v := range c.All() {
					if !slices.Contains(columnKeys, k) {
						if col.Extra == nil {
							col.Extra = yamldoc.NewMap()
						}
						col.Extra.Set(k, v)
					}
				}
				out = append(out, col)
			})
		}
	})
	return out
}

func (o *obj) constraints(model bool) []Constraint {
	var out []Constraint
	o.entries("constraints", func(c *obj) {
		k := Constraint{
			Type: c.text("type"), Name: c.textPtr("name"), Expression: c.textPtr("expression"), WarnUnenforced: c.boolean("warn_unenforced", true),
			WarnUnsupported: c.boolean("warn_unsupported", true), To: c.textPtr("to"), ToColumns: c.texts("to_columns"),
		}
		if model {
			k.IsModelConstraint, k.Columns = true, c.texts("columns")
		}
		out = append(out, k)
	})
	return out
}

func (o *obj) source() *Source {
	s := &Source{
		Database: o.text("database"), Schema: o.text("schema"), Name: o.text("name"), ResourceType: SourceType, PackageName: o.text("package_name"),
		Path: o.text("path"), OriginalFilePath: o.text("original_file_path"), UniqueID: o.text("unique_id"), FQN: o.texts("fqn"),
		SourceName: o.text("source_name"), SourceDescription: o.text("source_description"), Loader: o.text("loader"), Identifier: o.text("identifier"),
		LoadedAtField: o.textPtr("loaded_at_field"), LoadedAtQuery: o.textPtr("loaded_at_query"), Freshness: o.mapping("freshness"),
		External: o.mapping("external"), Description: o.text("description"), Columns: o.columns(), Meta: o.dict("meta"), SourceMeta: o.dict("source_meta"),
		Tags: o.texts("tags"), Config: o.dict("config"), PatchPath: o.textPtr("patch_path"), UnrenderedConfig: o.dict("unrendered_config"),
		RelationName: o.text("relation_name"), CreatedAt: o.number("created_at"), UnrenderedDatabase: o.textPtr("unrendered_database"),
		UnrenderedSchema: o.textPtr("unrendered_schema"), DocBlocks: o.texts("doc_blocks"),
	}
	o.within("quoting", func(q *obj) {
		s.Quoting = Quoting{q.boolPtr("database"), q.boolPtr("schema"), q.boolPtr("identifier"), q.boolPtr("column")}
	})
	return s
}

func (o *obj) owner() (w Owner) {
	w.Extra = yamldoc.NewMap()
	o.within("owner", func(x *obj) {
		for k, v := range x.All() {
			switch k {
			case "email":
				w.Email = v
			case "name":
				w.Name = x.textPtr("name")
			default:
				w.Extra.Set(k, v)
			}
		}
	})
	return w
}

func (o *obj) exposure() *Exposure {
	return &Exposure{
		Name: o.text("name"), ResourceType: ExposureType, PackageName: o.text("package_name"), Path: o.text("path"),
		OriginalFilePath: o.text("original_file_path"), UniqueID: o.text("unique_id"), FQN: o.texts("fqn"), Type: o.text("type"), Owner: o.owner(),
		Description: o.text("description"), Label: o.textPtr("label"), Maturity: o.textPtr("maturity"), Meta: o.dict("meta"), Tags: o.texts("tags"),
		Config: o.dict("config"), UnrenderedConfig: o.dict("unrendered_config"), URL: o.textPtr("url"), DependsOn: o.dependsOn(), Refs: o.refs(),
		Sources: o.textLists("sources"), Metrics: o.textLists("metrics"), CreatedAt: o.number("created_at"),
	}
}

func (o *obj) group() *Group {
	return &Group{
		Name: o.text("name"), ResourceType: GroupType, PackageName: o.text("package_name"), Path: o.text("path"),
		OriginalFilePath: o.text("original_file_path"), UniqueID: o.text("unique_id"), Owner: o.owner(), Description: o.textPtr("description"),
		Config: o.dict("config"),
	}
}

func (o *obj) macro() *Macro {
	m := &Macro{
		Name: o.text("name"), ResourceType: MacroType, PackageName: o.text("package_name"), Path: o.text("path"),
		OriginalFilePath: o.text("original_file_path"), UniqueID: o.text("unique_id"), MacroSQL: o.text("macro_sql"), Description: o.text("description"),
		Meta: o.dict("meta"), Docs: o.docsConfig(), Config: o.dict("config"), PatchPath: o.textPtr("patch_path"), CreatedAt: o.number("created_at"),
	}
	o.within("depends_on", func(d *obj) { m.DependsOn.Macros = d.macroIDs("macros") })
	o.entries("arguments", func(a *obj) {
		m.Arguments = append(m.Arguments, MacroArgument{a.text("name"), a.textPtr("type"), a.text("description")})
	})
	if o.Value("supported_languages") != nil {
		m.SupportedLanguages = o.texts("supported_languages")
	}
	return m
}

func (o *obj) doc() *Doc {
	return &Doc{
		Name: o.text("name"), ResourceType: DocType, PackageName: o.text("package_name"), Path: o.text("path"),
		OriginalFilePath: o.text("original_file_path"), UniqueID: o.text("unique_id"), BlockContents: o.text("block_contents"),
	}
}

func (o *obj) fixture() Fixture {
	f := Fixture{Input: o.text("input"), Rows: o.Value("rows"), Format: o.text("format"), Fixture: o.textPtr("fixture")}
	if f.Format == "" {
		f.Format = "dict"
	}
	return f
}

func (o *obj) unitTest() *UnitTest {
	u := &UnitTest{
		Model: o.text("model"), Name: o.text("name"), ResourceType: UnitTestType, PackageName: o.text("package_name"), Path: o.text("path"),
		OriginalFilePath: o.text("original_file_path"), UniqueID: o.text("unique_id"), FQN: o.texts("fqn"), Description: o.text("description"),
		Overrides: o.mapping("overrides"), DependsOn: o.dependsOn(), Config: o.dict("config"), Checksum: o.textPtr("checksum"),
		Schema: o.textPtr("schema"), CreatedAt: o.number("created_at"), Versions: o.mapping("versions"), Version: o.Value("version"),
	}
	o.entries("given", func(g *obj) { u.Given = append(u.Given, g.fixture()) })
	o.within("expect", func(e *obj) { u.Expect = e.fixture() })
	return u
}

// disabled keeps a disabled resource of a kind that is known.
func (o *obj) disabled(m *Manifest) {
	switch ResourceType(o.text("resource_type")) {
	case SourceType:
		m.AddDisabled(o.source())
	case ExposureType:
		m.AddDisabled(o.exposure())
	case UnitTestType:
		m.AddDisabled(o.unitTest())
	case MetricType, SemanticModel, SavedQuery:
		m.AddDisabled(semanticFrom(o.Map))
	default:
		m.AddDisabled(o.node())
	}
}
