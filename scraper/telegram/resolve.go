package telegram

import (
	"context"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// target is a channel that can be read.
type target struct {
	id, hash int64
	title    string
	username string
}

func (t target) peer() *tg.InputPeerChannel {
	return &tg.InputPeerChannel{ChannelID: t.id, AccessHash: t.hash}
}

func (t target) input() *tg.InputChannel {
	return &tg.InputChannel{ChannelID: t.id, AccessHash: t.hash}
}

// resolve finds a channel by its user name. The checkpoint knows its number: one that
// has another name now is found by it, and a name that another channel has taken is an
// error, or two channels would be mixed.
func (r *run) resolve(ctx context.Context, name string, known lakewriter.State) (target, error) {
	found, err := r.byName(ctx, name)
	if err != nil {
		if known.ChannelID == 0 || !tgerr.Is(err, "USERNAME_NOT_OCCUPIED") {
			return target{}, err
		}
		renamed, again := r.byNumber(ctx, known)
		if again != nil {
			return target{}, err
		}
		now := "no user name"
		if renamed.username != "" {
			now = "the user name " + renamed.username
		}
		r.req.Warnf(name, "the channel %s has %s now; it goes on under its old name in the lake", name, now)
		return renamed, nil
	}
	if known.ChannelID != 0 && known.ChannelID != found.id {
		return target{}, diag.New(diag.RuntimeError, "the user name %s belongs to another channel now: %d, where the lake has %d", name, found.id, known.ChannelID).
			WithCode("telegram-channel").WithHint("to read the new one, move the lake's checkpoint and files of %s away", name)
	}
	return found, nil
}

func (r *run) byName(ctx context.Context, name string) (target, error) {
	res, err := r.conn.api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: name})
	if err != nil {
		return target{}, err
	}
	p, ok := res.Peer.(*tg.PeerChannel)
	if !ok {
		return target{}, diag.New(diag.RuntimeError, "%s is a user or a bot, not a channel", name).WithCode("telegram-channel").
			WithHint("take it out of meta.gdbt.channels")
	}
	return pick(p.ChannelID, res.Chats)
}

// byNumber asks for a channel by the number that an earlier run has noted.
func (r *run) byNumber(ctx context.Context, known lakewriter.State) (target, error) {
	res, err := r.conn.api.ChannelsGetChannels(ctx, []tg.InputChannelClass{&tg.InputChannel{ChannelID: known.ChannelID, AccessHash: known.AccessHash}})
	if err != nil {
		return target{}, err
	}
	return pick(known.ChannelID, res.GetChats())
}

func pick(id int64, chats []tg.ChatClass) (target, error) {
	for _, c := range chats {
		switch c := c.(type) {
		case *tg.Channel:
			if c.ID == id {
				return target{id: id, hash: c.AccessHash, title: clean(c.Title), username: channelUsername(c)}, nil
			}
		case *tg.ChannelForbidden:
			if c.ID == id {
				return target{}, tgerr.New(400, "CHANNEL_PRIVATE")
			}
		}
	}
	return target{}, tgerr.New(400, "CHANNEL_INVALID")
}
