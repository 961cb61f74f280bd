package telegram

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gotd/td/tg"
)

// pageSize is the most messages that Telegram gives at once.
const pageSize = 100

// page is what one call brought: messages by ascending ids.
type page struct {
	messages []tg.MessageClass
	peers    peers
	// total is how many messages the channel has, 0 when that was not told.
	total int
}

func (p page) first() int64 { return int64(p.messages[0].GetID()) }
func (p page) last() int64  { return int64(p.messages[len(p.messages)-1].GetID()) }

// newPage takes an answer apart. Empty messages stay only where keepEmpty says so.
func newPage(res tg.MessagesMessagesClass, keepEmpty bool) (page, error) {
	var p page
	switch m := res.(type) {
	case *tg.MessagesChannelMessages:
		p = page{m.Messages, newPeers(m.Users, m.Chats), m.Count}
	case *tg.MessagesMessagesSlice:
		p = page{m.Messages, newPeers(m.Users, m.Chats), m.Count}
	case *tg.MessagesMessages:
		p = page{m.Messages, newPeers(m.Users, m.Chats), len(m.Messages)}
	default:
		return p, fmt.Errorf("the answer was %T where messages were asked for", res)
	}
	p.messages = slices.DeleteFunc(slices.Clone(p.messages), func(m tg.MessageClass) bool {
		_, empty := m.(*tg.MessageEmpty)
		return m == nil || empty && !keepEmpty
	})
	slices.SortFunc(p.messages, func(a, b tg.MessageClass) int { return a.GetID() - b.GetID() })
	return p, nil
}

// reader reads the messages of a channel.
type reader interface {
	// head is the newest message, the page empty when there is none, or nobody can tell.
	head(ctx context.Context) (page, error)
	// above gives the messages that follow an id, at most pageSize; none is the end.
	above(ctx context.Context, id int64) (page, error)
	// below gives the messages before an id, at most pageSize; none is the end.
	below(ctx context.Context, id int64) (page, error)
	// before finds the id of the message that stands so many places before the one
	// that is the newest before a time (zero for now); 0 when there is none.
	before(ctx context.Context, t time.Time, places int) (int64, error)
	// get gives messages by their ids, empty ones for those that are not there.
	get(ctx context.Context, ids []int64) (page, error)
}

// history reads as a person does.
type history struct {
	api *tg.Client
	to  target
}

func (h history) call(ctx context.Context, r tg.MessagesGetHistoryRequest) (page, error) {
	r.Peer = h.to.peer()
	res, err := h.api.MessagesGetHistory(ctx, &r)
	if err != nil {
		return page{}, err
	}
	return newPage(res, false)
}

func (h history) head(ctx context.Context) (page, error) {
	return h.call(ctx, tg.MessagesGetHistoryRequest{Limit: 1})
}

// above asks for the pageSize messages over an id. Near the newest ones Telegram fills
// the page up with older ones, which are left out here.
func (h history) above(ctx context.Context, id int64) (page, error) {
	p, err := h.call(ctx, tg.MessagesGetHistoryRequest{OffsetID: int(id) + 1, AddOffset: -pageSize, Limit: pageSize})
	p.messages = slices.DeleteFunc(p.messages, func(m tg.MessageClass) bool { return int64(m.GetID()) <= id })
	return p, err
}

func (h history) below(ctx context.Context, id int64) (page, error) {
	p, err := h.call(ctx, tg.MessagesGetHistoryRequest{OffsetID: int(id), Limit: pageSize})
	p.messages = slices.DeleteFunc(p.messages, func(m tg.MessageClass) bool { return int64(m.GetID()) >= id })
	return p, err
}

func (h history) before(ctx context.Context, t time.Time, places int) (int64, error) {
	r := tg.MessagesGetHistoryRequest{AddOffset: places, Limit: 1}
	if !t.IsZero() {
		r.OffsetDate = int(t.Unix())
	}
	p, err := h.call(ctx, r)
	if err != nil || len(p.messages) == 0 {
		return 0, err
	}
	return p.last(), nil
}

func (h history) get(ctx context.Context, ids []int64) (page, error) {
	return getMessages(ctx, h.api, h.to, ids)
}

func getMessages(ctx context.Context, api *tg.Client, to target, ids []int64) (page, error) {
	in := make([]tg.InputMessageClass, len(ids))
	for i, id := range ids {
		in[i] = &tg.InputMessageID{ID: int(id)}
	}
	res, err := api.ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{Channel: to.input(), ID: in})
	if err != nil {
		return page{}, err
	}
	return newPage(res, true)
}

// numbers reads as a bot does, which may not page through a history but may ask for
// messages by their numbers. Nobody tells it which is the newest: it is where nothing
// follows for emptyPages pages.
type numbers struct {
	api *tg.Client
	to  target
}

const emptyPages = 10

func (n numbers) head(context.Context) (page, error) { return page{}, nil }

func (n numbers) above(ctx context.Context, id int64) (page, error) {
	for range emptyPages {
		p, err := n.span(ctx, id+1, id+pageSize)
		if err != nil || len(p.messages) > 0 {
			return p, err
		}
		id += pageSize
	}
	return page{}, nil
}

func (n numbers) below(ctx context.Context, id int64) (page, error) {
	for id > 1 {
		low := max(1, id-pageSize)
		p, err := n.span(ctx, low, id-1)
		if err != nil || len(p.messages) > 0 {
			return p, err
		}
		id = low
	}
	return page{}, nil
}

func (n numbers) span(ctx context.Context, from, to int64) (page, error) {
	ids := make([]int64, 0, pageSize)
	for id := from; id <= to; id++ {
		ids = append(ids, id)
	}
	p, err := n.get(ctx, ids)
	p.messages = slices.DeleteFunc(p.messages, func(m tg.MessageClass) bool { _, empty := m.(*tg.MessageEmpty); return empty })
	return p, err
}

func (n numbers) before(ctx context.Context, t time.Time, places int) (int64, error) {
	return 0, errBotOptions
}

func (n numbers) get(ctx context.Context, ids []int64) (page, error) {
	return getMessages(ctx, n.api, n.to, ids)
}

// dateOf is when a message was posted; zero for an empty one.
func dateOf(m tg.MessageClass) time.Time {
	switch m := m.(type) {
	case *tg.Message:
		return time.Unix(int64(m.Date), 0)
	case *tg.MessageService:
		return time.Unix(int64(m.Date), 0)
	}
	return time.Time{}
}

// mediaOf is what a message carries.
func mediaOf(m tg.MessageClass) tg.MessageMediaClass {
	if m, ok := m.(*tg.Message); ok {
		return m.Media
	}
	return nil
}
