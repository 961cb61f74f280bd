package faketg

import (
	"fmt"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"github.com/gotd/td/tgtest"
)

// client is one key at one data centre: what Telegram signs in.
type client struct {
	dc  int
	key [8]byte
}

// call is a method with its arguments on the way to its answer.
type call struct {
	server  *tgtest.Server
	req     *tgtest.Request
	client  client
	account *account // nil when not signed in
	takeout int64
}

type access uint8

const (
	signedIn access = iota
	anybody
)

// method answers one kind of call.
type method struct {
	name   string
	access access
	decode func(*bin.Buffer) (any, error)
	answer func(*call, any) (bin.Encoder, error)
}

// on registers a method by the type of its arguments.
func on[R any, P interface {
	*R
	bin.Decoder
	TypeID() uint32
	TypeName() string
}](s *Server, a access, answer func(*call, P) (bin.Encoder, error)) {
	var zero R
	s.methods[P(&zero).TypeID()] = method{
		name: P(&zero).TypeName(), access: a,
		decode: func(b *bin.Buffer) (any, error) {
			args := P(new(R))
			return args, args.Decode(b)
		},
		answer: func(c *call, args any) (bin.Encoder, error) { return answer(c, args.(P)) },
	}
}

func (s *Server) register() {
	on(s, anybody, func(c *call, _ *tg.HelpGetConfigRequest) (bin.Encoder, error) { return s.config(c.req.DC), nil })
	on(s, anybody, func(*call, *tg.HelpGetCDNConfigRequest) (bin.Encoder, error) { return &tg.CDNConfig{}, nil })
	on(s, signedIn, func(*call, *tg.UpdatesGetStateRequest) (bin.Encoder, error) {
		return &tg.UpdatesState{Pts: 1, Date: int(s.opts.Now().Unix())}, nil
	})
	on(s, signedIn, s.getUsers)

	on(s, anybody, s.sendCode)
	on(s, anybody, s.signIn)
	on(s, anybody, s.getPassword)
	on(s, anybody, s.checkPassword)
	on(s, anybody, s.importBotAuthorization)
	on(s, anybody, s.exportLoginToken)
	on(s, anybody, s.importLoginToken)
	on(s, signedIn, s.exportAuthorization)
	on(s, anybody, s.importAuthorization)
	on(s, signedIn, s.logOut)
	on(s, signedIn, s.initTakeout)
	on(s, signedIn, s.finishTakeout)

	on(s, signedIn, s.resolveUsername)
	on(s, signedIn, s.getChannels)
	on(s, signedIn, s.getFullChannel)
	on(s, signedIn, s.getHistory)
	on(s, signedIn, s.getMessages)
	on(s, signedIn, s.getFile)
}

// OnMessage implements [tgtest.Handler].
func (s *Server) OnMessage(server *tgtest.Server, req *tgtest.Request) error {
	c := &call{server: server, req: req, client: client{req.DC, req.Session.AuthKey.ID}}
	takeout, err := unwrap(req.Buf)
	if err != nil {
		return err
	}
	c.takeout = takeout
	id, err := req.Buf.PeekID()
	if err != nil {
		return err
	}
	m, ok := s.methods[id]
	if !ok {
		s.note(Call{Method: fmt.Sprintf("%#x", id), DC: req.DC, Failed: "INPUT_METHOD_INVALID"})
		return tgerr.New(400, fmt.Sprintf("INPUT_METHOD_INVALID_%d", id))
	}
	args, err := m.decode(req.Buf)
	if err != nil {
		return tgerr.New(400, "INPUT_REQUEST_INVALID")
	}
	c.account = s.accountOf(c.client)
	note := Call{Method: m.name, DC: req.DC, Channel: s.about(args), Takeout: takeout != 0}
	effect, met := s.faults.meet(m.name, note.Channel, photoOf(args))
	if met && effect.do != nil {
		effect.do()
	}
	switch {
	case met && effect.drop:
		note.Failed = "dropped"
		s.note(note)
		server.ForceDisconnect(req.Session)
		return nil
	case met && effect.hang:
		note.Failed = "unanswered"
		s.note(note)
		return nil
	case met && effect.err != nil:
		err = effect.err
	case m.access == signedIn && c.account == nil:
		err = tgerr.New(401, "AUTH_KEY_UNREGISTERED")
	case takeout != 0 && !s.takeoutOpen(takeout):
		err = tgerr.New(400, "TAKEOUT_INVALID")
	}
	var answer bin.Encoder
	switch {
	case err == nil && met && effect.answer != nil:
		answer = effect.answer
	case err == nil:
		answer, err = m.answer(c, args)
	}
	if err != nil {
		note.Failed = err.Error()
		if e, ok := tgerr.As(err); ok {
			note.Failed = e.Message
		}
	}
	s.note(note)
	if met && effect.delay > 0 {
		later := *req
		go func() {
			select {
			case <-time.After(effect.delay):
				_ = reply(server, &later, answer, err) // the client may be gone
			case <-later.RequestCtx.Done():
			}
		}()
		return nil
	}
	return reply(server, req, answer, err)
}

// gzipFrom is the size from which answers travel packed, as Telegram's do.
const gzipFrom = 4 << 10

func reply(server *tgtest.Server, req *tgtest.Request, answer bin.Encoder, err error) error {
	if err != nil {
		if e, ok := tgerr.As(err); ok {
			return server.SendErr(req, e)
		}
		return err
	}
	if page, ok := answer.(*tg.MessagesChannelMessages); ok && len(page.Messages)*100 > gzipFrom {
		return server.SendGZIP(req, answer)
	}
	return server.SendResult(req, answer)
}

func (s *Server) note(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
}

// about is the name of the channel that a call is about.
func (s *Server) about(args any) string {
	switch a := args.(type) {
	case *tg.ContactsResolveUsernameRequest:
		return a.Username
	case *tg.MessagesGetHistoryRequest:
		if p, ok := a.Peer.(*tg.InputPeerChannel); ok {
			return s.nameOf(p.ChannelID)
		}
	case *tg.ChannelsGetMessagesRequest:
		if p, ok := a.Channel.(*tg.InputChannel); ok {
			return s.nameOf(p.ChannelID)
		}
	case *tg.ChannelsGetFullChannelRequest:
		if p, ok := a.Channel.(*tg.InputChannel); ok {
			return s.nameOf(p.ChannelID)
		}
	case *tg.UploadGetFileRequest:
		if f := s.file(a.Location); f.channel != nil {
			return f.channel.Username()
		}
	}
	return ""
}

// photoOf is the photo whose file a call asks for, 0 for other calls.
func photoOf(args any) int64 {
	if r, ok := args.(*tg.UploadGetFileRequest); ok {
		if l, ok := r.Location.(*tg.InputPhotoFileLocation); ok {
			return l.ID
		}
	}
	return 0
}

func (s *Server) nameOf(id int64) string {
	if c := s.channelByID(id); c != nil {
		return c.Username()
	}
	return ""
}

// typeID reads the id of the wrapped call and leaves it in the buffer.
type typeID uint32

// Decode implements bin.Decoder.
func (t *typeID) Decode(b *bin.Buffer) error {
	id, err := b.PeekID()
	*t = typeID(id)
	return err
}

// Encode implements bin.Encoder.
func (t *typeID) Encode(*bin.Buffer) error { return fmt.Errorf("faketg: only read") }

// unwrap peels what clients wrap calls in, and gives the takeout session, 0 for none.
func unwrap(b *bin.Buffer) (takeout int64, err error) {
	for {
		id, err := b.PeekID()
		if err != nil {
			return 0, err
		}
		var inner typeID
		switch id {
		case tg.InvokeWithLayerRequestTypeID:
			err = (&tg.InvokeWithLayerRequest{Query: &inner}).Decode(b)
		case tg.InitConnectionRequestTypeID:
			err = (&tg.InitConnectionRequest{Query: &inner}).Decode(b)
		case tg.InvokeWithoutUpdatesRequestTypeID:
			err = (&tg.InvokeWithoutUpdatesRequest{Query: &inner}).Decode(b)
		case tg.InvokeAfterMsgRequestTypeID:
			err = (&tg.InvokeAfterMsgRequest{Query: &inner}).Decode(b)
		case tg.InvokeWithTakeoutRequestTypeID:
			r := &tg.InvokeWithTakeoutRequest{Query: &inner}
			err = r.Decode(b)
			takeout = r.TakeoutID
		default:
			return takeout, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

func (s *Server) config(dc int) *tg.Config {
	now := int(s.opts.Now().Unix())
	return &tg.Config{
		Date: now, Expires: now + 3600, ThisDC: dc, DCOptions: s.dcOptions(), DCTxtDomainName: "invalid.",
		ChatSizeMax: 200, MegagroupSizeMax: 200_000, ForwardedCountMax: 100, CaptionLengthMax: 1024, MessageLengthMax: 4096,
		MeURLPrefix: "https://t.me/", WebfileDCID: 4,
	}
}
