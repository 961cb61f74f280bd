package manifest

import "github.com/gdbt-dev/gdbt/engine/yamldoc"

// Fields calls f with every field of the node that dbt's manifest has for its
// resource type, in dbt's order. Values are those of the struct, see
// [AppendJSON] and [Plain].
func (n *Node) Fields(f func(name string, v any)) {
	if n.ResourceType == FunctionType {
		f("returns", n.Returns)
	}
	f("database", n.Database)
	f("schema", n.Schema)
	f("name", n.Name)
	f("resource_type", string(n.ResourceType))
	f("package_name", n.PackageName)
	f("path", n.Path)
	f("original_file_path", n.OriginalFilePath)
	f("unique_id", n.UniqueID)
	f("fqn", n.FQN)
	f("alias", n.Alias)
	f("checksum", n.Checksum)
	f("config", n.Config)
	f("tags", n.Tags)
	f("description", n.Description)
	f("columns", Columns(n.Columns))
	f("meta", n.Meta)
	f("group", n.Group)
	f("docs", n.Docs)
	f("patch_path", n.PatchPath)
	f("build_path", n.BuildPath)
	f("unrendered_config", n.UnrenderedConfig)
	f("created_at", n.CreatedAt)
	f("relation_name", n.RelationName)
	f("raw_code", n.RawCode)
	f("doc_blocks", n.DocBlocks)
	if n.ResourceType == Seed {
		f("root_path", n.RootPath)
		f("depends_on", MacroDependsOn{Macros: n.DependsOn.Macros})
		return
	}
	f("language", n.Language)
	f("refs", n.Refs)
	f("sources", n.Sources)
	f("metrics", n.Metrics)
	f("functions", n.Functions)
	f("depends_on", n.DependsOn)
	f("compiled_path", n.CompiledPath)
	if n.Compiled {
		f("compiled", true)
		f("compiled_code", n.CompiledCode)
		f("extra_ctes_injected", n.ExtraCTEsInjected)
		f("extra_ctes", n.ExtraCTEs)
	}
	f("contract", n.Contract)
	switch n.ResourceType {
	case Model:
		f("access", n.Access)
		f("constraints", n.Constraints)
		f("version", n.Version)
		f("latest_version", n.LatestVersion)
		f("deprecation_date", n.DeprecationDate)
		f("primary_key", n.PrimaryKey)
		f("time_spine", n.TimeSpine)
	case FunctionType:
		f("arguments", n.Arguments)
	case Test:
		if n.TestMetadata != nil {
			f("column_name", n.ColumnName)
			f("file_key_name", n.FileKeyName)
			f("attached_node", n.AttachedNode)
			f("test_metadata", *n.TestMetadata)
		}
	case Operation, SQLOperation:
		f("index", n.Index)
	}
}

// Columns print as an object in the order of the YAML file.
type Columns []*Column

// MarshalJSON writes the columns by name.
func (c Columns) MarshalJSON() ([]byte, error) { return AppendJSON(nil, c) }

func (c *Column) fields(f func(string, any)) {
	f("name", c.Name)
	f("description", c.Description)
	f("meta", c.Meta)
	f("data_type", c.DataType)
	f("constraints", c.Constraints)
	f("quote", c.Quote)
	f("config", c.Config)
	f("tags", c.Tags)
	f("granularity", c.Granularity)
	f("doc_blocks", c.DocBlocks)
	for k, v := range c.Extra.All() {
		f(k, v)
	}
}

// columnKeys are the names of a column's own fields.
var columnKeys = []string{"name", "description", "meta", "data_type", "constraints", "quote", "config", "tags", "granularity", "doc_blocks"}

func (m *Macro) fields(f func(string, any)) {
	f("name", m.Name)
	f("resource_type", string(m.ResourceType))
	f("package_name", m.PackageName)
	f("path", m.Path)
	f("original_file_path", m.OriginalFilePath)
	f("unique_id", m.UniqueID)
	f("macro_sql", m.MacroSQL)
	f("depends_on", m.DependsOn)
	f("description", m.Description)
	f("meta", m.Meta)
	f("docs", m.Docs)
	f("config", m.Config)
	f("patch_path", m.PatchPath)
	f("arguments", m.Arguments)
	f("created_at", m.CreatedAt)
	if m.SupportedLanguages == nil {
		f("supported_languages", nil)
	} else {
		f("supported_languages", m.SupportedLanguages)
	}
}

func (c *Constraint) fields(f func(string, any)) {
	f("type", c.Type)
	f("name", c.Name)
	f("expression", c.Expression)
	f("warn_unenforced", c.WarnUnenforced)
	f("warn_unsupported", c.WarnUnsupported)
	f("to", c.To)
	f("to_columns", c.ToColumns)
	if c.IsModelConstraint {
		f("columns", c.Columns)
	}
}

// MarshalJSON prints the owner with its further keys.
func (o Owner) MarshalJSON() ([]byte, error) {
	m := yamldoc.NewMap("email", o.Email)
	if o.Name != nil {
		m.Set("name", *o.Name)
	} else {
		m.Set("name", nil)
	}
	for k, v := range o.Extra.All() {
		m.Set(k, v)
	}
	return yamldoc.AppendJSON(nil, m)
}
