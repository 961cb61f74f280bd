package manifest

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// VersionString prints a model version as it stands in unique ids.
func VersionString(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		s := strconv.FormatFloat(v, 'f', -1, 64)
		for _, c := range s {
			if c == '.' {
				return s
			}
		}
		return s + ".0"
	}
	return ""
}

// CompareVersions compares two model versions: as numbers when both are, else as texts.
func CompareVersions(a, b any) int {
	s, t := VersionString(a), VersionString(b)
	x, errA := strconv.ParseFloat(s, 64)
	y, errB := strconv.ParseFloat(t, 64)
	if errA == nil && errB == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(s, t)
}

// Source is one table of a source.
type Source struct {
	Database           string       `json:"database"`
	Schema             string       `json:"schema"`
	Name               string       `json:"name"`
	ResourceType       ResourceType `json:"resource_type"`
	PackageName        string       `json:"package_name"`
	Path               string       `json:"path"`
	OriginalFilePath   string       `json:"original_file_path"`
	UniqueID           string       `json:"unique_id"`
	FQN                []string     `json:"fqn"`
	SourceName         string       `json:"source_name"`
	SourceDescription  string       `json:"source_description"`
	Loader             string       `json:"loader"`
	Identifier         string       `json:"identifier"`
	Quoting            Quoting      `json:"quoting"`
	LoadedAtField      *string      `json:"loaded_at_field"`
	LoadedAtQuery      *string      `json:"loaded_at_query"`
	Freshness          *yamldoc.Map `json:"freshness"`
	External           *yamldoc.Map `json:"external"`
	Description        string       `json:"description"`
	Columns            Columns      `json:"columns"`
	Meta               *yamldoc.Map `json:"meta"`
	SourceMeta         *yamldoc.Map `json:"source_meta"`
	Tags               []string     `json:"tags"`
	Config             *yamldoc.Map `json:"config"`
	PatchPath          *string      `json:"patch_path"`
	UnrenderedConfig   *yamldoc.Map `json:"unrendered_config"`
	RelationName       string       `json:"relation_name"`
	CreatedAt          float64      `json:"created_at"`
	UnrenderedDatabase *string      `json:"unrendered_database"`
	UnrenderedSchema   *string      `json:"unrendered_schema"`
	DocBlocks          []string     `json:"doc_blocks"`
	Line               int          `json:"-"`
	QuoteIdentifiers   [3]bool      `json:"-"` // resolved policy: database, schema, identifier
}

// Quoting is a quoting block as written: nil where it says nothing.
type Quoting struct {
	Database   *bool `json:"database"`
	Schema     *bool `json:"schema"`
	Identifier *bool `json:"identifier"`
	Column     *bool `json:"column"`
}

// Owner of an exposure or a group.
type Owner struct {
	Email any          `json:"email"` // nil, string or list
	Name  *string      `json:"name"`
	Extra *yamldoc.Map `json:"-"`
}

// Exposure is a use of the project downstream.
type Exposure struct {
	Name             string       `json:"name"`
	ResourceType     ResourceType `json:"resource_type"`
	PackageName      string       `json:"package_name"`
	Path             string       `json:"path"`
	OriginalFilePath string       `json:"original_file_path"`
	UniqueID         string       `json:"unique_id"`
	FQN              []string     `json:"fqn"`
	Type             string       `json:"type"`
	Owner            Owner        `json:"owner"`
	Description      string       `json:"description"`
	Label            *string      `json:"label"`
	Maturity         *string      `json:"maturity"`
	Meta             *yamldoc.Map `json:"meta"`
	Tags             []string     `json:"tags"`
	Config           *yamldoc.Map `json:"config"`
	UnrenderedConfig *yamldoc.Map `json:"unrendered_config"`
	URL              *string      `json:"url"`
	DependsOn        DependsOn    `json:"depends_on"`
	Refs             []Ref        `json:"refs"`
	Sources          [][]string   `json:"sources"`
	Metrics          [][]string   `json:"metrics"`
	CreatedAt        float64      `json:"created_at"`
	Line             int          `json:"-"`
}

// Group of nodes with an owner.
type Group struct {
	Name             string       `json:"name"`
	ResourceType     ResourceType `json:"resource_type"`
	PackageName      string       `json:"package_name"`
	Path             string       `json:"path"`
	OriginalFilePath string       `json:"original_file_path"`
	UniqueID         string       `json:"unique_id"`
	Owner            Owner        `json:"owner"`
	Description      *string      `json:"description"`
	Config           *yamldoc.Map `json:"config"`
}

// MacroArgument documents a macro's argument.
type MacroArgument struct {
	Name        string  `json:"name"`
	Type        *string `json:"type"`
	Description string  `json:"description"`
}

// MacroDependsOn lists the macros that a macro calls.
type MacroDependsOn struct {
	Macros []string `json:"macros"`
}

// Macro is a macro, test block or materialization.
type Macro struct {
	Name               string          `json:"name"`
	ResourceType       ResourceType    `json:"resource_type"`
	PackageName        string          `json:"package_name"`
	Path               string          `json:"path"`
	OriginalFilePath   string          `json:"original_file_path"`
	UniqueID           string          `json:"unique_id"`
	MacroSQL           string          `json:"macro_sql"`
	DependsOn          MacroDependsOn  `json:"depends_on"`
	Description        string          `json:"description"`
	Meta               *yamldoc.Map    `json:"meta"`
	Docs               Docs            `json:"docs"`
	Config             *yamldoc.Map    `json:"config"`
	PatchPath          *string         `json:"patch_path"`
	Arguments          []MacroArgument `json:"arguments"`
	CreatedAt          float64         `json:"created_at"`
	SupportedLanguages []string        `json:"supported_languages"`
	Line               int             `json:"-"`
}

// Doc is a docs block.
type Doc struct {
	Name             string       `json:"name"`
	ResourceType     ResourceType `json:"resource_type"`
	PackageName      string       `json:"package_name"`
	Path             string       `json:"path"`
	OriginalFilePath string       `json:"original_file_path"`
	UniqueID         string       `json:"unique_id"`
	BlockContents    string       `json:"block_contents"`
}

// Fixture is the input or expectation of a unit test.
type Fixture struct {
	Input   string  `json:"input,omitempty"`
	Rows    any     `json:"rows"` // list of maps, or text for csv and sql
	Format  string  `json:"format"`
	Fixture *string `json:"fixture"`
	Line    int     `json:"-"`
}

// UnitTest is a unit test definition.
type UnitTest struct {
	Model            string       `json:"model"`
	Given            []Fixture    `json:"given"`
	Expect           Fixture      `json:"expect"`
	Name             string       `json:"name"`
	ResourceType     ResourceType `json:"resource_type"`
	PackageName      string       `json:"package_name"`
	Path             string       `json:"path"`
	OriginalFilePath string       `json:"original_file_path"`
	UniqueID         string       `json:"unique_id"`
	FQN              []string     `json:"fqn"`
	Description      string       `json:"description"`
	Overrides        *yamldoc.Map `json:"overrides"`
	DependsOn        DependsOn    `json:"depends_on"`
	Config           *yamldoc.Map `json:"config"`
	Checksum         *string      `json:"checksum"`
	Schema           *string      `json:"schema"`
	CreatedAt        float64      `json:"created_at"`
	Versions         *yamldoc.Map `json:"versions"`
	Version          any          `json:"version"`
	Line             int          `json:"-"`
}

// VersionedName is the test's name with the version of the tested model: "name_v2".
func (u *UnitTest) VersionedName() string {
	if u.Version == nil {
		return u.Name
	}
	return u.Name + "_v" + VersionString(u.Version)
}
