package scraper

import "github.com/gdbt-dev/gdbt/engine/source"

// Plugin is the Telegram source plugin's load, "telegram" in a source table's
// `config.meta.gdbt.plugin`.
func Plugin() source.Plugin { return Loader("telegram", ExtractOptions()...) }

// Loader is the load of every plugin whose lake has the layout of this package,
// under the plugin's name. options are those that the plugin's table may have in
// `config.meta.gdbt` beside the load's own:
//
//	phones: mask    # or hash; keep, the default, leaves phone numbers in texts
//	rows: message   # the newest record of a message; record, the default, keeps a row for each
func Loader(name string, options ...string) source.Plugin {
	return loadPlugin{name, append(LoadOptions(), options...)}
}

// LoadOptions are the load's own keys of `config.meta.gdbt`; an Extract passes over them.
func LoadOptions() []string { return []string{OptionPhones, OptionRows} }

type loadPlugin struct {
	name    string
	options []string
}

func (p loadPlugin) Name() string { return p.name }

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
