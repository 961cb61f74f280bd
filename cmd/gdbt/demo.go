package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/project"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
	"github.com/gdbt-dev/gdbt/scraper/telegram"
)

func demoCommand() command {
	return command{
		use: "demo [FOLDER]", short: "From a scrape to the documentation, with a made-up Telegram (gdbt's own)", words: 1,
		long: "Makes a folder (gdbt_demo unless named) with the medical warehouse project, starts a made-up Telegram inside this\n" +
			"process, and goes the whole way: sign in, scrape, load, build, test, scrape once more when posts were added, edited\n" +
			"and deleted, and the documentation. It needs no account and no network, and asks nothing of either. --target postgres\n" +
			"builds in the database that PGHOST and its siblings name.",
		example: "  gdbt demo\n  gdbt demo shop --target postgres",
		plain: func(ctx context.Context, p *process, o *options, words []string) (int, error) {
			dir := "gdbt_demo"
			if len(words) > 0 {
				dir = words[0]
			}
			return (&demo{process: p, dir: dir, target: o.given["target"]}).run(ctx)
		},
	}
}

// demo is the command at work.
type demo struct {
	*process
	dir    string
	target any // nil for the project's own
	now    func() time.Time
	plugin source.Plugin
	env    map[string]string
	steps  int
}

// The channels of the demo; faketg makes them up under these names.
var demoChannels = []string{"fakepharma", "madeupcosmetics", "noclinic"}

func (d *demo) run(ctx context.Context) (int, error) {
	if d.now = clock(d.lookupEnv); d.now == nil {
		return exitUsage, usagef(nil, "GDBT_NOW is not a time like 2026-01-31T12:00:00Z")
	}
	if err := d.unpack(); err != nil {
		return exitFailed, err
	}
	// The first scrape is of yesterday, the second of now.
	now := d.now().UTC().Truncate(time.Second)
	yesterday := now.AddDate(0, 0, -1)
	net, err := faketg.Start(faketg.Options{
		Channels: faketg.Generate(faketg.Spec{Seed: 1, Channels: len(demoChannels), Messages: 200, Photos: 20, Until: yesterday.Add(-time.Hour)}),
	})
	if err != nil {
		return exitFailed, err
	}
	defer net.Close()
	d.env = map[string]string{"API_ID": fmt.Sprint(faketg.APIID), "API_HASH": faketg.APIHash, "GDBT_NOW": yesterday.Format(time.RFC3339)}
	d.plugin = telegram.New(telegram.Options{DC: 2, DCList: net.DCList(), PublicKeys: net.ClientOptions().PublicKeys})

	d.say("Sign in to the made-up Telegram (its account is %s, its code %s)", faketg.Person.Phone, faketg.Person.Code)
	d.shell("source login --phone " + faketg.Person.Phone)
	if err := d.signIn(ctx); err != nil {
		return exitFailed, err
	}
	for _, step := range []struct {
		text   string
		before func()
		args   string
	}{
		{"Scrape the channels into the lake: messages as JSON, photos as files", nil, "source extract"},
		{"Check the lake against what was written down of it", nil, "source verify"},
		{"Load the lake into raw tables, build the models, run the tests", nil, "build --load"},
		{"The next day the channels have new posts, an edit, a deletion and more views: only the difference is scraped",
			func() { live(net, now); d.env["GDBT_NOW"] = now.Format(time.RFC3339) }, "source extract"},
		{"Changed messages take the place of their rows, and the history of metrics grows", func() { delete(d.env, "GDBT_NOW") }, "build --load"},
		{"Write the documentation site", nil, "docs generate"},
	} {
		if step.before != nil {
			step.before()
		}
		d.say("%s", step.text)
		if code := d.gdbt(ctx, strings.Fields(step.args)...); code != exitOK {
			return code, ctx.Err()
		}
	}
	target := ""
	if d.target != nil {
		target = fmt.Sprintf(" --target %v", d.target)
	}
	fmt.Fprintf(d.stdout, `
All done. To look at:
  %[1]s   the lake, by day of the scrape and channel
  %[2]s   the documentation site; open it in a browser
  cd %[3]s && gdbt docs serve%[4]s
  cd %[3]s && gdbt show --select dim_channels%[4]s
  cd %[3]s && gdbt show%[4]s --inline "select * from {{ source('raw', 'message_metrics') }} order by message_id, observed_at"
`, filepath.Join(d.dir, "data", "raw", "telegram_messages"), filepath.Join(d.dir, "target", "index.html"), d.dir, target)
	return exitOK, nil
}

// unpack writes the project, with the lake inside and the demo's channels.
func (d *demo) unpack() error {
	if _, err := os.Lstat(d.dir); err == nil {
		return fmt.Errorf("demo: %s is there already; name another folder, as in gdbt demo other", d.dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("demo: %w", err)
	}
	changes := map[string][2]string{
		"dbt_project.yml": {"lake: ../testdata/lake", "lake: data"},
		"models/staging/_sources.yml": {
			`lake: "{{ var('lake') }}"`,
			`lake: "{{ var('lake') }}"` + "\n              channels: [" + strings.Join(demoChannels, ", ") + "]",
		},
	}
	part := d.dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	err := fs.WalkDir(project.Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(part, filepath.FromSlash(name))
		if e.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		data, err := project.Files.ReadFile(name)
		if err != nil {
			return err
		}
		if c, ok := changes[name]; ok {
			changed := strings.Replace(string(data), c[0], c[1], 1)
			if changed == string(data) {
				return fmt.Errorf("%s has no %q", name, c[0])
			}
			data = []byte(changed)
		}
		return os.WriteFile(to, data, 0o644)
	})
	if err == nil {
		err = os.Rename(part, d.dir)
	}
	if err != nil {
		_ = os.RemoveAll(part)
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

func (d *demo) signIn(ctx context.Context) error {
	auth, ok := d.plugin.(source.Authenticator)
	if !ok {
		return errors.New("demo: the plugin has no sign-in")
	}
	res, err := auth.Login(ctx, source.LoginRequest{
		Request: source.Request{
			Config: source.Config{Plugin: "telegram"}, ProjectDir: d.dir, Now: d.now,
			LookupEnv: func(name string) (string, bool) { v, ok := d.env[name]; return v, ok },
		},
		Method: source.LoginByCode, Phone: faketg.Person.Phone,
		Ask: func(context.Context, string, bool) (string, error) { return faketg.Person.Code, nil },
	})
	if err == nil {
		fmt.Fprintf(d.stdout, "signed in as %s; the session is in %s\n", res.Account, res.SessionFile)
	}
	return err
}

func (d *demo) say(format string, args ...any) {
	d.steps++
	fmt.Fprintf(d.stdout, "\n%d. "+format+"\n", append([]any{d.steps}, args...)...)
}

func (d *demo) shell(line string) { fmt.Fprintf(d.stdout, "$ gdbt %s\n", line) }

// gdbt runs a command in the demo's folder as a user would.
func (d *demo) gdbt(ctx context.Context, args ...string) int {
	if d.target != nil {
		args = append(args, "--target", fmt.Sprint(d.target))
	}
	d.shell(strings.Join(args, " "))
	p := *d.process
	p.interactive = false
	p.plugins = func() []source.Plugin { return []source.Plugin{d.plugin} }
	p.environ = func() []string {
		env := slices.DeleteFunc(slices.Clone(d.environ()), func(entry string) bool {
			name, _, _ := strings.Cut(entry, "=")
			_, ours := d.env[name]
			return ours
		})
		for name, value := range d.env {
			env = append(env, name+"="+value)
		}
		return env
	}
	return p.run(ctx, append(args, "--project-dir", d.dir, "--profiles-dir", d.dir))
}

// live changes the channels as a day does.
func live(net *faketg.Server, now time.Time) {
	for _, name := range demoChannels {
		ch := net.Channel(name)
		posts := ch.Posts()
		ch.Grow(10)
		ch.Edit(posts[len(posts)-1].ID, func(p *faketg.Post) {
			p.Text, p.EditDate = p.Text+"\n(ዋጋ ተስተካክሏል)", now.Add(-time.Minute)
		})
		ch.Delete(posts[len(posts)-3].ID)
		ch.Add(faketg.Post{Date: now.Add(-time.Minute), Text: "አሁን ገብቷል: Paracetamol 500mg 120 ብር", Views: 3, Replies: -1})
	}
}
