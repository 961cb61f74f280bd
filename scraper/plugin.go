package scraper

import "github.com/gdbt-dev/gdbt/engine/source"

// Plugin is the Telegram source plugin, "telegram" in a source table's
// `config.meta.gdbt.plugin`.
func Plugin() source.Plugin { return telegram{} }

type telegram struct{}

func (telegram) Name() string { return "telegram" }
