package parse

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var batchSizes = []string{"hour", "day", "month", "year"}

// checkMicrobatch holds the configs that a microbatch model needs, and turns
// `begin` into a moment (ManifestLoader.check_valid_microbatch_config).
func checkMicrobatch(n *manifest.Node) error {
	if n.Materialized() != "incremental" || n.ConfigValue("incremental_strategy") != "microbatch" {
		return nil
	}
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
	begin := ""
	switch v := n.ConfigValue("begin").(type) {
	case nil:
		return fail("must provide a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model should be built from.")
	case string:
		text, ok := isoMoment(v)
		if !ok {
			return fail("must provide a 'begin' config of valid datetime (ISO format), but got: %s.", v)
		}
		begin = text
	case yamldoc.Date:
		begin = v.String() + "T00:00:00"
	case yamldoc.Time:
		begin = v.String()
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

// isoMoment reads an ISO date or moment and prints it as Python's isoformat.
func isoMoment(s string) (string, bool) {
	s = strings.Replace(s, " ", "T", 1)
	for _, f := range []struct{ in, out string }{
		{"2006-01-02", "2006-01-02T15:04:05"}, {"2006-01-02T15:04", "2006-01-02T15:04:05"},
		{"2006-01-02T15:04:05.999999", "2006-01-02T15:04:05.999999"}, {"2006-01-02T15:04:05.999999Z07:00", "2006-01-02T15:04:05.999999-07:00"},
		{"2006-01-02T15:04Z07:00", "2006-01-02T15:04:05-07:00"},
	} {
		t, err := time.Parse(f.in, s)
		if err != nil {
			continue
		}
		out := f.out
		if t.Nanosecond() != 0 {
			out = strings.Replace(out, ".999999", ".000000", 1)
		}
		return t.Format(out), true
	}
	return "", false
}
