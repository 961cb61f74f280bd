package lakewriter

import (
	"bytes"
	"encoding/json"
)

// Message is a record of a lake file. Absent values are null. Times are ISO 8601
// in UTC.
type Message struct {
	MessageID    int64   `json:"message_id"`
	ChannelName  string  `json:"channel_name"`
	ChannelID    *int64  `json:"channel_id"`
	ChannelTitle *string `json:"channel_title"`
	MessageDate  string  `json:"message_date"`
	EditDate     *string `json:"edit_date"`
	MessageText  *string `json:"message_text"`
	HasMedia     bool    `json:"has_media"`
	// MediaType is photo, document, video, poll …
	MediaType *string `json:"media_type"`
	// MediaID is the other side's number of the photo or document.
	MediaID *int64 `json:"media_id"`
	// ImagePath is relative to the lake, with forward slashes.
	ImagePath   *string `json:"image_path"`
	ImageSHA256 *string `json:"image_sha256"`
	ImageBytes  *int64  `json:"image_bytes"`
	// ImageError says why an image that the message has is not in the lake.
	ImageError *string `json:"image_error"`
	Views      *int64  `json:"views"`
	Forwards   *int64  `json:"forwards"`
	Replies    *int64  `json:"replies"`
	// Reactions are nil when the other side sent none at all.
	Reactions    []Reaction `json:"reactions"`
	IsReply      bool       `json:"is_reply"`
	ReplyToMsgID *int64     `json:"reply_to_msg_id"`
	GroupedID    *int64     `json:"grouped_id"`
	ForwardFrom  *Forward   `json:"forward_from"`
	PostAuthor   *string    `json:"post_author"`
	Entities     []Entity   `json:"entities"`
	Poll         *Poll      `json:"poll"`
	// ServiceAction names what a service message tells, "pin_message" say.
	ServiceAction *string `json:"service_action"`
	IsPinned      bool    `json:"is_pinned"`
	// Deleted: the message is no longer there; the other fields are what was last
	// seen of it.
	Deleted   bool   `json:"deleted"`
	ScrapedAt string `json:"scraped_at"`
	// Raw is the whole object as the other side sent it.
	Raw json.RawMessage `json:"raw,omitempty"`
}

// Reaction is how often one reaction was given.
type Reaction struct {
	// Emoji is the character, or custom_emoji:ID, or paid.
	Emoji string `json:"emoji"`
	Count int64  `json:"count"`
}

// Entity is a marked part of the text.
type Entity struct {
	// Type is hashtag, mention, url, text_url, bold …
	Type string `json:"type"`
	// Offset and Length count UTF-16 units, as Telegram does.
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	Text   string `json:"text"`
	// URL, UserID and Language are of those types that have them.
	URL      string `json:"url,omitempty"`
	UserID   int64  `json:"user_id,omitempty"`
	Language string `json:"language,omitempty"`
	// EmojiID is a custom emoji's document.
	EmojiID int64 `json:"emoji_id,omitempty"`
}

// Forward says where a message was forwarded from.
type Forward struct {
	// Type is channel, user or chat; "" when only a name is known.
	Type       string `json:"type,omitempty"`
	ID         int64  `json:"id,omitempty"`
	Username   string `json:"username,omitempty"`
	Name       string `json:"name,omitempty"`
	MessageID  int64  `json:"message_id,omitempty"`
	PostAuthor string `json:"post_author,omitempty"`
	Date       string `json:"date,omitempty"`
}

// Poll is a question with its answers.
type Poll struct {
	ID       int64        `json:"id"`
	Question string       `json:"question"`
	Answers  []PollAnswer `json:"answers"`
	Voters   *int64       `json:"voters"`
	Closed   bool         `json:"closed"`
	Quiz     bool         `json:"quiz"`
	Multiple bool         `json:"multiple"`
}

// PollAnswer is one answer with its votes, nil when they are not known.
type PollAnswer struct {
	Text    string `json:"text"`
	Votes   *int64 `json:"votes"`
	Correct bool   `json:"correct,omitempty"`
}

// Same tells whether two records say the same of a message, whenever they were
// scraped. The whole object (Raw), what became of the image and the title of the
// channel don't count.
func (m Message) Same(o Message) bool {
	strip := func(m Message) []byte {
		m.ScrapedAt, m.Raw, m.ChannelTitle = "", nil, nil
		m.ImagePath, m.ImageSHA256, m.ImageBytes, m.ImageError = nil, nil, nil, nil
		text, err := encode(&m)
		if err != nil {
			return nil
		}
		return text
	}
	a, b := strip(m), strip(o)
	return a != nil && bytes.Equal(a, b)
}

// encode gives a record as one line of JSON, without the line's end.
func encode(m *Message) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return nil, err
	}
	return b.Bytes()[:b.Len()-1], nil
}

// Ptr gives a pointer to a value, for the fields that may be absent.
func Ptr[T any](v T) *T { return &v }
