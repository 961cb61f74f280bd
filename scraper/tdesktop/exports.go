package tdesktop

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// find lists the exports in a folder and in its folders, by their names: Telegram
// Desktop's result.json, and tdl's (its default is tdl-export.json).
func find(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	files := exports(folder, entries)
	for _, e := range entries {
		dir := filepath.Join(folder, e.Name())
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue // also a link to nowhere
		}
		below, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		files = append(files, exports(dir, below)...)
	}
	slices.Sort(files)
	return files, nil
}

// exports are those of a folder's entries that are exports by their names.
func exports(dir string, entries []fs.DirEntry) []string {
	var files []string
	for _, e := range entries {
		name := e.Name()
		if name == "result.json" || strings.HasPrefix(name, "tdl") && strings.HasSuffix(name, ".json") {
			files = append(files, filepath.Join(dir, name))
		}
	}
	return files
}

// tdlName names the channel of a tdl export, which has only its number: by the
// file (tdl-shop.json), or by its folder where the file has tdl's own name.
func tdlName(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), ".json")
	if rest := strings.TrimLeft(strings.TrimPrefix(name, "tdl"), "-_"); rest != "" && rest != "export" {
		return rest
	}
	return filepath.Base(filepath.Dir(file))
}

// message is a message in the words of both programs. tdl's have a date in
// seconds, and with --raw the object as gotd prints it.
type message struct {
	ID       int64           `json:"id"`
	Type     string          `json:"type"`
	Unix     string          `json:"date_unixtime"`
	Date     json.RawMessage `json:"date"`
	Edited   string          `json:"edited_unixtime"`
	Text     json.RawMessage `json:"text"`
	Action   string          `json:"action"`
	Author   string          `json:"author"`
	ReplyTo  int64           `json:"reply_to_message_id"`
	Forward  string          `json:"forwarded_from"`
	Photo    string          `json:"photo"`
	File     string          `json:"file"`
	Media    string          `json:"media_type"`
	Reaction []struct {
		Emoji string `json:"emoji"`
		Count int64  `json:"count"`
	} `json:"reactions"`
	Poll *struct {
		Question flat  `json:"question"`
		Closed   bool  `json:"closed"`
		Voters   int64 `json:"total_voters"`
		Answers  []struct {
			Text   flat  `json:"text"`
			Voters int64 `json:"voters"`
		} `json:"answers"`
	} `json:"poll"`
	Raw *struct {
		Date, EditDate, Views, Forwards int64
		GroupedID                       int64
		Message, PostAuthor             string
	} `json:"raw"`
}

// seconds is when the message was sent, in seconds since 1970.
func (m *message) seconds() (int64, error) {
	switch {
	case m.Unix != "":
		return strconv.ParseInt(m.Unix, 10, 64)
	case m.Raw != nil && m.Raw.Date > 0:
		return m.Raw.Date, nil
	case len(m.Date) > 0 && m.Date[0] != '"':
		return strconv.ParseInt(string(m.Date), 10, 64)
	}
	return 0, errors.New("it has no date in seconds: export with tdl's --with-content or --raw, or with a newer Telegram Desktop")
}

// entityTypes are the marks of Telegram Desktop that the lake calls otherwise.
var entityTypes = map[string]string{"link": "url", "text_link": "text_url", "strikethrough": "strike"}

// plain joins a text that may be a list of texts and marked parts, and tells
// where the marks stand.
func plain(raw json.RawMessage) (string, []lakewriter.Entity, error) {
	if len(raw) == 0 {
		return "", nil, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, nil, nil
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return "", nil, err
	}
	var out strings.Builder
	var marks []lakewriter.Entity
	offset := 0
	for _, p := range parts {
		var marked struct {
			Type, Text, Href string
		}
		if json.Unmarshal(p, &text) == nil {
			marked.Text = text
		} else if err := json.Unmarshal(p, &marked); err != nil {
			return "", nil, err
		}
		length := utf16Len(marked.Text)
		if marked.Type != "" && marked.Type != "plain" {
			kind := marked.Type
			if ours, ok := entityTypes[kind]; ok {
				kind = ours
			}
			marks = append(marks, lakewriter.Entity{Type: kind, Offset: offset, Length: length, Text: marked.Text, URL: marked.Href})
		}
		out.WriteString(marked.Text)
		offset += length
	}
	return out.String(), marks, nil
}

// flat is a text without its marks.
type flat string

func (f *flat) UnmarshalJSON(raw []byte) error {
	text, _, err := plain(raw)
	*f = flat(text)
	return err
}

// utf16Len is the length that Telegram counts.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}
