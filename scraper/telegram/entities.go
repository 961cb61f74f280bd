package telegram

import (
	"unicode/utf16"

	"github.com/gotd/td/tg"

	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// entities are the marked parts of a text.
func entities(text string, marks []tg.MessageEntityClass) []lakewriter.Entity {
	if len(marks) == 0 {
		return nil
	}
	units := utf16.Encode([]rune(text))
	out := make([]lakewriter.Entity, 0, len(marks))
	for _, m := range marks {
		e := lakewriter.Entity{Type: entityType(m), Offset: m.GetOffset(), Length: m.GetLength()}
		// What a server sends may lie outside of the text.
		if from, to := e.Offset, e.Offset+e.Length; from >= 0 && to >= from && to <= len(units) {
			e.Text = string(utf16.Decode(units[from:to]))
		}
		switch m := m.(type) {
		case *tg.MessageEntityTextURL:
			e.URL = m.URL
		case *tg.MessageEntityURL:
			e.URL = e.Text
		case *tg.MessageEntityMentionName:
			e.UserID = m.UserID
		case *tg.MessageEntityPre:
			e.Language = m.Language
		case *tg.MessageEntityCustomEmoji:
			e.EmojiID = m.DocumentID
		}
		out = append(out, e)
	}
	return out
}

func entityType(m tg.MessageEntityClass) string {
	switch m.(type) {
	case *tg.MessageEntityMention:
		return "mention"
	case *tg.MessageEntityHashtag:
		return "hashtag"
	case *tg.MessageEntityBotCommand:
		return "bot_command"
	case *tg.MessageEntityURL:
		return "url"
	case *tg.MessageEntityEmail:
		return "email"
	case *tg.MessageEntityBold:
		return "bold"
	case *tg.MessageEntityItalic:
		return "italic"
	case *tg.MessageEntityCode:
		return "code"
	case *tg.MessageEntityPre:
		return "pre"
	case *tg.MessageEntityTextURL:
		return "text_url"
	case *tg.MessageEntityMentionName:
		return "mention_name"
	case *tg.MessageEntityPhone:
		return "phone"
	case *tg.MessageEntityCashtag:
		return "cashtag"
	case *tg.MessageEntityUnderline:
		return "underline"
	case *tg.MessageEntityStrike:
		return "strike"
	case *tg.MessageEntityBankCard:
		return "bank_card"
	case *tg.MessageEntitySpoiler:
		return "spoiler"
	case *tg.MessageEntityCustomEmoji:
		return "custom_emoji"
	case *tg.MessageEntityBlockquote:
		return "blockquote"
	}
	return "unknown"
}
