// Package ident makes and reads the unique ids of a project's resources:
// "model.shop.orders", "model.shop.orders.v2", "source.shop.raw.orders",
// "test.shop.not_null_orders_id.1a2b3c4d5e". An id never changes once made; it is
// the key of the graph, the manifest and every result.
package ident

import (
	"fmt"
	"slices"
	"strings"
)

// Type is the kind of a resource, spelled as in dbt's manifest.
type Type string

// Resource types.
const (
	Model         Type = "model"
	Analysis      Type = "analysis"
	Test          Type = "test"
	Snapshot      Type = "snapshot"
	Operation     Type = "operation"
	Seed          Type = "seed"
	SQLOperation  Type = "sql_operation"
	Documentation Type = "doc"
	Source        Type = "source"
	Macro         Type = "macro"
	Exposure      Type = "exposure"
	Metric        Type = "metric"
	Group         Type = "group"
	SavedQuery    Type = "saved_query"
	SemanticModel Type = "semantic_model"
	UnitTest      Type = "unit_test"
	Fixture       Type = "fixture"
	Function      Type = "function"
)

// Types lists every resource type.
func Types() []Type {
	return []Type{
		Model, Analysis, Test, Snapshot, Operation, Seed, SQLOperation, Documentation, Source, Macro,
		Exposure, Metric, Group, SavedQuery, SemanticModel, UnitTest, Fixture, Function,
	}
}

// Valid tells whether t is a known resource type.
func (t Type) Valid() bool { return slices.Contains(Types(), t) }

// Executable tells whether nodes of the type run in the warehouse.
func (t Type) Executable() bool {
	switch t {
	case Model, Test, Snapshot, Analysis, Operation, Seed, SQLOperation, UnitTest, Function:
		return true
	}
	return false
}

// Refable tells whether ref() may point at the type.
func (t Type) Refable() bool { return t == Model || t == Seed || t == Snapshot }

// Plural is the name of the type's section in dbt_project.yml and in dbt's counts.
func (t Type) Plural() string {
	switch t {
	case Analysis:
		return "analyses"
	case SavedQuery:
		return "saved_queries"
	case Test:
		return "data_tests"
	}
	return string(t) + "s"
}

// ID makes "type.package.name".
func ID(t Type, pkg, name string) string { return string(t) + "." + pkg + "." + name }

// VersionedID makes "model.package.name.vN"; version is written as in the
// YAML file ("2", "1.5", "beta"). An empty version gives the plain id.
func VersionedID(pkg, name, version string) string {
	id := ID(Model, pkg, name)
	if version == "" {
		return id
	}
	return id + ".v" + version
}

// TestID makes the id of a generic test: hash is the first ten hexadecimal
// digits that dbt derives from the test's arguments.
func TestID(pkg, name, hash string) string { return ID(Test, pkg, name) + "." + hash }

// SourceID makes "source.package.source.table".
func SourceID(pkg, source, table string) string { return ID(Source, pkg, source) + "." + table }

// UnitTestID makes "unit_test.package.model.name".
func UnitTestID(pkg, model, name string) string { return ID(UnitTest, pkg, model) + "." + name }

// Parsed is an id in its parts. Name holds everything after the package:
// "orders", "orders.v2", "raw.orders", "not_null_orders_id.1a2b3c4d5e".
type Parsed struct {
	Type    Type
	Package string
	Name    string
}

// String returns the id.
func (p Parsed) String() string { return ID(p.Type, p.Package, p.Name) }

// Parse takes an id apart; an unknown type or a missing part is an error.
func Parse(id string) (Parsed, error) {
	t, rest, ok := strings.Cut(id, ".")
	pkg, name, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || pkg == "" || name == "" {
		return Parsed{}, fmt.Errorf("ident: %q is not of the form type.package.name", id)
	}
	if !Type(t).Valid() {
		return Parsed{}, fmt.Errorf("ident: unknown resource type %q in %q", t, id)
	}
	return Parsed{Type: Type(t), Package: pkg, Name: name}, nil
}
