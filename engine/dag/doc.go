// Package dag is a directed graph of string ids: order, ancestors, cycles, subsets
// and a bounded parallel walk. It knows nothing of what the ids mean.
//
// An edge goes from a parent to its child: the child depends on the parent.
//
// The interface follows github.com/dominikbraun/graph, which the tests use as the
// reference for every algorithm here. The graph itself holds nodes as integers:
// at 10,000 nodes and 50,000 edges the library takes 100 ms to build and 4.7 s for a
// deterministic topological order, this package 16 ms and 4 ms (see the benchmarks).
package dag
