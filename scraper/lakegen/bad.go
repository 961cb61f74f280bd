package main

import (
	"fmt"
	"strings"
)

// badLake has a file for each kind of fault; what else is in the files loads.
func badLake() map[string][]byte {
	files := map[string][]byte{}
	add := func(name, text string) {
		files["raw/telegram_messages/2025-03-03/"+name+".json"] = []byte(text)
	}
	good := func(id int) string {
		return fmt.Sprintf(`{"message_id": %d, "channel_name": "demo_bad", "message_date": "2025-03-01T10:00:00+00:00", "message_text": "ሰላም %d", "has_media": false, "views": 10, "forwards": 0, "scraped_at": "2025-03-03T15:30:00.000000"}`, id, id)
	}
	swap := func(id int, old, new string) string {
		text := good(id)
		if !strings.Contains(text, old) {
			panic("lakegen: " + old + " is not in a record")
		}
		return strings.Replace(text, old, new, 1)
	}
	array := func(records ...string) string { return "[\n    " + strings.Join(records, ",\n    ") + "\n]\n" }

	add("bad_date", array(good(1),
		swap(2, "2025-03-01T", "2025-02-30T"),
		swap(3, "2025-03-01T10:00:00+00:00", "yesterday"),
		swap(4, "2025-03-03T15:30:00.000000", "15:30"),
		good(5)))
	add("bad_text", array(good(11),
		swap(12, "ሰላም", `nul \u0000`),
		swap(13, "ሰላም", `half \ud83d`),
		swap(14, "ሰላም", "byte \xff"),
		good(15)))
	add("byte_order_mark", "\xEF\xBB\xBF"+array(good(21)))
	add("cut_off", strings.TrimSuffix(array(good(31), good(32)), " 0, \"scraped_at\": \"2025-03-03T15:30:00.000000\"}\n]\n"))
	add("empty", "")
	add("malformed", array(good(41),
		swap(42, `"views": 10`, `"views": `),
		swap(43, `, "views"`, ` "views"`),
		swap(44, `ሰላም 44"`, `ሰላም 44`), // the text is not closed
		good(45),
		swap(46, `.000000"}`, `.000000"`), // the record is not closed
		good(47)))
	add("malformed_one_line", "["+strings.Join([]string{good(51),
		swap(52, `ሰላም 52"`, `ሰላም 52`), good(53), swap(54, `.000000"}`, `.000000"`), good(55)}, ", ")+"]")
	add("missing_field", array(good(61),
		swap(62, `"message_id": 62, `, ""),
		swap(63, `"channel_name": "demo_bad", `, ""),
		swap(64, `"2025-03-01T10:00:00+00:00"`, "null"),
		good(65)))
	add("not_an_array", `{"messages": [`+good(71)+"]}\n")
	add("not_json", "<html><body>502 Bad Gateway</body></html>\n")
	add("unknown_keys", array(swap(81, `"views": 10`, `"views": 10, "poll": {"question": "ጥያቄ", "answers": [1, 2]}, "via_bot": null`)))
	add("wrong_type", array(good(91),
		swap(92, `"message_id": 92`, `"message_id": "92"`),
		swap(93, `"views": 10`, `"views": "many"`),
		swap(94, `"message_id": 94`, `"message_id": 18446744073709551616`),
		swap(95, `"has_media": false`, `"has_media": "no"`),
		`"not an object"`,
		good(96)))
	return files
}
