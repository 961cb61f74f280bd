package telegram

import (
	"context"
	"time"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
)

// Options are how the plugin reaches Telegram. The zero value is the real one; tests
// and the demo name one of their own.
type Options struct {
	// DC is the data centre that a new session begins at, DCList where all are, and
	// PublicKeys what they are known by; gotd's when empty.
	DC         int
	DCList     dcs.List
	PublicKeys []telegram.PublicKey
	// Resolver connects; nil connects straight or by the proxy of the config.
	Resolver dcs.Resolver
	// ConnectTimeout is the time to the first connection, a minute when 0.
	ConnectTimeout time.Duration
	// RetryInterval is how long an answer may take before the call is sent again; gotd's
	// when 0.
	RetryInterval time.Duration
	// CallTimeout is how long one attempt of a call may take, a minute when 0.
	CallTimeout time.Duration
	// Attempts is how often a call is made that fails for want of a connection, 10 when 0.
	Attempts int
	// Sleep waits; the system's clock when nil.
	Sleep func(context.Context, time.Duration) error
}

// Plugin is the source plugin "telegram": it loads as [scraper.Plugin] does, and is
// a source.Extractor, source.Authenticator and source.Verifier beside.
func Plugin() source.Plugin { return New(Options{}) }

// New is the plugin with another way to reach Telegram.
func New(o Options) source.Plugin {
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = time.Minute
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = time.Minute
	}
	if o.Attempts == 0 {
		o.Attempts = 10
	}
	if o.Sleep == nil {
		o.Sleep = sleepFor
	}
	return plugin{scraper.Plugin(), o}
}

type plugin struct {
	source.Plugin
	opts Options
}

var (
	_ source.Extractor     = plugin{}
	_ source.Authenticator = plugin{}
	_ source.Verifier      = plugin{}
)
