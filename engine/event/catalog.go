package event

import "fmt"

// BuildingCatalog: the warehouse is asked for its relations.
type BuildingCatalog struct{}

func (BuildingCatalog) Kind() Kind           { return Kind{"BuildingCatalog", "E044", Info} }
func (BuildingCatalog) Message(Style) string { return "Building catalog" }

// CatalogWritten tells where catalog.json went.
type CatalogWritten struct {
	Path string `log:"path"`
}

func (CatalogWritten) Kind() Kind             { return Kind{"CatalogWritten", "E042", Info} }
func (e CatalogWritten) Message(Style) string { return "Catalog written to " + e.Path }

// CatalogGenerationError: one query of the catalog failed.
type CatalogGenerationError struct {
	Exc string `log:"exc"`
}

func (CatalogGenerationError) Kind() Kind { return Kind{"CatalogGenerationError", "E040", Warn} }
func (e CatalogGenerationError) Message(Style) string {
	return "Encountered an error while generating catalog: " + e.Exc
}

// WriteCatalogFailure counts the queries that failed.
type WriteCatalogFailure struct {
	NumExceptions int `log:"num_exceptions"`
}

func (WriteCatalogFailure) Kind() Kind { return Kind{"WriteCatalogFailure", "E041", Error} }
func (e WriteCatalogFailure) Message(Style) string {
	return fmt.Sprintf("dbt encountered %s while writing the catalog", Plural(e.NumExceptions, "failure"))
}
