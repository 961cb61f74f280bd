package telegram

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/gotd/td/tdp"
	"github.com/gotd/td/tg"

	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// mapper turns messages of a channel into records.
type mapper struct {
	// name is what the lake calls the channel.
	name  string
	id    int64
	title string
	raw   bool
	// peers are the users and chats that came with the messages.
	peers peers
}

// peers are the users and chats of an answer by their ids.
type peers struct {
	users map[int64]*tg.User
	chats map[int64]tg.ChatClass
}

func newPeers(users []tg.UserClass, chats []tg.ChatClass) peers {
	p := peers{map[int64]*tg.User{}, map[int64]tg.ChatClass{}}
	for _, u := range users {
		if u, ok := u.(*tg.User); ok {
			p.users[u.ID] = u
		}
	}
	for _, c := range chats {
		p.chats[c.GetID()] = c
	}
	return p
}

// record is a message's record, without its image; ok is false for what is no message.
func (m mapper) record(c tg.MessageClass, now time.Time) (rec lakewriter.Message, ok bool) {
	rec = lakewriter.Message{ChannelName: m.name, ScrapedAt: lakewriter.Time(now)}
	if m.id != 0 {
		rec.ChannelID = &m.id
	}
	rec.ChannelTitle = text(m.title)
	switch c := c.(type) {
	case *tg.Message:
		m.message(&rec, c)
	case *tg.MessageService:
		m.service(&rec, c)
	default:
		return rec, false
	}
	if m.raw {
		rec.Raw = rawJSON(c.(tdp.Object))
	}
	return rec, true
}

func (m mapper) message(rec *lakewriter.Message, c *tg.Message) {
	rec.MessageID, rec.MessageDate = int64(c.ID), unix(c.Date)
	if v, ok := c.GetEditDate(); ok {
		rec.EditDate = lakewriter.Ptr(unix(v))
	}
	// A message without text has an empty one, as exercise scrapers write it.
	rec.MessageText = lakewriter.Ptr(clean(c.Message))
	rec.MediaType = text(mediaType(c.Media))
	rec.HasMedia = rec.MediaType != nil
	if id := mediaID(c.Media); id != 0 {
		rec.MediaID = &id
	}
	if v, ok := c.GetViews(); ok {
		rec.Views = number(v)
	}
	if v, ok := c.GetForwards(); ok {
		rec.Forwards = number(v)
	}
	if v, ok := c.GetReplies(); ok {
		rec.Replies = number(v.Replies)
	}
	if v, ok := c.GetReactions(); ok {
		rec.Reactions = reactions(v)
	}
	rec.IsReply, rec.ReplyToMsgID = reply(c.ReplyTo)
	if v, ok := c.GetGroupedID(); ok {
		rec.GroupedID = &v
	}
	if v, ok := c.GetFwdFrom(); ok {
		rec.ForwardFrom = m.forward(v)
	}
	rec.PostAuthor = text(c.PostAuthor)
	rec.Entities = entities(c.Message, c.Entities)
	if p, ok := c.Media.(*tg.MessageMediaPoll); ok {
		rec.Poll = poll(p)
	}
	rec.IsPinned = c.Pinned
}

func (m mapper) service(rec *lakewriter.Message, c *tg.MessageService) {
	rec.MessageID, rec.MessageDate = int64(c.ID), unix(c.Date)
	rec.MessageText = lakewriter.Ptr("")
	if o, ok := c.Action.(tdp.Object); ok {
		rec.ServiceAction = lakewriter.Ptr(snake(strings.TrimPrefix(o.TypeInfo().Name, "messageAction")))
	}
	rec.IsReply, rec.ReplyToMsgID = reply(c.ReplyTo)
	if v, ok := c.GetReactions(); ok {
		rec.Reactions = reactions(v)
	}
}

func unix(seconds int) string { return lakewriter.Time(time.Unix(int64(seconds), 0)) }

func number(n int) *int64 { return lakewriter.Ptr(int64(n)) }

// text is nil for "".
func text(s string) *string {
	if s == "" {
		return nil
	}
	return lakewriter.Ptr(clean(s))
}

// clean writes � for each byte that is no UTF-8 and for each NUL, which PostgreSQL can't keep.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 0 {
			return '�'
		}
		return r
	}, s)
}

// snake makes pin_message of PinMessage.
func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func reply(h tg.MessageReplyHeaderClass) (bool, *int64) {
	switch h := h.(type) {
	case *tg.MessageReplyHeader:
		// A reply to another chat's message has no id here that means anything.
		if id, ok := h.GetReplyToMsgID(); ok && h.ReplyToPeerID == nil {
			return true, number(id)
		}
		return true, nil
	case *tg.MessageReplyStoryHeader:
		return true, nil
	}
	return false, nil
}

func reactions(r tg.MessageReactions) []lakewriter.Reaction {
	out := make([]lakewriter.Reaction, 0, len(r.Results))
	for _, c := range r.Results {
		one := lakewriter.Reaction{Count: int64(c.Count)}
		switch e := c.Reaction.(type) {
		case *tg.ReactionEmoji:
			one.Emoji = e.Emoticon
		case *tg.ReactionCustomEmoji:
			one.Emoji = fmt.Sprintf("custom_emoji:%d", e.DocumentID)
		case *tg.ReactionPaid:
			one.Emoji = "paid"
		default:
			continue
		}
		out = append(out, one)
	}
	return out
}

func (m mapper) forward(h tg.MessageFwdHeader) *lakewriter.Forward {
	f := &lakewriter.Forward{Name: h.FromName, MessageID: int64(h.ChannelPost), PostAuthor: h.PostAuthor, Date: unix(h.Date)}
	switch p := h.FromID.(type) {
	case *tg.PeerChannel:
		f.Type, f.ID = "channel", p.ChannelID
		switch c := m.peers.chats[p.ChannelID].(type) {
		case *tg.Channel:
			f.Name, f.Username = c.Title, channelUsername(c)
		case *tg.ChannelForbidden:
			f.Name = c.Title
		}
	case *tg.PeerChat:
		f.Type, f.ID = "chat", p.ChatID
		if c, ok := m.peers.chats[p.ChatID].(*tg.Chat); ok {
			f.Name = c.Title
		}
	case *tg.PeerUser:
		f.Type, f.ID = "user", p.UserID
		if u := m.peers.users[p.UserID]; u != nil {
			f.Name, f.Username = strings.TrimSpace(u.FirstName+" "+u.LastName), u.Username
		}
	}
	return f
}

// channelUsername is a channel's user name, the first active one where it has several.
func channelUsername(c *tg.Channel) string {
	if c.Username != "" {
		return c.Username
	}
	for _, u := range c.Usernames {
		if u.Active {
			return u.Username
		}
	}
	return ""
}

func poll(m *tg.MessageMediaPoll) *lakewriter.Poll {
	p := &lakewriter.Poll{ID: m.Poll.ID, Question: m.Poll.Question.Text, Closed: m.Poll.Closed, Quiz: m.Poll.Quiz, Multiple: m.Poll.MultipleChoice,
		Answers: make([]lakewriter.PollAnswer, 0, len(m.Poll.Answers))}
	if v, ok := m.Results.GetTotalVoters(); ok {
		p.Voters = number(v)
	}
	for _, a := range m.Poll.Answers {
		one := lakewriter.PollAnswer{Text: a.Text.Text}
		for _, v := range m.Results.Results {
			if bytes.Equal(v.Option, a.Option) {
				one.Votes, one.Correct = number(v.Voters), v.Correct
			}
		}
		p.Answers = append(p.Answers, one)
	}
	return p
}
