package faketg

import (
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// PageLimit is how many messages one call gives at the most.
const PageLimit = 100

func (c *Channel) accessHash() int64 { return c.ID*1_000_003 + 17 }

func (c *Channel) chat() tg.ChatClass {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.private {
		return &tg.ChannelForbidden{Broadcast: true, ID: c.ID, AccessHash: c.accessHash(), Title: c.title}
	}
	ch := &tg.Channel{
		Left: true, Broadcast: !c.Group, Megagroup: c.Group, ID: c.ID, Title: c.title, Photo: &tg.ChatPhotoEmpty{}, Date: 1_600_000_000,
	}
	ch.SetAccessHash(c.accessHash())
	ch.SetUsername(c.username)
	ch.SetParticipantsCount(c.Members)
	return ch
}

func (s *Server) resolveUsername(c *call, r *tg.ContactsResolveUsernameRequest) (bin.Encoder, error) {
	s.mu.Lock()
	channels := s.channels
	s.mu.Unlock()
	for _, ch := range channels {
		if !sameName(r.Username, ch.Username()) {
			continue
		}
		if ch.isPrivate() {
			return nil, tgerr.New(400, "CHANNEL_PRIVATE")
		}
		return &tg.ContactsResolvedPeer{Peer: &tg.PeerChannel{ChannelID: ch.ID}, Chats: []tg.ChatClass{ch.chat()}}, nil
	}
	for _, a := range s.accounts {
		if a.Username != "" && sameName(r.Username, a.Username) {
			return &tg.ContactsResolvedPeer{Peer: &tg.PeerUser{UserID: a.id}, Users: []tg.UserClass{a.user()}}, nil
		}
	}
	if !validName.MatchString(strings.TrimPrefix(r.Username, "@")) {
		return nil, tgerr.New(400, "USERNAME_INVALID")
	}
	return nil, tgerr.New(400, "USERNAME_NOT_OCCUPIED")
}

var validName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{3,31}$`)

// peer finds the channel of an argument and checks that the client may read it.
func (s *Server) peer(id, hash int64) (*Channel, error) {
	ch := s.channelByID(id)
	switch {
	case ch == nil || hash != ch.accessHash():
		return nil, tgerr.New(400, "CHANNEL_INVALID")
	case ch.isPrivate():
		return nil, tgerr.New(400, "CHANNEL_PRIVATE")
	}
	return ch, nil
}

func (s *Server) inputChannel(in tg.InputChannelClass) (*Channel, error) {
	if p, ok := in.(*tg.InputChannel); ok {
		return s.peer(p.ChannelID, p.AccessHash)
	}
	return nil, tgerr.New(400, "CHANNEL_INVALID")
}

func (s *Server) getChannels(c *call, r *tg.ChannelsGetChannelsRequest) (bin.Encoder, error) {
	out := &tg.MessagesChats{}
	for _, in := range r.ID {
		p, ok := in.(*tg.InputChannel)
		if !ok {
			return nil, tgerr.New(400, "CHANNEL_INVALID")
		}
		ch := s.channelByID(p.ChannelID)
		if ch == nil || p.AccessHash != ch.accessHash() {
			return nil, tgerr.New(400, "CHANNEL_INVALID")
		}
		out.Chats = append(out.Chats, ch.chat())
	}
	return out, nil
}

func (s *Server) getFullChannel(c *call, r *tg.ChannelsGetFullChannelRequest) (bin.Encoder, error) {
	ch, err := s.inputChannel(r.Channel)
	if err != nil {
		return nil, err
	}
	full := &tg.ChannelFull{ID: ch.ID, About: ch.About, ChatPhoto: &tg.PhotoEmpty{}, Pts: 1}
	full.SetParticipantsCount(ch.Members)
	return &tg.MessagesChatFull{FullChat: full, Chats: []tg.ChatClass{ch.chat()}}, nil
}

func (s *Server) getHistory(c *call, r *tg.MessagesGetHistoryRequest) (bin.Encoder, error) {
	if c.account.BotToken != "" {
		return nil, tgerr.New(400, "BOT_METHOD_INVALID")
	}
	p, ok := r.Peer.(*tg.InputPeerChannel)
	if !ok {
		return nil, tgerr.New(400, "PEER_ID_INVALID")
	}
	ch, err := s.peer(p.ChannelID, p.AccessHash)
	if err != nil {
		return nil, err
	}
	limit := r.Limit
	if limit <= 0 || limit > PageLimit {
		limit = PageLimit
	}
	page, total := ch.page(r.OffsetID, int64(r.OffsetDate), r.AddOffset, limit, r.MaxID, r.MinID)
	out := s.messages(ch, total)
	for _, post := range page {
		s.append(out, ch, post)
	}
	return out, nil
}

func (s *Server) getMessages(c *call, r *tg.ChannelsGetMessagesRequest) (bin.Encoder, error) {
	ch, err := s.inputChannel(r.Channel)
	if err != nil {
		return nil, err
	}
	if len(r.ID) > PageLimit {
		return nil, tgerr.New(400, "MSG_IDS_TOO_MANY")
	}
	out := s.messages(ch, len(r.ID))
	for _, in := range r.ID {
		id, ok := in.(*tg.InputMessageID)
		if !ok {
			return nil, tgerr.New(400, "MESSAGE_IDS_INVALID")
		}
		if post, ok := ch.Post(id.ID); ok {
			s.append(out, ch, post)
		} else {
			empty := &tg.MessageEmpty{ID: id.ID}
			empty.SetPeerID(&tg.PeerChannel{ChannelID: ch.ID})
			out.Messages = append(out.Messages, empty)
		}
	}
	return out, nil
}

func (s *Server) messages(ch *Channel, total int) *tg.MessagesChannelMessages {
	return &tg.MessagesChannelMessages{Pts: ch.LastID() + 1, Count: total, Chats: []tg.ChatClass{ch.chat()}}
}

// append adds a post, and the channel that it was forwarded from.
func (s *Server) append(out *tg.MessagesChannelMessages, ch *Channel, p Post) {
	out.Messages = append(out.Messages, s.message(ch, p))
	if p.Forward == nil || p.Forward.Channel == 0 {
		return
	}
	for _, known := range out.Chats {
		if known.GetID() == p.Forward.Channel {
			return
		}
	}
	if from := s.channelByID(p.Forward.Channel); from != nil {
		out.Chats = append(out.Chats, from.chat())
	}
}

func (s *Server) message(ch *Channel, p Post) tg.MessageClass {
	peer := &tg.PeerChannel{ChannelID: ch.ID}
	if p.Pinned != 0 {
		m := &tg.MessageService{Post: true, ID: p.ID, PeerID: peer, Date: int(p.Date.Unix()), Action: &tg.MessageActionPinMessage{}}
		m.SetReplyTo(replyTo(p.Pinned))
		return m
	}
	m := &tg.Message{Post: !ch.Group, ID: p.ID, PeerID: peer, Date: int(p.Date.Unix()), Message: p.Text}
	m.SetViews(p.Views)
	m.SetForwards(p.Forwards)
	if p.Replies >= 0 {
		m.SetReplies(tg.MessageReplies{Comments: true, Replies: p.Replies, RepliesPts: 1, ChannelID: ch.ID + 500_000})
	}
	if !p.EditDate.IsZero() {
		m.SetEditDate(int(p.EditDate.Unix()))
	}
	if e := entities(p.Text); len(e) > 0 {
		m.SetEntities(e)
	}
	if len(p.Reactions) > 0 {
		var all tg.MessageReactions
		for _, r := range p.Reactions {
			all.Results = append(all.Results, tg.ReactionCount{Reaction: &tg.ReactionEmoji{Emoticon: r.Emoji}, Count: r.Count})
		}
		m.SetReactions(all)
	}
	if p.ReplyTo != 0 {
		m.SetReplyTo(replyTo(p.ReplyTo))
	}
	if p.Album != 0 {
		m.SetGroupedID(p.Album)
	}
	if p.Author != "" {
		m.SetPostAuthor(p.Author)
	}
	if f := p.Forward; f != nil {
		h := tg.MessageFwdHeader{Date: int(f.Date.Unix())}
		if f.Channel != 0 {
			h.SetFromID(&tg.PeerChannel{ChannelID: f.Channel})
			h.SetChannelPost(f.Post)
		} else {
			h.SetFromName(f.Name)
		}
		m.SetFwdFrom(h)
	}
	if media := s.media(ch, p); media != nil {
		m.SetMedia(media)
	}
	return m
}

func replyTo(id int) *tg.MessageReplyHeader {
	h := &tg.MessageReplyHeader{}
	h.SetReplyToMsgID(id)
	return h
}

func (s *Server) media(ch *Channel, p Post) tg.MessageMediaClass {
	switch {
	case p.Photo != nil:
		m := &tg.MessageMediaPhoto{}
		m.SetPhoto(s.photo(ch, p))
		return m
	case p.Document != nil:
		m := &tg.MessageMediaDocument{}
		m.SetDocument(s.document(ch, p))
		return m
	case p.Poll != nil:
		return p.Poll.media()
	case p.Link != nil:
		page := &tg.WebPage{ID: p.Link.ID, URL: p.Link.URL, DisplayURL: strings.TrimPrefix(p.Link.URL, "https://")}
		page.SetTitle(p.Link.Title)
		page.SetDescription(p.Link.Description)
		return &tg.MessageMediaWebPage{Webpage: page}
	}
	return nil
}

func (p *Poll) media() *tg.MessageMediaPoll {
	m := &tg.MessageMediaPoll{Poll: tg.Poll{ID: p.ID, Question: tg.TextWithEntities{Text: p.Question}}}
	var results []tg.PollAnswerVoters
	total := 0
	for i, answer := range p.Answers {
		option := []byte{byte('0' + i)}
		m.Poll.Answers = append(m.Poll.Answers, tg.PollAnswer{Text: tg.TextWithEntities{Text: answer}, Option: option})
		if i < len(p.Votes) {
			results = append(results, tg.PollAnswerVoters{Option: option, Voters: p.Votes[i]})
			total += p.Votes[i]
		}
	}
	m.Results.SetResults(results)
	m.Results.SetTotalVoters(total)
	return m
}

var entityPattern = regexp.MustCompile(`(https?://[^\s]+)|(#[\p{L}\p{N}_]+)|(@[A-Za-z][A-Za-z0-9_]{3,31})|(\+?\d[\d ]{8,}\d)|\*\*([^*\n]+)\*\*`)

// entities finds what Telegram marks in a text. Offsets count UTF-16 units.
func entities(text string) []tg.MessageEntityClass {
	var out []tg.MessageEntityClass
	for _, m := range entityPattern.FindAllStringSubmatchIndex(text, -1) {
		offset, length := units(text[:m[0]]), units(text[m[0]:m[1]])
		switch {
		case m[2] >= 0:
			out = append(out, &tg.MessageEntityURL{Offset: offset, Length: length})
		case m[4] >= 0:
			out = append(out, &tg.MessageEntityHashtag{Offset: offset, Length: length})
		case m[6] >= 0:
			out = append(out, &tg.MessageEntityMention{Offset: offset, Length: length})
		case m[8] >= 0:
			out = append(out, &tg.MessageEntityPhone{Offset: offset, Length: length})
		default:
			out = append(out, &tg.MessageEntityBold{Offset: offset, Length: length})
		}
	}
	return out
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }
