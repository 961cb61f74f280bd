package parse

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/semantics"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// What dbt calls deprecated and tells once a run (core/deprecations.py). The code of each diagnostic is the name of dbt's
// event, its Fields are the data of the JSON log.

func deprecated(code string, fields map[string]any, format string, args ...any) *diag.Diagnostic {
	d := diag.Warn(code, format, args...)
	d.Fields = fields
	return d
}

// oldTestForm looks at where the arguments and configs of a generic test stand (TestBuilder.extract_test_args). args are
// those of the definition as written, with column_name.
func (p *parser) oldTestForm(j *testJob, test string, args *yamldoc.Map) {
	note := func(d *diag.Diagnostic, key ...any) {
		at := j.e.at("", append(slices.Clone(j.path), key...), "")
		d.File, d.Line, d.Column, d.Source = at.File, at.Line, at.Column, at.Source
		j.deprecated = append(j.deprecated, d)
	}
	file := j.e.pf.path
	arguments, given := args.Get("arguments")
	if !p.Behavior.RequireGenericTestArgumentsProperty {
		if given {
			name := "`" + test + "` (" + yamldoc.Text(arguments) + ")"
			note(deprecated("ArgumentsPropertyInGenericTestDeprecation", map[string]any{"test_name": name},
				"Found `arguments` property in test definition of %s without usage of `require_generic_test_arguments_property` behavior change flag. "+
					"The `arguments` property is deprecated for custom usage and will be used to nest keyword arguments in future versions of dbt.", name))
		}
		return
	}
	plain := ""
	for _, key := range args.Keys() {
		switch {
		case slices.Contains(testConfigArgs, key):
			path := "data_tests." + test + "." + key
			note(deprecated("PropertyMovedToConfigDeprecation", map[string]any{"key": key, "file": file, "key_path": path},
				"Found `%s` as a top-level property of `%s` in file `%s`. The `%s` top-level property should be moved into the `config` of `%s`.", key, path, file, key, path), test, key)
		case slices.Contains([]string{"config", "column_name", "description", "name", "arguments"}, key):
		case plain == "":
			plain = key
		}
	}
	if plain != "" && !yamldoc.Truth(arguments) {
		target := j.e.name
		if j.source != "" {
			target = j.source + "_" + j.table
		}
		name := "`" + test + "` defined on '" + target + "' in package '" + j.e.pf.project.Name + "' (" + file + ")"
		note(deprecated("MissingArgumentsPropertyInGenericTestDeprecation", map[string]any{"test_name": name},
			"Found top-level arguments to test %s. Arguments to generic tests should be nested under the `arguments` property.", name), test, plain)
	}
}

// strayTags tells of the tags that stand outside of all blocks of a file.
func (p *parser) strayTags(f *file) error {
	for _, tag := range f.stray {
		text := "Found unexpected '" + tag.Kind + "' block tag."
		d := deprecated("UnexpectedJinjaBlockDeprecation", map[string]any{"file": f.path, "msg": text}, "%s in file `%s`", text, f.path)
		if err := p.warn(d.At(p.shown(f), tag.Line+f.lineSkip, 0)); err != nil {
			return err
		}
	}
	return nil
}

// repeatedKeys tells of the keys that a property file has twice.
func (p *parser) repeatedKeys(pf *propFile) error {
	for _, dup := range pf.doc.Duplicates {
		text := diag.New("", "Duplicate key '%s' in \"<unicode string>\", line %d, column %d", dup.Key, dup.Line, dup.Column).Message
		d := deprecated("DuplicateYAMLKeysDeprecation", map[string]any{"duplicate_description": text, "file": pf.path}, "%s in file `%s`", text, pf.path)
		if err := p.warn(d.At(pf.doc.File, dup.Line, dup.Column).WithSource(pf.doc.Src)); err != nil {
			return err
		}
	}
	return nil
}

// checkSemantics holds metrics, semantic models and saved queries against the rules of the semantic layer, and tells of what
// dbt deprecates in them (core/contracts/graph/semantic_manifest.py, validate).
func (p *parser) checkSemantics() error {
	if len(p.m.MetricOrder) == 0 || len(p.m.SemanticModelOrder) == 0 {
		return nil
	}
	issues := semantics.Validate(p.m)
	var old []string
	var first *manifest.Semantic
	for _, id := range p.m.MetricOrder {
		m := p.m.Metrics[id]
		params := m.Doc.Map("type_params")
		if params.Value("window") != nil || params.Value("grain_to_date") != nil {
			old = append(old, m.Name)
			if first == nil {
				first = m
			}
		}
	}
	const moved = "Cumulative fields `type_params.window` and `type_params.grain_to_date` "
	const see = "See documentation on behavior changes: https://docs.getdbt.com/reference/global-configs/behavior-changes."
	switch {
	case len(old) == 0:
	case p.Behavior.RequireNestedCumulativeTypeParams:
		issues = append(issues, semantics.Issue{Of: first, Message: moved + "should be nested under `type_params.cumulative_type_params.window` and " +
			"`type_params.cumulative_type_params.grain_to_date`. Invalid metrics: " + strings.Join(old, ", ") + ". " + see})
	default:
		if err := p.warn(deprecated("MFCumulativeTypeParamsDeprecation", nil, moved+"have been moved and will soon be deprecated. Please nest those values under "+
			"`type_params.cumulative_type_params.window` and `type_params.cumulative_type_params.grain_to_date`. "+see)); err != nil {
			return err
		}
	}
	if err := p.oldTimeSpine(); err != nil {
		return err
	}
	return p.tellIssues(issues)
}

// tellIssues tells what the rules found, warnings first; errors end the parse.
func (p *parser) tellIssues(issues []semantics.Issue) error {
	failed := false
	for _, severity := range []diag.Severity{diag.Warning, diag.Error} {
		for _, is := range issues {
			if is.Warning != (severity == diag.Warning) {
				continue
			}
			d := diag.Warn("SemanticValidationFailure", "%s", is.Message)
			d.Severity, d.Fields = severity, map[string]any{"msg": is.Message}
			if is.Of != nil {
				d.At(is.Of.OriginalFilePath, is.Of.Line, 0)
			}
			failed = failed || severity == diag.Error
			if err := p.Warn(d); err != nil {
				return err
			}
		}
	}
	if failed {
		return diag.New(diag.ParsingError, "Semantic Manifest validation failed.").WithCode("semantic-manifest")
	}
	return nil
}

func (p *parser) oldTimeSpine() error {
	if p.Behavior.RequireYAMLConfigurationForMFTimeSpines {
		return nil
	}
	legacy := false
	for _, id := range p.m.NodeOrder {
		n := p.m.Nodes[id]
		if n.ResourceType != manifest.Model {
			continue
		}
		if n.TimeSpine == nil {
			legacy = legacy || n.Name == manifest.LegacyTimeSpine
			continue
		}
		for _, c := range n.Columns {
			if c.Name == n.TimeSpine.Str("standard_granularity_column") && c.Granularity != nil && *c.Granularity == "day" {
				return nil
			}
		}
	}
	if !legacy {
		return nil
	}
	return p.warn(deprecated("MFTimespineWithoutYamlConfigurationDeprecation", nil, "Time spines without YAML configuration are in the process of deprecation. "+
		"Please add YAML configuration for your 'metricflow_time_spine' model. See documentation on MetricFlow time spines: "+
		"https://docs.getdbt.com/docs/build/metricflow-time-spine and behavior change documentation: https://docs.getdbt.com/reference/global-configs/behavior-changes."))
}
