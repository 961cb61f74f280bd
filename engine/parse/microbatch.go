package parse

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var batchSizes = []string{"hour", "day", "month", "year"}

// microbatches checks the models of the strategy microbatch. One that is built with a macro of the project's own, and so
// at once, needs none of their configs.
func (p *parser) microbatches() error {
	var models []*manifest.Node
	forced := 0
	for _, id := range p.m.NodeOrder {
		n := p.m.Nodes[id]
		if n.ConfigValue("concurrent_batches") == true {
			forced++
		}
		if n.ResourceType == manifest.Model && n.Materialized() == "incremental" && n.ConfigValue("incremental_strategy") == "microbatch" {
			models = append(models, n)
		}
	}
	if !p.s.Library.BatchesModels(p.Root.Name, p.Behavior.RequireBatchedExecutionForCustomMicrobatchStrategy) {
		if len(models) == 0 {
			return nil
		}
		return p.warn(diag.Warn("MicrobatchMacroOutsideOfBatchesDeprecation", "The use of a custom microbatch macro outside of batched execution is deprecated. "+
			"To use it with batched execution, set `flags.require_batched_execution_for_custom_microbatch_strategy` to `True` in `dbt_project.yml`. "+
			"In the future this will be the default behavior."))
	}
	var errs []error
	for _, n := range models {
		errs = append(errs, checkMicrobatch(n))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if forced > 0 && !p.s.Driver.Dialect().ConcurrentMicrobatch {
		d := diag.Warn("InvalidConcurrentBatchesConfig", "Found %s with the `concurrent_batches` config set to true, but the %s adapter does not support "+
			"running batches concurrently. Batches will be run sequentially.", counted(forced, "microbatch model"), p.s.Driver.Name())
		d.Fields = map[string]any{"num_models": forced, "adapter_type": p.s.Driver.Name()}
		errs = append(errs, p.warn(d))
	}
	for _, n := range models {
		errs = append(errs, p.checkInputs(n))
	}
	return errors.Join(errs...)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// checkInputs warns of a model none of whose inputs can be filtered by time.
func (p *parser) checkInputs(n *manifest.Node) error {
	for _, id := range n.DependsOn.Nodes {
		var cfg *yamldoc.Map
		name := ""
		if in := p.m.Nodes[id]; in != nil {
			cfg, name = in.Config, in.Name
		} else if src := p.m.Sources[id]; src != nil {
			cfg, name = src.Config, src.Name
		}
		switch v := cfg.Value("event_time").(type) {
		case nil:
		case string:
			if v != "" {
				return nil
			}
		default:
			d := diag.New(diag.ParsingError, "Microbatch model '%s' depends on an input node '%s' with an 'event_time' config of invalid (non-string) type: <class '%s'>.",
				n.Name, name, yamldoc.TypeName(v)).At(n.OriginalFilePath, n.Line, 0).WithCode("microbatch-config")
			d.Node, d.NodePath = nodeTitle(n), n.OriginalFilePath
			return d
		}
	}
	d := diag.Warn("MicrobatchModelNoEventTimeInputs", "The microbatch model '%s' has no 'ref' or 'source' input with an 'event_time' configuration. "+
		"\nThis means no filtering can be applied and can result in unexpected duplicate records in the resulting microbatch model.", n.Name)
	d.Fields = map[string]any{"model_name": n.Name}
	return p.warn(d)
}

// checkMicrobatch holds the configs that a microbatch model needs, and turns
// `begin` into a moment (ManifestLoader.check_valid_microbatch_config).
func checkMicrobatch(n *manifest.Node) error {
	fail := func(format string, args ...any) *diag.Diagnostic {
		d := diag.New(diag.ParsingError, "Microbatch model '%s' %s", n.Name, fmt.Sprintf(format, args...)).At(n.OriginalFilePath, n.Line, 0).WithCode("microbatch-config")
		d.Node, d.NodePath = nodeTitle(n), n.OriginalFilePath
		return d
	}
	switch v := n.ConfigValue("event_time").(type) {
	case string:
	case nil:
		return fail("must provide an 'event_time' (string) config that indicates the name of the event time column.")
	default:
		return fail("must provide an 'event_time' config of type string, but got: <class '%s'>.", yamldoc.TypeName(v))
	}
	var begin yamldoc.Time
	switch v := n.ConfigValue("begin").(type) {
	case nil:
		return fail("must provide a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model should be built from.")
	case string:
		t, ok := isoMoment(v)
		if !ok {
			return fail("must provide a 'begin' config of valid datetime (ISO format), but got: %s.", v)
		}
		begin = t
	case yamldoc.Date:
		begin = yamldoc.Time{Time: time.Date(v.Year, time.Month(v.Month), v.Day, 0, 0, 0, 0, time.UTC), Naive: true}
	case yamldoc.Time:
		begin = v
	default:
		return fail("must provide a 'begin' config of type datetime, but got: <class '%s'>.", yamldoc.TypeName(v))
	}
	cfg := n.Config.Copy()
	cfg.Set("begin", begin)
	n.Config = cfg
	size, _ := n.ConfigValue("batch_size").(string)
	if !slices.Contains(batchSizes, size) {
		return fail("must provide a 'batch_size' config that is one of ['hour', 'day', 'month', 'year'], but got: %s.", yamldoc.Text(n.ConfigValue("batch_size"))).
			WithHint("%s", diag.DidYouMean(size, batchSizes))
	}
	switch v := n.ConfigValue("lookback").(type) {
	case nil, int64, int, bool:
	default:
		return fail("must provide the optional 'lookback' config as type int, but got: <class '%s'>).", yamldoc.TypeName(v))
	}
	switch v := n.ConfigValue("concurrent_batches").(type) {
	case nil, bool:
	default:
		return fail("optional 'concurrent_batches' config must be of type `bool` if specified, but got: <class '%s'>).", yamldoc.TypeName(v))
	}
	return nil
}

// isoMoment reads an ISO date or moment, as Python's datetime.fromisoformat does.
func isoMoment(s string) (yamldoc.Time, bool) {
	s = strings.Replace(s, " ", "T", 1)
	for _, f := range []struct {
		layout string
		naive  bool
	}{
		{"2006-01-02", true}, {"2006-01-02T15:04", true}, {"2006-01-02T15:04:05.999999", true},
		{"2006-01-02T15:04:05.999999Z07:00", false}, {"2006-01-02T15:04Z07:00", false},
	} {
		if t, err := time.Parse(f.layout, s); err == nil {
			return yamldoc.Time{Time: t, Naive: f.naive}, true
		}
	}
	return yamldoc.Time{}, false
}
