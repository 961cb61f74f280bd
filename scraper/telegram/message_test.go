package telegram

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// fill sets the flags of a message's fields, as decoding does.
func fill(m *tg.Message) *tg.Message {
	m.SetFlags()
	return m
}

func TestRecord(t *testing.T) {
	at := int(time.Date(2026, 1, 20, 10, 30, 0, 0, time.UTC).Unix())
	n := func(v int64) *int64 { return &v }
	s := func(v string) *string { return &v }
	document := func(mime string, attributes ...tg.DocumentAttributeClass) tg.MessageMediaClass {
		return &tg.MessageMediaDocument{Document: &tg.Document{ID: 5, MimeType: mime, Size: 10, Attributes: attributes}}
	}
	for _, c := range []struct {
		name string
		in   tg.MessageClass
		want func(*lakewriter.Message)
	}{
		{"plain", fill(&tg.Message{ID: 1, Date: at, Message: "hi"}), func(m *lakewriter.Message) { m.MessageText = s("hi") }},
		{"not UTF-8", fill(&tg.Message{ID: 1, Date: at, Message: "a\xffb"}), func(m *lakewriter.Message) { m.MessageText = s("a�b") }},
		{"no views is not zero views", fill(&tg.Message{ID: 1, Date: at}), func(*lakewriter.Message) {}},
		{"counts", fill(&tg.Message{ID: 1, Date: at, Views: 3, Forwards: 4, Replies: tg.MessageReplies{Replies: 5}, Pinned: true, GroupedID: 9}), func(m *lakewriter.Message) {
			m.Views, m.Forwards, m.Replies, m.IsPinned, m.GroupedID = n(3), n(4), n(5), true, n(9)
		}},
		{"reactions of all kinds", fill(&tg.Message{ID: 1, Date: at, Reactions: tg.MessageReactions{Results: []tg.ReactionCount{
			{Reaction: &tg.ReactionEmoji{Emoticon: "🙏"}, Count: 2}, {Reaction: &tg.ReactionCustomEmoji{DocumentID: 8}, Count: 1},
			{Reaction: &tg.ReactionPaid{}, Count: 7}, {Reaction: &tg.ReactionEmpty{}, Count: 1}}}}), func(m *lakewriter.Message) {
			m.Reactions = []lakewriter.Reaction{{Emoji: "🙏", Count: 2}, {Emoji: "custom_emoji:8", Count: 1}, {Emoji: "paid", Count: 7}}
		}},
		{"a reply into another chat", fill(&tg.Message{ID: 1, Date: at, ReplyTo: reply2(44, &tg.PeerChannel{ChannelID: 3})}), func(m *lakewriter.Message) { m.IsReply = true }},
		{"forwarded by name", fill(&tg.Message{ID: 1, Date: at, FwdFrom: tg.MessageFwdHeader{Date: at, FromName: "Somebody"}}), func(m *lakewriter.Message) {
			m.ForwardFrom = &lakewriter.Forward{Name: "Somebody", Date: "2026-01-20T10:30:00Z"}
		}},
		{"forwarded from a channel", fill(&tg.Message{ID: 1, Date: at, FwdFrom: tg.MessageFwdHeader{Date: at, FromID: &tg.PeerChannel{ChannelID: 3}, ChannelPost: 12, PostAuthor: "Ed"}}), func(m *lakewriter.Message) {
			m.ForwardFrom = &lakewriter.Forward{Type: "channel", ID: 3, Username: "origin", Name: "Origin", MessageID: 12, PostAuthor: "Ed", Date: "2026-01-20T10:30:00Z"}
		}},
		{"forwarded from a user", fill(&tg.Message{ID: 1, Date: at, FwdFrom: tg.MessageFwdHeader{Date: at, FromID: &tg.PeerUser{UserID: 4}}}), func(m *lakewriter.Message) {
			m.ForwardFrom = &lakewriter.Forward{Type: "user", ID: 4, Username: "ab", Name: "A B", Date: "2026-01-20T10:30:00Z"}
		}},
		{"a video", fill(&tg.Message{ID: 1, Date: at, Media: document("video/mp4", &tg.DocumentAttributeVideo{})}), func(m *lakewriter.Message) {
			m.HasMedia, m.MediaType, m.MediaID = true, s("video"), n(5)
		}},
		{"a voice message", fill(&tg.Message{ID: 1, Date: at, Media: document("audio/ogg", &tg.DocumentAttributeAudio{Voice: true})}), func(m *lakewriter.Message) {
			m.HasMedia, m.MediaType, m.MediaID = true, s("voice"), n(5)
		}},
		{"a sticker", fill(&tg.Message{ID: 1, Date: at, Media: document("image/webp", &tg.DocumentAttributeSticker{})}), func(m *lakewriter.Message) {
			m.HasMedia, m.MediaType, m.MediaID = true, s("sticker"), n(5)
		}},
		{"a picture sent as a file", fill(&tg.Message{ID: 1, Date: at, Media: document("image/png")}), func(m *lakewriter.Message) {
			m.HasMedia, m.MediaType, m.MediaID = true, s("image"), n(5)
		}},
		{"a document", fill(&tg.Message{ID: 1, Date: at, Media: document("application/pdf")}), func(m *lakewriter.Message) {
			m.HasMedia, m.MediaType, m.MediaID = true, s("document"), n(5)
		}},
		{"a place", fill(&tg.Message{ID: 1, Date: at, Media: &tg.MessageMediaGeo{}}), func(m *lakewriter.Message) { m.HasMedia, m.MediaType = true, s("geo") }},
		{"media of tomorrow", fill(&tg.Message{ID: 1, Date: at, Media: &tg.MessageMediaUnsupported{}}), func(m *lakewriter.Message) { m.HasMedia, m.MediaType = true, s("unsupported") }},
		{"empty media", fill(&tg.Message{ID: 1, Date: at, Media: &tg.MessageMediaEmpty{}}), func(*lakewriter.Message) {}},
		{"a photo that was removed", fill(&tg.Message{ID: 1, Date: at, Media: &tg.MessageMediaPhoto{}}), func(m *lakewriter.Message) { m.HasMedia, m.MediaType = true, s("photo") }},
		{"a service message", &tg.MessageService{ID: 1, Date: at, Action: &tg.MessageActionChannelCreate{Title: "x"}}, func(m *lakewriter.Message) { m.ServiceAction = s("channel_create") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mapper{name: "shop", id: 600, title: "Shop", peers: newPeers(
				[]tg.UserClass{&tg.User{ID: 4, FirstName: "A", LastName: "B", Username: "ab"}},
				[]tg.ChatClass{&tg.Channel{ID: 3, Title: "Origin", Usernames: []tg.Username{{Username: "old"}, {Username: "origin", Active: true}}}})}
			want := lakewriter.Message{MessageID: 1, ChannelName: "shop", ChannelID: n(600), ChannelTitle: s("Shop"), MessageDate: "2026-01-20T10:30:00Z",
				MessageText: s(""), ScrapedAt: "2026-02-01T09:00:00Z"}
			c.want(&want)
			got, ok := m.record(c.in, now)
			if diff := cmp.Diff(want, got); diff != "" || !ok {
				t.Error(ok, diff)
			}
			m.raw = true
			if got, _ = m.record(c.in, now); !json.Valid(got.Raw) {
				t.Errorf("%s", got.Raw)
			}
		})
	}
	if _, ok := (mapper{}).record(&tg.MessageEmpty{ID: 3}, now); ok {
		t.Error("an empty message is a record")
	}
}

func reply2(id int, peer tg.PeerClass) *tg.MessageReplyHeader {
	h := &tg.MessageReplyHeader{}
	h.SetReplyToMsgID(id)
	h.SetReplyToPeerID(peer)
	return h
}

func TestEntities(t *testing.T) {
	const text = "💊 ሰላም bold"
	got := entities(text, []tg.MessageEntityClass{
		&tg.MessageEntityBold{Offset: 7, Length: 4}, &tg.MessageEntityTextURL{Offset: 3, Length: 3, URL: "https://x"},
		&tg.MessageEntityCustomEmoji{Offset: 0, Length: 2, DocumentID: 9}, &tg.MessageEntityPre{Offset: 7, Length: 4, Language: "go"},
		&tg.MessageEntityMentionName{Offset: 7, Length: 4, UserID: 7}, &tg.MessageEntityPhone{Offset: 90, Length: 4}, &tg.MessageEntityUnknown{Offset: -1, Length: 3},
	})
	want := []lakewriter.Entity{
		{Type: "bold", Offset: 7, Length: 4, Text: "bold"}, {Type: "text_url", Offset: 3, Length: 3, Text: "ሰላም", URL: "https://x"},
		{Type: "custom_emoji", Offset: 0, Length: 2, Text: "💊", EmojiID: 9}, {Type: "pre", Offset: 7, Length: 4, Text: "bold", Language: "go"},
		{Type: "mention_name", Offset: 7, Length: 4, Text: "bold", UserID: 7}, {Type: "phone", Offset: 90, Length: 4}, {Type: "unknown", Offset: -1, Length: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The largest size is taken by its area, wherever it stands and whatever its kind.
func TestPicture(t *testing.T) {
	photo := func(sizes ...tg.PhotoSizeClass) *picture {
		return pictureOf(&tg.MessageMediaPhoto{Photo: &tg.Photo{ID: 1, DCID: 4, Sizes: sizes}})
	}
	small, large := &tg.PhotoSize{Type: "s", W: 100, H: 75, Size: 900}, &tg.PhotoSizeProgressive{Type: "y", W: 1280, H: 960, Sizes: []int{100, 5000, 3000}}
	for name, p := range map[string]*picture{"last": photo(&tg.PhotoStrippedSize{Type: "i"}, small, large), "first": photo(large, small, &tg.PhotoPathSize{Type: "j"})} {
		if p == nil || p.bytes != 5000 || p.location.(*tg.InputPhotoFileLocation).ThumbSize != "y" || p.dc != 4 || p.ext != ".jpg" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if p := photo(&tg.PhotoCachedSize{Type: "s", W: 9, H: 9, Bytes: []byte("jpeg")}); string(p.inline) != "jpeg" || p.bytes != 4 {
		t.Errorf("%+v", p)
	}
	if p := photo(&tg.PhotoSizeEmpty{Type: "s"}); p != nil {
		t.Errorf("%+v", p)
	}
	if p := pictureOf(&tg.MessageMediaPhoto{Photo: &tg.PhotoEmpty{}}); p != nil {
		t.Errorf("%+v", p)
	}
	doc := pictureOf(&tg.MessageMediaDocument{Document: &tg.Document{ID: 2, MimeType: "image/png", Size: 7, DCID: 2}})
	if doc == nil || !doc.document || doc.ext != ".png" || doc.bytes != 7 {
		t.Errorf("%+v", doc)
	}
}

func TestRawJSON(t *testing.T) {
	m := fill(&tg.Message{ID: 7, PeerID: &tg.PeerChannel{ChannelID: 9}, Date: 1, Message: "a \"b\"", Views: 3,
		Media: &tg.MessageMediaPhoto{Photo: &tg.Photo{ID: 1 << 60, FileReference: []byte{1, 2, 3}, Sizes: []tg.PhotoSizeClass{&tg.PhotoSize{Type: "s"}}}}})
	m.Media.(*tg.MessageMediaPhoto).SetFlags()
	got := string(rawJSON(m))
	want := `{"_":"message","id":7,"peer_id":{"_":"peerChannel","channel_id":9},"date":1,"message":"a \"b\"",` +
		`"media":{"_":"messageMediaPhoto","photo":{"_":"photo","id":1152921504606846976,"access_hash":0,"file_reference":"AQID","date":0,` +
		`"sizes":[{"_":"photoSize","type":"s","w":0,"h":0,"size":0}],"dc_id":0}},"views":3,"forwards":0}`
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		t.Fatal(got)
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Error(diff, got)
	}
}

func BenchmarkRecord(b *testing.B) {
	msg := fill(&tg.Message{ID: 7, PeerID: &tg.PeerChannel{ChannelID: 9}, Date: 1, Views: 3, Forwards: 2,
		Message:   "💊 Paracetamol 500mg ፓራሲታሞል ዋጋ 120 ብር\n☎️ 0900 000 000 #sale https://example.org",
		Entities:  []tg.MessageEntityClass{&tg.MessageEntityHashtag{Offset: 57, Length: 5}, &tg.MessageEntityURL{Offset: 63, Length: 19}},
		Reactions: tg.MessageReactions{Results: []tg.ReactionCount{{Reaction: &tg.ReactionEmoji{Emoticon: "👍"}, Count: 4}}},
		Media:     &tg.MessageMediaPhoto{Photo: &tg.Photo{ID: 1, Sizes: []tg.PhotoSizeClass{&tg.PhotoSize{Type: "y", W: 9, H: 9, Size: 4}}}}})
	for _, raw := range []bool{false, true} {
		b.Run(map[bool]string{false: "fields", true: "raw"}[raw], func(b *testing.B) {
			m := mapper{name: "shop", id: 600, title: "Shop", raw: raw}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := m.record(msg, now); !ok {
					b.Fatal("no record")
				}
			}
		})
	}
}
