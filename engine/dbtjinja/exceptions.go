package dbtjinja

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// exceptions is the context's `exceptions`: functions that end a rendering.
func (c *Context) exceptions() jinja.Value {
	d := jinja.NewDict()
	// fail makes a function with named parameters whose call is an error.
	fail := func(name string, params []jinja.Param, make func(a []jinja.Value) *diag.Diagnostic) {
		d.SetStr(name, jinja.NewFunction(name, func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			a, err := jinja.Bind(name, args, kwargs, params...)
			if err != nil {
				return nil, err
			}
			return nil, make(a)
		}))
	}
	p := func(names ...string) []jinja.Param {
		out := []jinja.Param{}
		for _, n := range names {
			if opt, ok := strings.CutSuffix(n, "?"); ok {
				out = append(out, jinja.Param{Name: opt, Default: jinja.None})
				continue
			}
			out = append(out, jinja.Param{Name: n})
		}
		return out
	}
	text := func(category string) func(a []jinja.Value) *diag.Diagnostic {
		return func(a []jinja.Value) *diag.Diagnostic {
			return diag.New(category, "%s", a[0].String()).WithCode("raised")
		}
	}
	d.SetStr("warn", jinja.NewFunction("warn", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("warn", args, kwargs, p("msg", "node?")...)
		if err != nil {
			return nil, err
		}
		return jinja.Str(""), c.s.Tell(event.JinjaLogWarning{Msg: a[0].String(), NodeInfo: c.NodeInfo()}, c)
	}))
	// What follows node is gdbt's own: the config of the node that is at fault or the column of a unit test's rows, and what it may be.
	fail("raise_compiler_error", p("msg", "node?", "config?", "choices?", "column?"), func(a []jinja.Value) *diag.Diagnostic {
		d := text(diag.CompilationError)(a)
		d.Config, _ = jinja.AsString(a[2])
		if choices, err := jinja.ListOf(a[3]); err == nil && len(choices) > 0 && c.node != nil {
			names := make([]string, len(choices))
			for i, x := range choices {
				names[i] = x.String()
			}
			given, isColumn := jinja.AsString(a[4])
			if isColumn {
				d.Property = []string{"rows", given}
			} else {
				given = yamldoc.Text(c.node.ConfigValue(d.Config))
			}
			d.Hint = diag.DidYouMean(given, names)
		}
		return d
	})
	fail("raise_database_error", p("msg", "node?"), text(diag.DatabaseError))
	fail("raise_dependency_error", p("msg"), text(diag.RuntimeError))
	fail("raise_not_implemented", p("msg"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "ERROR: %s", a[0].String()).WithCode("not-implemented")
	})
	fail("raise_fail_fast_error", p("msg", "node?"), text(diag.FailFastError))
	fail("raise_cache_inconsistent", p("message"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.InternalError, "Cache inconsistency detected: %s", a[0].String())
	})
	fail("raise_dataclass_not_dict", p("obj"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "The object (\"%s\") was used as a dictionary. This capability has been removed from objects of this type.", a[0])
	})
	fail("missing_config", p("model", "name"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "Model '%s' does not define a required config parameter '%s'.", idOf(a[0]), a[1])
	})
	fail("missing_materialization", p("model", "adapter_type"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "%s", MissingMaterialization(c.node.Materialized(), a[1].String()))
	})
	fail("missing_relation", p("relation", "model?"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "Relation %s not found!", a[0])
	})
	fail("raise_ambiguous_alias", p("node_1", "node_2", "duped_name?"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "dbt found two resources with the database representation \"%s\".\ndbt cannot create two resources with identical database representations. To fix this,\nchange the configuration of one of these resources:\n- %s\n- %s", a[2], idOf(a[0]), idOf(a[1]))
	})
	fail("raise_ambiguous_catalog_match", p("unique_id", "match_1", "match_2"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "dbt found two relations in your warehouse with similar database identifiers. dbt\nis unable to determine which of these relations was created by the model \"%s\".", a[0])
	})
	fail("raise_dep_not_found", p("node", "node_description", "required_pkg"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.DependencyError, "Error while parsing %s.\nThe required package \"%s\" was not found. Is the package installed?\nHint: You may need to run `dbt deps`.", a[1], a[2])
	})
	fail("raise_duplicate_patch_name", p("patch_1", "existing_patch_path"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "dbt found two schema.yml entries for the same resource in %s", a[1])
	})
	fail("raise_duplicate_resource_name", p("node_1", "node_2"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "dbt found two resources with the same name: %s and %s", idOf(a[0]), idOf(a[1]))
	})
	fail("raise_invalid_property_yml_version", p("path", "issue"), func(a []jinja.Value) *diag.Diagnostic {
		return diag.New(diag.CompilationError, "The yml property file at %s is invalid because %s. Please consult the documentation for more information on yml property file syntax:\n\nhttps://docs.getdbt.com/reference/configs-and-properties", a[0], a[1])
	})
	fail("relation_wrong_type", p("relation", "expected_type", "model?"), func(a []jinja.Value) *diag.Diagnostic {
		kind := ""
		if h, ok := a[0].(jinja.HasAttr); ok {
			if v, _ := h.Attr(nil, "type"); v != nil {
				kind = v.String()
			}
		}
		return diag.New(diag.CompilationError, "Trying to create %s %s, but it currently exists as a %s. Either drop %s manually, or run dbt with `--full-refresh` and dbt will drop it for you.", a[1], a[0], kind, a[0])
	})
	fail("column_type_missing", p("column_names"), func(a []jinja.Value) *diag.Diagnostic {
		d := diag.New(diag.CompilationError, "Contracted models require data_type to be defined for each column. Please ensure that the column name and data_type are defined within the YAML configuration for the %s column(s).", a[0]).WithCode("contract")
		if names, err := jinja.ListOf(a[0]); err == nil && len(names) > 0 {
			d.Property = []string{"columns", names[0].String()}
			d.WithHint("give the column a `data_type:`")
		}
		return d
	})
	fail("raise_contract_error", p("yaml_columns", "sql_columns"), func(a []jinja.Value) *diag.Diagnostic {
		return contractError(contractColumns(a[0]), contractColumns(a[1]))
	})
	d.SetStr("warn_snapshot_timestamp_data_types", jinja.NewFunction("warn_snapshot_timestamp_data_types",
		func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			a, err := jinja.Bind("warn_snapshot_timestamp_data_types", args, kwargs, p("snapshot_time_data_type", "updated_at_data_type")...)
			if err != nil {
				return nil, err
			}
			return jinja.Str(""), c.s.Tell(event.SnapshotTimestampWarning{SnapshotTimeDataType: a[0].String(), UpdatedAtDataType: a[1].String()}, c)
		}))
	return d
}

func idOf(v jinja.Value) string {
	if d, ok := v.(*jinja.Dict); ok {
		if id, ok := d.GetStr("unique_id"); ok {
			return id.String()
		}
	}
	return v.String()
}

// MissingMaterialization is dbt's text for a materialization that does not exist.
func MissingMaterialization(name, adapterType string) string {
	return fmt.Sprintf("No materialization '%s' was found for adapter %s! (searched types 'default' and '%s')", name, adapterType, adapterType)
}

// validation is the context's `validation`: validation.any[…] checks config values.
func validation() jinja.Value {
	d := jinja.NewDict()
	d.SetStr("any", &validateAny{})
	return d
}

type validateAny struct{}

func (*validateAny) Type() string   { return "function" }
func (*validateAny) Truth() bool    { return true }
func (*validateAny) String() string { return "<validate any>" }
func (*validateAny) Repr() string   { return "<validate any>" }

// Call implements jinja.Callable: validation.any(a, b) is a check for one of the values.
func (*validateAny) Call(_ *jinja.Thread, allowed []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
	return jinja.NewFunction("inner", func(_ *jinja.Thread, args []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
		if len(args) != 1 {
			return nil, errors.New("a validator takes one value")
		}
		var shown []string
		for _, a := range allowed {
			if jinja.Equal(a, args[0]) || a.String() == "<class '"+args[0].Type()+"'>" {
				return jinja.None, nil
			}
			shown = append(shown, a.String())
		}
		return nil, diag.New(diag.ValidationError, "Expected value \"%s\" to be one of %s", args[0], strings.Join(shown, ","))
	}), nil
}
