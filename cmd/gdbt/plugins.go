package main

import (
	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/adapters/ducklineage"
	"github.com/gdbt-dev/gdbt/adapters/pglineage"
	"github.com/gdbt-dev/gdbt/adapters/postgres"
	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/tdesktop"
	"github.com/gdbt-dev/gdbt/scraper/telegram"
)

// drivers are the adapters that this program links.
func drivers() []adapter.Driver {
	return []adapter.Driver{duckdb.Driver(), postgres.Driver()}
}

// parsers read SQL for column lineage; whoever takes them closes them.
func parsers() []lineage.Parser {
	return []lineage.Parser{ducklineage.Parser(), pglineage.Parser()}
}

// plugins are the source plugins that this program links.
func plugins() []source.Plugin {
	return []source.Plugin{telegram.Plugin(), tdesktop.Plugin()}
}

func adapters() (*adapter.Registry, error) {
	r := &adapter.Registry{}
	for _, d := range drivers() {
		if err := r.Register(d); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func sources(plugins []source.Plugin) (*source.Registry, error) {
	r := &source.Registry{}
	for _, p := range plugins {
		if err := r.Register(p); err != nil {
			return nil, err
		}
	}
	return r, nil
}
