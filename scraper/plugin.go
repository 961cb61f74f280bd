package scraper

import "github.com/gdbt-dev/gdbt/engine/source"

// Plugin is the Telegram source plugin, "telegram" in a source table's
// `config.meta.gdbt.plugin`.
func Plugin() source.Plugin { return telegram{} }

type telegram struct{}

func (telegram) Name() string { return "telegram" }

// ExtractOptions are the keys of `config.meta.gdbt` that concern filling the lake, beside
// plugin and lake. Loading heeds none of them.
func ExtractOptions() []string {
	return []string{
		"channels", "since", "until", "limit", "refresh_days", "raw", "takeout", // what to read
		"images", "media", "min_image_kb", "max_image_mb", // which images
		"max_wait", "rate_limit", "threads", "image_threads", "proxy", "session", // how
		"format", "layout", // how it is written
	}
}
