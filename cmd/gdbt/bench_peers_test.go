package main

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/testdata/benchgen/generate"
)

var peers = flag.String("peers", "", "other programs with dbt's command line, for BenchmarkPeers: name=path, divided by commas")

// BenchmarkPeers is gdbt beside other programs on the same generated project, in turns and as whole processes, on
// PostgreSQL: each starts from the same database. NAME-ms is a program's CPU time, NAME-MB its peak of memory, NAME-ratio
// its CPU time over that of gdbt.
//
//	go test ./cmd/gdbt -run '^$' -bench Peers -benchtime 3x -timeout 2h -args -peers dbt=/path/to/dbt
func BenchmarkPeers(b *testing.B) {
	if *peers == "" {
		b.Skip("no program to compare with: -args -peers name=path")
	}
	for _, models := range []int{100, 1000} {
		for _, command := range []string{"parse", "ls", "compile", "run", "build"} {
			b.Run(command+"/models="+strconv.Itoa(models), func(b *testing.B) { benchmarkPeers(b, command, models) })
		}
	}
}

// contender is a program with a copy of the project of its own: each writes its own target/.
type contender struct {
	name, dir string
	program   executable
	took      usages
}

func benchmarkPeers(b *testing.B, command string, models int) {
	gdbt := program(b)
	o := generate.Defaults()
	o.Models = models
	o.NoEphemeral = true // dbt 2's first versions write SQL for those that PostgreSQL 15 refuses
	own := &contender{name: "gdbt", dir: generatedBy(b, o), program: gdbt}
	list := []*contender{own}
	for peer := range strings.SplitSeq(*peers, ",") {
		name, path, ok := strings.Cut(peer, "=")
		if !ok {
			b.Fatalf("-peers: %q is not name=path", peer)
		}
		list = append(list, &contender{name: name, dir: generatedBy(b, o), program: executable{path, gdbt.measure}})
	}
	db := newPostgresBench(b)
	setup, err := os.ReadFile(filepath.Join(own.dir, "setup", "sources_postgres.sql"))
	if err != nil {
		b.Fatal(err)
	}
	db.exec(b, string(setup))
	if command != "build" {
		gdbt.run(b, own.dir, db.env(), "seed", "-q")
	}
	db.keep(b)
	for b.Loop() {
		for _, c := range list {
			b.StopTimer()
			db.reset(b)
			if err := os.RemoveAll(filepath.Join(c.dir, "target")); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			c.took.add(c.program.run(b, c.dir, db.env(), command))
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, c := range list {
		b.ReportMetric(c.took.cpu(), c.name+"-ms")
		b.ReportMetric(float64(c.took.peak())/1e6, c.name+"-MB")
		if c != own {
			b.ReportMetric(c.took.cpu()/own.took.cpu(), c.name+"-ratio")
		}
	}
}
