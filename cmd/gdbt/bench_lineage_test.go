package main

import (
	"strconv"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/lineage"
)

// BenchmarkLineage traces all columns of a compiled project, by the parser of each dialect on the same SQL. of-compile is its
// wall time as a part of what compiling the project took just before.
func BenchmarkLineage(b *testing.B) {
	for _, models := range []int{100, 1000} {
		registry, err := adapters()
		if err != nil {
			b.Fatal(err)
		}
		p, err := engine.Open(b.Context(), engine.Options{ProjectDir: generated(b, models), Adapters: registry})
		if err != nil {
			b.Fatal(err)
		}
		defer p.Close()
		if _, err := p.Parse(b.Context()); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if _, err := p.Compile(b.Context(), engine.Selection{}, engine.Inline{}); err != nil {
			b.Fatal(err)
		}
		compiled := time.Since(began)
		for _, parser := range parsers() {
			defer parser.Close()
			b.Run("models="+strconv.Itoa(models)+"/"+parser.Dialect().Name, func(b *testing.B) {
				b.ReportAllocs()
				columns, edges, untraced := 0, 0, 0
				for b.Loop() {
					g, err := lineage.Build(b.Context(), lineage.Input{Manifest: p.Manifest(), Parser: parser})
					if err != nil {
						b.Fatal(err)
					}
					columns, edges, untraced = 0, 0, 0
					for _, id := range g.IDs() {
						for _, c := range g.Node(id).Columns {
							columns++
							edges += len(c.From)
							if c.Untraced != "" {
								untraced++
							}
						}
					}
				}
				b.ReportMetric(float64(columns), "columns")
				b.ReportMetric(float64(edges), "edges")
				b.ReportMetric(float64(untraced), "untraced")
				b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/compiled.Seconds(), "of-compile")
			})
		}
	}
}
