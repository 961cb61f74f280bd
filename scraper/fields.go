package scraper

import (
	"slices"
	"strings"
)

// fieldType is the JSON type that a field must have.
type fieldType uint8

const (
	integerField fieldType = iota
	textField
	boolField
	dateField // ISO 8601 text, kept as sent
	imageField
	jsonField   // any JSON, kept as compact text
	originField // text, or any JSON kept as compact text
)

// field is a key of a message record and its column in the raw table.
type field struct {
	name     string
	typ      fieldType
	required bool
	// ours is a key that other scrapers may use for something else: of another
	// type, it stays what it is, in the column of all further keys.
	ours bool
}

// takes tells whether a field can be of a JSON kind.
func (f *field) takes(k valueKind) bool {
	switch f.typ {
	case integerField:
		return k == numberValue
	case boolField:
		return k == boolValue
	case jsonField, originField:
		return true
	}
	return k == stringValue
}

// messageFields are the known keys, in the order of the raw table's columns.
var messageFields = [...]field{
	{name: "message_id", typ: integerField, required: true},
	{name: "channel_name", typ: textField, required: true},
	{name: "channel_id", typ: integerField, ours: true},
	{name: "channel_title", typ: textField},
	{name: "message_date", typ: dateField, required: true},
	{name: "edit_date", typ: dateField},
	{name: "message_text", typ: textField},
	{name: "has_media", typ: boolField},
	{name: "media_type", typ: textField},
	{name: "media_id", typ: integerField, ours: true},
	{name: "image_path", typ: imageField},
	{name: "image_sha256", typ: textField, ours: true},
	{name: "image_bytes", typ: integerField, ours: true},
	{name: "image_error", typ: textField, ours: true},
	{name: "views", typ: integerField},
	{name: "forwards", typ: integerField},
	{name: "replies", typ: integerField},
	{name: "reactions", typ: jsonField},
	{name: "is_reply", typ: boolField},
	{name: "reply_to_msg_id", typ: integerField},
	{name: "grouped_id", typ: integerField},
	{name: "forward_from", typ: originField},
	{name: "post_author", typ: textField},
	{name: "entities", typ: jsonField},
	{name: "poll", typ: jsonField},
	{name: "service_action", typ: textField, ours: true},
	{name: "is_pinned", typ: boolField, ours: true},
	{name: "deleted", typ: boolField, ours: true},
	{name: "scraped_at", typ: dateField},
	{name: "raw", typ: jsonField},
}

const fieldCount = len(messageFields)

// fieldIndex finds a known key; -1 for another one.
func fieldIndex(key string) int {
	for i := range messageFields {
		if messageFields[i].name == key {
			return i
		}
	}
	return -1
}

// aliasIndex finds the field that another scraper's key stands for; -1 when
// there is none. A record that has the field itself keeps it.
func aliasIndex(key string) int {
	switch key {
	case "id":
		return fieldIndex("message_id")
	case "date":
		return fieldIndex("message_date")
	case "text":
		return fieldIndex("message_text")
	case "channel", "channel_username":
		return fieldIndex("channel_name")
	case "reply_to_message_id":
		return fieldIndex("reply_to_msg_id")
	case "fwd_from":
		return fieldIndex("forward_from")
	}
	return -1
}

// column is a column of one of the loader's tables.
type column struct {
	name, sqlType string
}

func (t fieldType) sqlType() string {
	switch t {
	case integerField:
		return "bigint"
	case boolField:
		return "boolean"
	}
	return "text"
}

// rawColumns are the raw table's: the fields, what is in no field, and where
// the record came from.
func rawColumns() []column {
	cols := make([]column, 0, fieldCount+5)
	for _, f := range messageFields {
		cols = append(cols, column{f.name, f.typ.sqlType()})
	}
	return append(cols,
		column{"extra", "text"},
		column{"lake_file", "text"},
		column{"lake_row", "bigint"},
		column{"scrape_date", "date"},
		column{"loaded_at", "timestamp"},
	)
}

func rejectColumns() []column {
	return []column{
		{"lake_file", "text"},
		{"lake_row", "bigint"},
		{"line_number", "bigint"},
		{"column_number", "bigint"},
		{"byte_offset", "bigint"},
		{"kind", "text"},
		{"field", "text"},
		{"reason", "text"},
		{"raw_text", "text"},
		{"raw_bytes", "bigint"},
		{"scrape_date", "date"},
		{"loaded_at", "timestamp"},
	}
}

// metricsColumns are those of the history of what changes about a message. The
// primary key is its first four.
func metricsColumns() []column {
	return []column{
		{"source_table", "text"},
		{"channel_name", "text"},
		{"message_id", "bigint"},
		{"observed_at", "timestamp"},
		{"channel_id", "bigint"},
		{"views", "bigint"},
		{"forwards", "bigint"},
		{"replies", "bigint"},
		{"reactions", "text"},
		{"edit_date", "text"},
		{"text_md5", "text"},
		{"deleted", "boolean"},
		{"scrape_date", "date"},
		{"lake_file", "text"},
		{"lake_row", "bigint"},
		{"loaded_at", "timestamp"},
	}
}

func loadColumns() []column {
	return []column{
		{"lake_file", "text"},
		{"sha256", "text"},
		{"byte_count", "bigint"},
		{"row_count", "bigint"},
		{"reject_count", "bigint"},
		{"scrape_date", "date"},
		{"loaded_at", "timestamp"},
	}
}

func columnNames(cols []column) []string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.name
	}
	return names
}

func missingColumns(cols []column, have []string) []column {
	var out []column
	for _, c := range cols {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, c.name) }) {
			out = append(out, c)
		}
	}
	return out
}
