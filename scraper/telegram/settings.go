package telegram

import (
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// settings are what a run goes by: the command line's options over the table's
// config over the defaults.
type settings struct {
	channels []string
	// since and until bound the messages' time; zero is open.
	since, until time.Time
	limit        int
	// fromID and toID bound the ids, both included; 0 is open.
	fromID, toID int64
	full         bool
	backfill     bool
	refreshDays  int
	raw, takeout bool

	images    bool
	photos    bool
	documents bool
	// minImage and maxImage bound the size of an image in bytes; 0 is no bound.
	minImage, maxImage int64

	// maxWait is the budget of imposed waits; negative is none.
	maxWait time.Duration
	// rate is requests a second, 0 for no limit.
	rate         float64
	threads      int
	imageThreads int

	format lakewriter.Format
	layout lakewriter.Layout
	// session is the path of the session file.
	session string
	proxy   *url.URL
}

// Defaults.
const (
	defaultRefreshDays  = 7
	defaultThreads      = 4
	defaultImageThreads = 8
	defaultRate         = 20
	defaultMaxWait      = time.Hour
	defaultSession      = ".gdbt/telegram.session"
)

// readSettings reads what concerns a run. Errors are diagnostics.
func readSettings(req source.Request, o source.ExtractOptions) (settings, error) {
	s, err := readConfig(req)
	if err != nil {
		return s, err
	}
	if len(o.Channels) > 0 {
		s.channels = o.Channels
	}
	if !o.Since.IsZero() {
		s.since = o.Since
	}
	if !o.Until.IsZero() {
		s.until = o.Until
	}
	// Telegram counts whole seconds.
	s.since, s.until = s.since.Truncate(time.Second), s.until.Truncate(time.Second)
	if o.Limit > 0 {
		s.limit = o.Limit
	}
	s.fromID, s.toID = int64(o.FromID), int64(o.ToID)
	switch {
	case s.toID > 0 && s.fromID > s.toID:
		return s, wrong("from-id (%d) must not be over to-id (%d)", s.fromID, s.toID)
	case s.toID > 0 && s.limit > 0:
		return s, wrong("limit counts from the newest message, so it can't go with to-id").WithHint("bound the ids with from-id")
	}
	if o.RefreshDays >= 0 {
		s.refreshDays = o.RefreshDays
	}
	if o.MaxWait > 0 {
		s.maxWait = o.MaxWait
	}
	if o.Format != "" {
		s.format = lakewriter.Format(o.Format)
	}
	if o.Layout != "" {
		s.layout = lakewriter.Layout(o.Layout)
	}
	if o.Threads > 0 {
		s.threads = o.Threads
	}
	s.full, s.backfill = o.Full, o.Backfill
	s.raw, s.takeout = s.raw || o.Raw, s.takeout || o.Takeout
	s.images = s.images && !o.NoImages
	if !s.since.IsZero() && !s.until.IsZero() && !s.since.Before(s.until) {
		wrong := wrong
		if o.Since.IsZero() && o.Until.IsZero() {
			wrong = func(format string, args ...any) *diag.Diagnostic { return req.Config.Bad("since", format, args...) }
		}
		return s, wrong("since (%s) must be before until (%s)", lakewriter.Time(s.since), lakewriter.Time(s.until))
	}
	if len(s.channels) == 0 {
		return s, req.Config.Bad("", "the source table %s.%s names no channels", req.Source.Name, req.Source.Table).
			WithHint("add `channels: [name, …]` to its config.meta.gdbt")
	}
	// Names of the config are wrong at their place, those of the command line at none.
	bad := wrong
	if len(o.Channels) == 0 {
		bad = func(format string, args ...any) *diag.Diagnostic { return req.Config.Bad("channels", format, args...) }
	}
	seen := map[string]string{}
	var names []string
	for _, c := range s.channels {
		name, err := channelName(bad, c)
		if err != nil {
			return s, err
		}
		if first, dup := seen[strings.ToLower(name)]; dup {
			if first != name {
				return s, bad("%s and %s are the same channel", first, name)
			}
			continue
		}
		seen[strings.ToLower(name)] = name
		names = append(names, name)
	}
	s.channels = names
	return s, nil
}

// wrong is an error about the options of the command line.
func wrong(format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.ValidationError, format, args...).WithCode("source-config")
}

var username = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{3,31}$`)

// channelName takes name, @name, t.me/name and https://t.me/s/name.
func channelName(bad func(string, ...any) *diag.Diagnostic, given string) (string, error) {
	name := strings.TrimSpace(given)
	for _, scheme := range []string{"https://", "http://"} {
		name = strings.TrimPrefix(name, scheme)
	}
	link := false
	for _, host := range []string{"www.t.me/", "t.me/", "telegram.me/", "telegram.dog/"} {
		if rest, ok := strings.CutPrefix(name, host); ok {
			name, link = rest, true
		}
	}
	if link {
		name = strings.TrimPrefix(name, "s/")
		name, _, _ = strings.Cut(name, "?")
		name = strings.TrimSuffix(name, "/")
	}
	name = strings.TrimPrefix(name, "@")
	if link && (strings.HasPrefix(name, "+") || strings.HasPrefix(name, "joinchat")) {
		return "", bad("%s is an invitation to a private channel", given).WithHint("only public channels, which have a user name, are read")
	}
	if !username.MatchString(name) {
		return "", bad("%q is no user name of a channel", given).
			WithHint("a user name has 4 to 32 letters, digits and underscores, as in https://t.me/name")
	}
	return name, nil
}

// options reads values of a config.
type options struct {
	req source.Request
	err error
}

func (o *options) fail(key, want string, v any) {
	if o.err == nil {
		o.err = o.req.Config.Bad(key, "meta.gdbt.%s must be %s, not %v", key, want, v)
	}
}

func (o *options) flag(key string, def bool) bool {
	switch v := o.req.Config.Options[key].(type) {
	case nil:
		return def
	case bool:
		return v
	case string: // a value that a template gave
		if b, err := strconv.ParseBool(strings.ToLower(v)); err == nil {
			return b
		}
		o.fail(key, "true or false", v)
	default:
		o.fail(key, "true or false", v)
	}
	return def
}

func (o *options) number(key string, def, least float64) float64 {
	n := def
	switch v := o.req.Config.Options[key].(type) {
	case nil:
		return def
	case int64:
		n = float64(v)
	case int:
		n = float64(v)
	case float64:
		n = v
	case string:
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			o.fail(key, "a number", fmt.Sprintf("%q", v))
			return def
		}
		n = f
	default:
		o.fail(key, "a number", v)
		return def
	}
	if n < least || math.IsNaN(n) || n > 1e15 {
		o.fail(key, fmt.Sprintf("at least %v", least), n)
		return def
	}
	return n
}

func (o *options) integer(key string, def, least int) int {
	n := o.number(key, float64(def), float64(least))
	if n != math.Trunc(n) || n > math.MaxInt32 {
		o.fail(key, "a whole number", n)
		return def
	}
	return int(n)
}

func (o *options) text(key, def string, choices ...string) string {
	v, there := o.req.Config.Options[key]
	if !there || v == nil {
		return def
	}
	s, ok := v.(string)
	switch {
	case !ok:
		o.fail(key, "text", v)
	case len(choices) > 0 && !slices.Contains(choices, s):
		o.fail(key, "one of "+strings.Join(choices, ", "), s)
	default:
		return s
	}
	return def
}

// words takes a list, or words in one text.
func (o *options) words(key string, def ...string) []string {
	switch v := o.req.Config.Options[key].(type) {
	case nil:
		return def
	case string:
		return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
	case []any:
		var out []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				o.fail(key, "a list of texts", v)
				return def
			}
			out = append(out, s)
		}
		return out
	default:
		o.fail(key, "a list of texts", v)
		return def
	}
}

func (o *options) date(key string) time.Time {
	v, there := o.req.Config.Options[key]
	if !there || v == nil || v == "" {
		return time.Time{}
	}
	if t, ok := v.(time.Time); ok {
		return t
	}
	t, err := source.ParseTime(fmt.Sprint(v))
	if err != nil {
		o.fail(key, "a date such as 2026-01-31", v)
	}
	return t
}

func (o *options) duration(key string, def time.Duration) time.Duration {
	switch v := o.req.Config.Options[key].(type) {
	case nil:
		return def
	case string:
		if d, err := time.ParseDuration(v); err == nil && d >= 0 {
			return d
		}
		o.fail(key, "a duration such as 30m", v)
		return def
	}
	return time.Duration(o.number(key, 0, 0) * float64(time.Second))
}

func readConfig(req source.Request) (settings, error) {
	if err := req.Config.Known(append(scraper.ExtractOptions(), scraper.LoadOptions()...)...); err != nil {
		return settings{}, err
	}
	o := &options{req: req}
	media := o.words("media", "photo", "document")
	for _, m := range media {
		if m != "photo" && m != "document" {
			o.fail("media", "a list of photo and document", m)
		}
	}
	s := settings{
		channels: o.words("channels"), since: o.date("since"), until: o.date("until"), limit: o.integer("limit", 0, 0),
		refreshDays: o.integer("refresh_days", defaultRefreshDays, 0),
		raw:         o.flag("raw", false), takeout: o.flag("takeout", false),
		images: o.flag("images", true), photos: slices.Contains(media, "photo"), documents: slices.Contains(media, "document"),
		minImage: int64(o.number("min_image_kb", 0, 0) * 1024), maxImage: int64(o.number("max_image_mb", 0, 0) * 1024 * 1024),
		maxWait: o.duration("max_wait", defaultMaxWait), rate: o.number("rate_limit", defaultRate, 0),
		threads: o.integer("threads", defaultThreads, 1), imageThreads: o.integer("image_threads", defaultImageThreads, 1),
		format:  lakewriter.Format(o.text("format", string(lakewriter.JSON), "json", "ndjson")),
		layout:  lakewriter.Layout(o.text("layout", string(lakewriter.Plain), "plain", "hive")),
		session: o.text("session", defaultSession),
	}
	if !filepath.IsAbs(s.session) {
		s.session = filepath.Join(req.ProjectDir, s.session)
	}
	if text := o.text("proxy", req.Env("TELEGRAM_PROXY")); text != "" && o.err == nil {
		s.proxy, o.err = readProxy(req, text)
	}
	return s, o.err
}

// badProxy is an error about the proxy, at its place where the config has it.
func badProxy(req source.Request, format string, args ...any) *diag.Diagnostic {
	if _, own := req.Config.Options["proxy"]; own {
		return req.Config.Bad("proxy", format, args...)
	}
	return wrong(format, args...)
}

// readProxy reads socks5://user:password@host:port, the same with http, and
// mtproxy://host:port?secret=… (also as https://t.me/proxy?server=…&port=…&secret=…). What
// is secret in it is hidden.
func readProxy(req source.Request, text string) (*url.URL, error) {
	wrong := func(why string) error {
		return badProxy(req, "the proxy can't be used: %s", why).
			WithHint("write socks5://user:password@host:port, http://user:password@host:port or mtproxy://host:port?secret=…")
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, wrong("it is no address") // the text may hold a password
	}
	q := u.Query()
	req.Hide(q.Get("secret"))
	if u.User != nil {
		if p, ok := u.User.Password(); ok {
			req.Hide(p)
		}
	}
	if (u.Scheme == "tg" && u.Host == "proxy" || strings.TrimPrefix(u.Host, "www.") == "t.me" && u.Path == "/proxy") && q.Get("server") != "" {
		u = &url.URL{Scheme: "mtproxy", Host: q.Get("server") + ":" + q.Get("port"), RawQuery: url.Values{"secret": {q.Get("secret")}}.Encode()}
	}
	switch u.Scheme {
	case "socks5", "socks5h", "http":
	case "mtproxy":
		if q.Get("secret") == "" {
			return nil, wrong("an MTProxy needs its secret")
		}
	default:
		return nil, wrong(fmt.Sprintf("there is no proxy of the kind %q", u.Scheme))
	}
	if u.Hostname() == "" || u.Port() == "" {
		return nil, wrong("it needs a host and a port")
	}
	return u, nil
}

// credentials are of the application that a user has registered.
type credentials struct {
	id   int
	hash string
}

func readCredentials(req source.Request) (credentials, error) {
	var missing []string
	get := func(name string) string {
		v := req.Env(name)
		if v == "" {
			v = req.Env("TELEGRAM_" + name)
		}
		if v == "" {
			missing = append(missing, name)
		}
		return strings.TrimSpace(v)
	}
	id, hash := get("API_ID"), get("API_HASH")
	req.Hide(hash)
	if len(missing) > 0 {
		d := diag.New(diag.ValidationError, "%s must be set to read Telegram", strings.Join(missing, " and ")).WithCode("telegram-credentials")
		return credentials{}, d.WithHint("register an application at https://my.telegram.org/apps and put API_ID and API_HASH into the environment or the project's .env file")
	}
	n, err := strconv.Atoi(id)
	if err != nil || n <= 0 {
		return credentials{}, diag.New(diag.ValidationError, "API_ID must be a number, as https://my.telegram.org/apps shows it").WithCode("telegram-credentials")
	}
	return credentials{n, hash}, nil
}
