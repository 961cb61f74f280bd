package telegram

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/denied/deniedtest"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
)

// quick makes waits of the gate and of the recovery short, and keeps what was asked for.
func (w *world) quick() *[]time.Duration {
	asked := &[]time.Duration{}
	w.opts.Sleep = func(ctx context.Context, d time.Duration) error {
		w.mu.Lock()
		*asked = append(*asked, d)
		w.mu.Unlock()
		return sleepFor(ctx, min(d, 50*time.Millisecond))
	}
	return asked
}

// What goes wrong once leaves no trace in the lake.
func TestFaultsThatPass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		inject func(*world)
		check  func(*testing.T, *world, source.ExtractResult)
	}{
		{"the connection drops while a page is read", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 3, Effect: faketg.Drop()})
		}, nil},
		{"the connection drops three times", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 2, Times: 3, Effect: faketg.Drop()})
		}, nil},
		{"the connection drops while a photo is fetched", func(w *world) {
			w.Inject(faketg.Fault{Method: "upload.getFile", Nth: 4, Times: 2, Effect: faketg.Drop()})
		}, nil},
		{"all connections drop", func(w *world) {
			w.Inject(faketg.Fault{Method: "upload.getFile", Nth: 6, Effect: faketg.Do(w.DropConnections)})
		}, nil},
		{"no answer", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 2, Effect: faketg.Hang()})
			w.Inject(faketg.Fault{Method: "upload.getFile", Nth: 2, Effect: faketg.Hang()})
		}, nil},
		{"a late answer", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 2, Effect: faketg.Delay(700 * time.Millisecond)})
		}, nil},
		{"flood waits", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 2, Effect: faketg.FloodWait(1)})
			w.Inject(faketg.Fault{Method: "upload.getFile", Nth: 3, Effect: faketg.Error(420, "FLOOD_PREMIUM_WAIT_1")})
			w.Inject(faketg.Fault{Method: "contacts.resolveUsername", Effect: faketg.FloodWait(1)})
		}, func(t *testing.T, w *world, res source.ExtractResult) {
			c := res.Channels[0]
			if c.Waits < 3 || c.Waited < 2*time.Second {
				t.Errorf("%+v", c)
			}
			if !strings.Contains(w.log(), "Telegram asks to wait 1s before the next messages.getHistory, until ") {
				t.Error(w.log())
			}
		}},
		{"Telegram has trouble", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 2, Times: 2, Effect: faketg.Error(500, "RPC_CALL_FAIL")})
			w.Inject(faketg.Fault{Method: "upload.getFile", Nth: 2, Effect: faketg.Error(-503, "Timeout")})
			w.Inject(faketg.Fault{Method: "upload.getFile", Nth: 5, Effect: faketg.Error(400, "WORKER_BUSY_TOO_LONG_RETRY")})
		}, nil},
		{"file references expire", func(w *world) {
			w.Inject(faketg.Fault{Method: "upload.getFile", Nth: 1, Effect: faketg.Do(w.ExpireFileReferences)})
		}, func(t *testing.T, w *world, _ source.ExtractResult) {
			if w.Calls("channels.getMessages") == 0 {
				t.Error("no reference was renewed")
			}
		}},
		{"a file is in another data centre than its photo says", func(w *world) {
			// Asked, that one sends it back.
			w.Inject(faketg.Fault{Method: "upload.getFile", Effect: faketg.Error(303, "FILE_MIGRATE_1")})
		}, nil},
		{"slow mode", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 2, Effect: faketg.Error(420, "SLOWMODE_WAIT_1")})
		}, func(t *testing.T, w *world, res source.ExtractResult) {
			if c := res.Channels[0]; c.Waits != 1 || !strings.Contains(w.log(), "Telegram asks to wait 1s before the next messages.getHistory") {
				t.Errorf("%+v\n%s", c, w.log())
			}
		}},
		{"another session key in the midst", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 2, Effect: faketg.Error(401, "AUTH_KEY_PERM_EMPTY")})
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ch := generate(5, 220, 12)
			w := newWorld(t, ch)
			c.inject(w)
			res := w.mustExtract(config(ch.Username()))
			w.complete(ch)
			if c.check != nil {
				c.check(t, w, res)
			}
			w.Heal()
			w.likeUndisturbed(config(ch.Username()))
		})
	}
}

// A channel that can't be read stops no other, and says why.
func TestFaultsOfOneChannel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, channel string
		inject        func(*world, []*faketg.Channel)
		status        source.Status
		code, text    string
	}{
		{"no such channel", "nowhere_shop", func(*world, []*faketg.Channel) {}, source.Failed, "telegram-channel", "there is no channel nowhere_shop (USERNAME_NOT_OCCUPIED)"},
		{"private", "fakepharma", func(w *world, good []*faketg.Channel) { good[0].SetPrivate(true) }, source.Failed, "telegram-private", "is private, or the account is banned from it (CHANNEL_PRIVATE)"},
		{"private in the midst", "fakepharma", func(w *world, good []*faketg.Channel) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Channel: good[0].Username(), Nth: 3, Effect: faketg.Do(func() { good[0].SetPrivate(true) })})
		}, source.Partial, "telegram-private", "is private"},
		{"trouble that stays", "fakepharma", func(w *world, good []*faketg.Channel) {
			w.quick()
			w.opts.Attempts = 3
			w.Inject(faketg.Fault{Method: "messages.getHistory", Channel: good[0].Username(), Nth: 2, Times: -1, Effect: faketg.Error(500, "INTERNAL")})
		}, source.Failed, "telegram-busy", "Telegram has trouble of its own (INTERNAL)"},
		{"the wait is too long", "fakepharma", func(w *world, good []*faketg.Channel) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Channel: good[0].Username(), Nth: 3, Effect: faketg.FloodWait(4000)})
		}, source.Partial, "telegram-wait", "Telegram asks for a wait of 1h6m40s before the next messages.getHistory; max_wait allows 1h0m0s"},
		{"refused for an unknown reason", "fakepharma", func(w *world, good []*faketg.Channel) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Channel: good[0].Username(), Nth: 2, Effect: faketg.Error(400, "SOMETHING_NEW")})
		}, source.Failed, "telegram", "Telegram refused (SOMETHING_NEW)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			good := []*faketg.Channel{generate(6, 120, 0), faketg.Generate(faketg.Spec{Seed: 6, Channels: 2, Photos: 4, PhotoBytes: 6 << 10, DC: 2})[1]}
			w := newWorld(t, good...)
			c.inject(w, good)
			defer good[0].SetPrivate(false)
			res, err := w.extract(config(c.channel + " " + good[1].Username()))
			if err != nil {
				t.Fatal(err)
			}
			if res.Channels[0].Status != c.status || res.Channels[0].Errors == 0 {
				t.Errorf("%+v", res.Channels[0])
			}
			wantDiag(t, res.Channels[0].Err, c.code, c.text)
			if res.Channels[1].Status != source.OK {
				t.Errorf("%+v", res.Channels[1])
			}
			w.complete(good[1])
			if c.channel != good[0].Username() {
				w.likeUndisturbed(config(good[1].Username()))
				return
			}
			// When it is over, the next run brings what is missing, and only that.
			w.Heal()
			good[0].SetPrivate(false)
			w.mustExtract(config(c.channel + " " + good[1].Username()))
			w.complete(good...)
			w.likeUndisturbed(config(c.channel + " " + good[1].Username()))
		})
	}
}

// A lost session, a lost network, a full disk end the run; what is read is safe.
func TestFaultsThatEndTheRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		inject     func(*world)
		code, text string
		heal       func(*world)
	}{
		{"signed out in the midst", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 3, Effect: faketg.Do(w.SignOut)})
		}, "telegram-session", "the session is not signed in any more (AUTH_KEY_UNREGISTERED)", (*world).again},
		{"signed out before", func(w *world) { w.SignOut() }, "telegram-session", "nobody is signed in to Telegram", (*world).again},
		{"the key is forgotten", func(w *world) { w.ForgetKeys() }, "telegram-session", "nobody is signed in to Telegram", (*world).again},
		{"the session is used twice", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 3, Effect: faketg.Error(406, "AUTH_KEY_DUPLICATED")})
		}, "telegram-session", "the session is used in two places at once, and Telegram has ended it (AUTH_KEY_DUPLICATED)", nil},
		{"the account is banned", func(w *world) {
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 2, Effect: faketg.Error(401, "USER_DEACTIVATED_BAN")})
		}, "telegram-session", "the account is banned", nil},
		{"the network goes away", func(w *world) {
			w.quick()
			w.opts.Attempts, w.opts.CallTimeout = 2, time.Second
			w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 3, Effect: faketg.Do(func() { w.Refuse(true) })})
		}, "", "", func(w *world) { w.Refuse(false) }},
		{"no network", func(w *world) {
			w.opts.ConnectTimeout = 500 * time.Millisecond
			w.Refuse(true)
		}, "telegram-connect", "can't connect to Telegram in 500ms", func(w *world) { w.Refuse(false) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ch := generate(7, 250, 4)
			w := newWorld(t, ch)
			timeout := w.opts.ConnectTimeout
			c.inject(w)
			res, err := w.extract(config(ch.Username()))
			if c.code != "" {
				wantDiag(t, err, c.code, c.text)
			} else if err == nil {
				wantDiag(t, res.Channels[0].Err, "telegram-lost", "the connection to Telegram was lost")
			}
			if res.Channels[0].Err == nil || res.Channels[0].Status == source.OK {
				t.Errorf("%+v", res.Channels[0])
			}
			w.Heal()
			w.opts.ConnectTimeout, w.opts.CallTimeout = timeout, 0
			if c.heal != nil {
				c.heal(w)
			}
			w.mustExtract(config(ch.Username()))
			w.complete(ch)
			w.likeUndisturbed(config(ch.Username()))
		})
	}
}

// again signs in anew.
func (w *world) again() {
	w.t.Helper()
	w.signIn()
}

// Ctrl-C in the midst of a page leaves what is whole, and the next run the rest.
func TestCancel(t *testing.T) {
	t.Parallel()
	ch := generate(8, 250, 40)
	w := newWorld(t, ch)
	ctx, cancel := context.WithCancel(t.Context())
	w.Inject(faketg.Fault{Method: "upload.getFile", Nth: 20, Effect: faketg.Do(cancel)})
	res, err := w.extractContext(ctx, config(ch.Username()))
	if !errors.Is(err, context.Canceled) || res.Channels[0].Status != source.Partial {
		t.Errorf("%+v %v", res.Channels[0], err)
	}
	wantDiag(t, res.Channels[0].Err, "telegram-not-read", "the run ended while the channel was read")
	w.Heal()
	w.mustExtract(config(ch.Username()))
	w.complete(ch)
	w.likeUndisturbed(config(ch.Username()))
}

// An image that can't be had is told of, and fetched by the next run.
func TestMissingImage(t *testing.T) {
	t.Parallel()
	ch := generate(9, 60, 3)
	w := newWorld(t, ch)
	w.Inject(faketg.Fault{Method: "upload.getFile", Nth: 1, Effect: faketg.Error(400, "LOCATION_INVALID")})
	res, err := w.extract(config(ch.Username()))
	if err != nil || res.Channels[0].Status != source.Partial || res.Channels[0].Errors != 1 {
		t.Fatalf("%+v %v", res.Channels[0], err)
	}
	wantDiag(t, res.Channels[0].Err, "telegram-file", "a file is not there any more")
	lacking := int64(0)
	for _, m := range w.records(ch.Username(), now) {
		if m.ImageError != nil {
			lacking = m.MessageID
		}
	}
	if lacking == 0 {
		t.Fatal("no record tells of it")
	}
	// As long as it can't be had, no run says so in the lake again.
	w.Inject(faketg.Fault{Method: "upload.getFile", Times: -1, Effect: faketg.Error(400, "LOCATION_INVALID")})
	n := len(w.records(ch.Username(), now))
	if res, err := w.extract(config(ch.Username(), "refresh_days", 1)); err != nil || res.Channels[0].Errors != 1 || len(w.records(ch.Username(), now)) != n {
		t.Errorf("%+v %v", res.Channels[0], err)
	}
	w.Heal()
	w.now = now.Add(time.Hour)
	res = w.mustExtract(config(ch.Username()))
	all := w.records(ch.Username(), now)
	last := all[len(all)-1]
	if last.MessageID != lacking || last.ImagePath == nil || last.ImageError != nil || res.Channels[0].Images != 1 {
		t.Errorf("%+v %+v", last, res.Channels[0])
	}
	w.verified()
	w.now = w.now.Add(time.Hour)
	if res := w.mustExtract(config(ch.Username())); res.Total().Images+res.Total().Refreshed != 0 {
		t.Errorf("%+v", res.Total())
	}
}

// A file that is to be had at a CDN only is an error of that image alone. Nobody is sent to one who does not say that he can
// use it.
func TestCDN(t *testing.T) {
	t.Parallel()
	ch := generate(21, 40, 3)
	w := newWorld(t, ch)
	w.Inject(faketg.Fault{Method: "upload.getFile", Effect: faketg.Answer(&tg.UploadFileCDNRedirect{DCID: 203, FileToken: []byte("token")})})
	res, err := w.extract(config(ch.Username()))
	if err != nil || res.Channels[0].Status != source.Partial || res.Channels[0].Messages != 40 || res.Channels[0].Images != 2 {
		t.Fatalf("%+v %v", res.Channels[0], err)
	}
	if text := res.Channels[0].Err.Error(); !strings.Contains(text, "the file is sent by a CDN only, which this client can't use") {
		t.Error(text)
	}
	w.Heal()
	w.mustExtract(config(ch.Username()))
	w.likeUndisturbed(config(ch.Username()))
}

// A photo that a killed run left half is fetched from where it ends.
func TestResumeInMidFile(t *testing.T) {
	t.Parallel()
	at := now.Add(-time.Hour)
	ch := faketg.NewChannel(800, "large_shop", "Large")
	photo := faketg.NewPhoto(5, 2, 1_300_000)
	ch.Add(faketg.Post{Date: at, Replies: -1, Photo: photo})
	w := newWorld(t, ch)
	dir := w.path("images", "large_shop")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".1.5.part"), photo.Data()[:700_000], 0o644); err != nil {
		t.Fatal(err)
	}
	w.mustExtract(config("large_shop"))
	w.complete(ch)
	if n := w.Calls("upload.getFile"); n != 2 { // 1.3 MB are three pieces; one was there
		t.Errorf("%d pieces were fetched", n)
	}
	w.likeUndisturbed(config("large_shop"))
}

func TestRenamedChannel(t *testing.T) {
	t.Parallel()
	ch := generate(10, 30, 0)
	name := ch.Username()
	w := newWorld(t, ch)
	w.mustExtract(config(name))
	ch.Rename("other_name", "Other Title")
	ch.Add(faketg.Post{Date: now, Text: "under the new name", Replies: -1})
	res := w.mustExtract(config(name))
	if res.Total().Messages != 1 || !strings.Contains(w.log(), "has the user name other_name now; it goes on under its old name in the lake") {
		t.Errorf("%+v %s", res.Total(), w.log())
	}
	// Somebody else takes the name.
	thief := faketg.NewChannel(4711, name, "Another")
	thief.Add(faketg.Post{Date: now, Text: "mine", Replies: -1})
	w.Add(thief)
	res, err := w.extract(config(name))
	if err != nil {
		t.Fatal(err)
	}
	wantDiag(t, res.Channels[0].Err, "telegram-channel", "belongs to another channel now: 4711")
}

// Takeout on request: reading goes through its session, which is closed.
func TestTakeout(t *testing.T) {
	t.Parallel()
	ch := generate(11, 120, 2)
	w := newWorld(t, ch)
	w.mustExtract(config(ch.Username()), func(o *source.ExtractOptions) { o.Takeout = true })
	w.complete(ch)
	for _, c := range w.Log() {
		if (c.Method == "messages.getHistory" || c.Method == "upload.getFile") && !c.Takeout {
			t.Errorf("%+v", c)
		}
	}
	if n := w.OpenTakeouts(); n != 0 {
		t.Errorf("%d takeout sessions are open", n)
	}
	w.Inject(faketg.Fault{Method: "account.initTakeoutSession", Effect: faketg.Error(420, "TAKEOUT_INIT_DELAY_3600")})
	_, err := w.extract(config(ch.Username()), func(o *source.ExtractOptions) { o.Takeout = true })
	wantDiag(t, err, "telegram-takeout", "Telegram allows a takeout session in 1h0m0s")
}

// Two runs can't use one session.
func TestSessionIsLocked(t *testing.T) {
	t.Parallel()
	ch := generate(12, 10, 0)
	w := newWorld(t, ch)
	f := &sessionFile{path: filepath.Join(w.dir, defaultSession)}
	l, err := f.lock()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.extract(config(ch.Username()))
	wantDiag(t, err, "telegram-session", "the session is in use by process ")
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	w.mustExtract(config(ch.Username()))
}

func TestNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := os.Remove(filepath.Join(w.dir, defaultSession)); err != nil {
		t.Fatal(err)
	}
	_, err := w.extract(config("some_shop"))
	wantDiag(t, err, "telegram-session", "nobody is signed in to Telegram")
	delete(w.env, "API_HASH")
	_, err = w.extract(config("some_shop"))
	wantDiag(t, err, "telegram-credentials", "API_HASH must be set to read Telegram")
}

// An account whose home is another data centre than the one that was asked first: signing in moves there, by phone and
// as a bot, and so does every later run.
func TestHomeElsewhere(t *testing.T) {
	t.Parallel()
	for _, method := range []source.LoginMethod{source.LoginByCode, source.LoginByBot} {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			ch := generate(14, 60, 4)
			w := newWorld(t, ch)
			w.opts.DC = 4
			answers := []string{faketg.Person.Phone, faketg.Person.Code}
			if method == source.LoginByBot {
				answers = []string{faketg.Bot.BotToken}
			}
			res, _, err := w.login(method, true, nil, answers...)
			if err != nil {
				t.Fatal(res, err)
			}
			w.mustExtract(config(ch.Username()))
			w.complete(ch)
			w.likeUndisturbed(config(ch.Username()))
		})
	}
}

// Where the user has no access to a folder of the lake, the error names it and what to do; with the access back the next run
// does the rest.
func TestFoldersWithoutAccess(t *testing.T) {
	if !deniedtest.AsUser(t) {
		return
	}
	for _, folder := range []string{"images", "_state", "telegram_messages"} {
		t.Run(folder, func(t *testing.T) {
			ch := generate(31, 30, 4)
			w := newWorld(t, ch)
			name := w.path(folder)
			if err := os.MkdirAll(name, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(name, 0o500); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.Chmod(name, 0o700) }()
			res, err := w.extract(config(ch.Username()))
			for _, c := range res.Channels {
				err = errors.Join(err, c.Err)
			}
			wantDiag(t, err, "lake-write", "the lake can't be written: ")
			if d, _ := diag.As(err); d.Hint != "the folder "+name+" has the mode dr-x------: give the user that runs gdbt access with chmod or chown" {
				t.Error(d.Hint)
			}
			if err := os.Chmod(name, 0o700); err != nil {
				t.Fatal(err)
			}
			w.mustExtract(config(ch.Username()))
			w.complete(ch)
			w.verified()
			w.likeUndisturbed(config(ch.Username()))
		})
	}
}
