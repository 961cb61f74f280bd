package faketg_test

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/telegram/auth/qrlogin"
	"github.com/gotd/td/telegram/downloader"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/gdbt-dev/gdbt/scraper/faketg"
)

func start(t *testing.T, o faketg.Options) *faketg.Server {
	t.Helper()
	s, err := faketg.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// connect runs f with a client. gotd's Run hides errors that come from a lost
// connection, so f's own is kept.
func connect(t *testing.T, o telegram.Options, f func(context.Context, *telegram.Client) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := telegram.NewClient(faketg.APIID, faketg.APIHash, o)
	inner := errors.New("the client never connected")
	err := client.Run(ctx, func(ctx context.Context) error {
		inner = f(ctx, client)
		return inner
	})
	if err != nil {
		return err
	}
	return inner
}

func resolve(ctx context.Context, api *tg.Client, name string) (*tg.InputPeerChannel, error) {
	r, err := api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: name})
	if err != nil {
		return nil, err
	}
	return r.Chats[0].(*tg.Channel).AsInputPeer(), nil
}

func history(ctx context.Context, api *tg.Client, r tg.MessagesGetHistoryRequest) ([]int, *tg.MessagesChannelMessages, error) {
	page, err := api.MessagesGetHistory(ctx, &r)
	if err != nil {
		return nil, nil, err
	}
	m := page.(*tg.MessagesChannelMessages)
	var ids []int
	for _, msg := range m.Messages {
		ids = append(ids, msg.GetID())
	}
	return ids, m, nil
}

// One client does all that reads, because every key exchange takes its time.
func TestReading(t *testing.T) {
	channels := faketg.Generate(faketg.Spec{Seed: 7, Channels: 2, Messages: 250, Photos: 6, PhotoBytes: 150 << 10})
	s := start(t, faketg.Options{Channels: channels, SignedIn: true})
	shop := channels[0]
	err := connect(t, s.ClientOptions(), func(ctx context.Context, client *telegram.Client) error {
		api := client.API()
		peer, err := resolve(ctx, api, "fakepharma")
		if err != nil {
			return err
		}
		t.Run("names", func(t *testing.T) {
			for name, want := range map[string]string{"nobody_here": "USERNAME_NOT_OCCUPIED", "x": "USERNAME_INVALID"} {
				if _, err := resolve(ctx, api, name); !tgerr.Is(err, want) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if _, err := resolve(ctx, api, "FakePharma"); err != nil {
				t.Error(err)
			}
		})
		t.Run("pages", func(t *testing.T) {
			var want []int
			for _, p := range shop.Posts() {
				want = append([]int{p.ID}, want...)
			}
			for _, c := range []struct {
				name string
				req  tg.MessagesGetHistoryRequest
				want []int
			}{
				{"newest", tg.MessagesGetHistoryRequest{Limit: 3}, want[:3]},
				{"limit", tg.MessagesGetHistoryRequest{Limit: 1000}, want[:100]},
				{"offset", tg.MessagesGetHistoryRequest{Limit: 2, OffsetID: want[10]}, want[11:13]},
				{"an id that is not there", tg.MessagesGetHistoryRequest{Limit: 2, OffsetID: want[0] + 50}, want[:2]},
				{"add offset", tg.MessagesGetHistoryRequest{Limit: 2, OffsetID: want[10], AddOffset: 5}, want[16:18]},
				{"newer", tg.MessagesGetHistoryRequest{Limit: 2, OffsetID: want[10], AddOffset: -2}, want[9:11]},
				{"min", tg.MessagesGetHistoryRequest{Limit: 100, MinID: want[4]}, want[:4]},
				{"max", tg.MessagesGetHistoryRequest{Limit: 2, MaxID: want[4]}, want[5:7]},
				{"the end", tg.MessagesGetHistoryRequest{Limit: 100, OffsetID: want[248]}, want[249:]},
				{"past the end", tg.MessagesGetHistoryRequest{Limit: 100, OffsetID: want[249]}, nil},
				{"date", tg.MessagesGetHistoryRequest{Limit: 1, OffsetDate: int(must(shop.Post(want[20])).Date.Unix())}, want[21:22]},
			} {
				c.req.Peer = peer
				got, page, err := history(ctx, api, c.req)
				if diff := cmp.Diff(c.want, got); err != nil || diff != "" || page.Count != 250 {
					t.Errorf("%s: %v, %s", c.name, err, diff)
				}
			}
		})
		t.Run("messages", func(t *testing.T) {
			last := shop.LastID()
			shop.Edit(last, func(p *faketg.Post) {
				*p = faketg.Post{
					Date: p.Date, EditDate: p.Date.Add(time.Hour), Text: "ዋጋ 120 ብር #ጤና @fakepharma", Views: 9, Replies: 2,
					Reactions: []faketg.Reaction{{Emoji: "👍", Count: 3}}, ReplyTo: 1, Author: "Desk",
				}
			})
			shop.Delete(last - 1)
			ch := &tg.InputChannel{ChannelID: peer.ChannelID, AccessHash: peer.AccessHash}
			got, err := api.ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{
				Channel: ch, ID: []tg.InputMessageClass{&tg.InputMessageID{ID: last}, &tg.InputMessageID{ID: last - 1}},
			})
			if err != nil {
				t.Fatal(err)
			}
			all := got.(*tg.MessagesChannelMessages).Messages
			if _, empty := all[1].(*tg.MessageEmpty); !empty {
				t.Errorf("a deleted message is a %T", all[1])
			}
			m := all[0].(*tg.Message)
			tag := m.Entities[0].(*tg.MessageEntityHashtag)
			if m.Message != "ዋጋ 120 ብር #ጤና @fakepharma" || m.Views != 9 || m.Replies.Replies != 2 || m.Reactions.Results[0].Count != 3 ||
				m.ReplyTo.(*tg.MessageReplyHeader).ReplyToMsgID != 1 || m.EditDate != m.Date+3600 || tag.Offset != 10 || tag.Length != 3 {
				t.Errorf("%+v", m)
			}
		})
		t.Run("photos", func(t *testing.T) {
			photos := 0
			for _, p := range shop.Posts() {
				if p.Photo == nil {
					continue
				}
				photos++
				_, page, err := history(ctx, api, tg.MessagesGetHistoryRequest{Peer: peer, OffsetID: p.ID + 1, Limit: 1})
				if err != nil {
					t.Fatal(err)
				}
				photo := page.Messages[0].(*tg.Message).Media.(*tg.MessageMediaPhoto).Photo.(*tg.Photo)
				var got bytes.Buffer
				_, err = downloader.NewDownloader().WithPartSize(64<<10).Download(api, &tg.InputPhotoFileLocation{
					ID: photo.ID, AccessHash: photo.AccessHash, FileReference: photo.FileReference, ThumbSize: "y",
				}).Stream(ctx, &got)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Bytes(), p.Photo.Data()) || got.Len() != p.Photo.Largest().Bytes {
					t.Errorf("photo %d arrived as %d bytes, not %d", photo.ID, got.Len(), p.Photo.Largest().Bytes)
				}
				if _, err := jpeg.Decode(&got); err != nil {
					t.Error(err)
				}
			}
			if photos != 6 || s.Calls("auth.exportAuthorization") != 1 {
				t.Errorf("%d photos, %d transfers of the authorization", photos, s.Calls("auth.exportAuthorization"))
			}
		})
		t.Run("faults", func(t *testing.T) {
			page := func() error { _, _, err := history(ctx, api, tg.MessagesGetHistoryRequest{Peer: peer}); return err }
			s.Inject(faketg.Fault{Method: "messages.getHistory", Channel: "fakepharma", Nth: 2, Effect: faketg.FloodWait(3)})
			if err := page(); err != nil {
				t.Error("first call:", err)
			}
			if d, ok := tgerr.AsFloodWait(page()); !ok || d != 3*time.Second {
				t.Error("second call:", d, ok)
			}
			if err := page(); err != nil {
				t.Error("third call:", err)
			}
			s.Inject(faketg.Fault{Method: "messages.getHistory", Effect: faketg.Do(func() { shop.Add(faketg.Post{ID: 10_000}) })})
			if ids, _, err := history(ctx, api, tg.MessagesGetHistoryRequest{Peer: peer}); err != nil || ids[0] != 10_000 {
				t.Error(ids[0], err)
			}
			s.Inject(faketg.Fault{Method: "messages.getHistory", Effect: faketg.Delay(20 * time.Millisecond)})
			if err := page(); err != nil {
				t.Error(err)
			}
			shop.SetPrivate(true)
			if err := page(); !tgerr.Is(err, "CHANNEL_PRIVATE") {
				t.Error(err)
			}
			shop.SetPrivate(false)
			s.SignOut()
			if err := page(); !tgerr.Is(err, "AUTH_KEY_UNREGISTERED") {
				t.Error(err)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func must[T any](v T, ok bool) T {
	if !ok {
		panic("not there")
	}
	return v
}

func TestDroppedConnection(t *testing.T) {
	s := start(t, faketg.Options{Channels: faketg.Generate(faketg.Spec{Messages: 5}), SignedIn: true})
	s.Inject(faketg.Fault{Method: "contacts.resolveUsername", Effect: faketg.Drop()})
	err := connect(t, s.ClientOptions(), func(ctx context.Context, client *telegram.Client) error {
		if _, err := resolve(ctx, client.API(), "fakepharma"); err == nil {
			t.Error("an answer came over a dropped connection")
		}
		for { // until the client has a connection again
			_, err := resolve(ctx, client.API(), "fakepharma")
			if _, answered := tgerr.As(err); err == nil || answered || ctx.Err() != nil {
				return err
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	if err != nil {
		t.Error(err)
	}
	if n := s.Calls("contacts.resolveUsername"); n != 2 {
		t.Errorf("%d calls arrived", n)
	}
}

// people answers the questions of a sign-in.
type people struct{ faketg.Account }

func (p people) Phone(context.Context) (string, error)    { return p.Account.Phone, nil }
func (p people) Password(context.Context) (string, error) { return p.Account.Password, nil }
func (p people) Code(context.Context, *tg.AuthSentCode) (string, error) {
	return p.Account.Code, nil
}
func (people) AcceptTermsOfService(context.Context, tg.HelpTermsOfService) error { return nil }
func (people) SignUp(context.Context) (auth.UserInfo, error) {
	return auth.UserInfo{}, errors.New("no")
}

// The account lives in another data centre than the one that clients know first.
func TestSignIn(t *testing.T) {
	person := faketg.Account{Phone: "+999 000 00002", Code: "13579", Password: "ሚስጥር", Username: "second_reader"}
	s := start(t, faketg.Options{Home: 4, Accounts: []faketg.Account{person, faketg.Bot}})
	kept := &session.StorageMemory{}
	options := func() telegram.Options {
		o := s.ClientOptions()
		o.SessionStorage = kept
		o.RetryInterval = 200 * time.Millisecond // how soon it sees that its key is unknown
		return o
	}
	err := connect(t, options(), func(ctx context.Context, client *telegram.Client) error {
		if st, err := client.Auth().Status(ctx); err != nil || st.Authorized {
			t.Error("signed in before anybody did:", err)
		}
		wrong := person
		wrong.Password = "guess"
		if err := auth.NewFlow(people{wrong}, auth.SendCodeOptions{}).Run(ctx, client.Auth()); !errors.Is(err, auth.ErrPasswordInvalid) {
			t.Error("a wrong password:", err)
		}
		wrong.Code = "00000"
		if err := auth.NewFlow(people{wrong}, auth.SendCodeOptions{}).Run(ctx, client.Auth()); !tgerr.Is(err, "PHONE_CODE_INVALID") {
			t.Error("a wrong code:", err)
		}
		return auth.NewFlow(people{person}, auth.SendCodeOptions{}).Run(ctx, client.Auth())
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := s.Calls("auth.sendCode")
	err = connect(t, options(), func(ctx context.Context, client *telegram.Client) error {
		self, err := client.Self(ctx)
		if err == nil && self.Username != "second_reader" {
			t.Error(self.Username)
		}
		return err
	})
	if err != nil || s.Calls("auth.sendCode") != sent {
		t.Error("the session was not kept:", err)
	}
	s.ForgetKeys()
	err = connect(t, options(), func(ctx context.Context, client *telegram.Client) error {
		st, err := client.Auth().Status(ctx)
		if err == nil && st.Authorized {
			t.Error("a forgotten key is still signed in")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSignInByBotAndQR(t *testing.T) {
	s := start(t, faketg.Options{Channels: faketg.Generate(faketg.Spec{Messages: 5})})
	err := connect(t, s.ClientOptions(), func(ctx context.Context, client *telegram.Client) error {
		if _, err := client.Auth().Bot(ctx, "wrong"); !tgerr.Is(err, "ACCESS_TOKEN_INVALID") {
			t.Error(err)
		}
		if _, err := client.Auth().Bot(ctx, faketg.Bot.BotToken); err != nil {
			return err
		}
		peer, err := resolve(ctx, client.API(), "fakepharma")
		if err != nil {
			return err
		}
		if _, _, err := history(ctx, client.API(), tg.MessagesGetHistoryRequest{Peer: peer}); !tgerr.Is(err, "BOT_METHOD_INVALID") {
			t.Error("a bot read a history:", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	o := s.ClientOptions()
	updates := tg.NewUpdateDispatcher()
	o.UpdateHandler = updates
	var scan sync.WaitGroup
	defer scan.Wait()
	err = connect(t, o, func(ctx context.Context, client *telegram.Client) error {
		seen := qrlogin.OnLoginToken(updates)
		a, err := client.QR().Auth(ctx, seen, func(_ context.Context, token qrlogin.Token) error {
			scan.Go(func() {
				time.Sleep(50 * time.Millisecond) // until the client waits for it
				if err := s.AcceptLogin(token.URL()); err != nil {
					t.Error(err)
				}
			})
			return nil
		})
		if err == nil && a.User.(*tg.User).Username != faketg.Person.Username {
			t.Error(a.User)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestGenerate(t *testing.T) {
	spec := faketg.Spec{Seed: 3, Channels: 7, Messages: 300, Photos: 90}
	a, b := faketg.Generate(spec), faketg.Generate(spec)
	kinds := map[string]int{}
	for i, ch := range a {
		if diff := cmp.Diff(ch.Posts(), b[i].Posts()); diff != "" || ch.Username() != b[i].Username() {
			t.Fatal("the same seed made something else:", diff)
		}
		photos := 0
		for _, p := range ch.Posts() {
			count := func(kind string, there bool) {
				if there {
					kinds[kind]++
				}
			}
			count("edited", !p.EditDate.IsZero())
			count("reply", p.ReplyTo != 0)
			count("album", p.Album != 0)
			count("forward of a channel", p.Forward != nil && p.Forward.Channel != 0)
			count("forward of a name", p.Forward != nil && p.Forward.Name != "")
			count("poll", p.Poll != nil)
			count("document", p.Document != nil)
			count("link", p.Link != nil)
			count("reactions", len(p.Reactions) > 0)
			count("pinned", p.Pinned != 0)
			count("in DC 4", p.Photo != nil && p.Photo.DC == 4)
			if p.Photo != nil {
				photos++
			}
		}
		if len(ch.Posts()) != 300 || photos < 80 || photos > 90 {
			t.Errorf("%s: %d posts, %d photos", ch.Username(), len(ch.Posts()), photos)
		}
		if ch.LastID() <= 300 {
			t.Errorf("%s has no gaps", ch.Username())
		}
	}
	for _, kind := range []string{"edited", "reply", "album", "forward of a channel", "forward of a name", "poll", "document", "link", "reactions", "pinned", "in DC 4"} {
		if kinds[kind] == 0 {
			t.Errorf("no post is of the kind %q: %v", kind, kinds)
		}
	}
}
