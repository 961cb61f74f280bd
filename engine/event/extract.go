package event

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// SourceExtractStart is ours: a source table's plugin begins to fill the lake.
type SourceExtractStart struct {
	UniqueID string `log:"unique_id"`
	Relation string `log:"relation"`
	Plugin   string `log:"plugin"`
	Index    int    `log:"index"`
	Total    int    `log:"total"`
}

func (SourceExtractStart) Kind() Kind { return Kind{"SourceExtractStart", "G005", Info} }
func (e SourceExtractStart) Message(s Style) string {
	return s.fancy("START extract "+e.Relation+" ("+e.Plugin+")", "RUN", e.Index, e.Total, noTime, false)
}

// SourceExtractProgress is ours: how far a channel is. Now and then it is told at level info, for those who read lines.
type SourceExtractProgress struct {
	UniqueID string `log:"unique_id"`
	Channel  string `log:"channel"`
	// State is connecting, reading, waiting or finished.
	State      string `log:"state"`
	Messages   int    `log:"messages"`
	OfMessages int    `log:"of_messages"` // 0 when it is not known
	Images     int    `log:"images"`
	OfImages   int    `log:"of_images"`
	Bytes      int    `log:"bytes"`
	// Until is when the wait ends and Why who asks for it.
	Until time.Time `log:"until"`
	Why   string    `log:"why"`
}

func (SourceExtractProgress) Kind() Kind { return Kind{"SourceExtractProgress", "G006", Debug} }
func (e SourceExtractProgress) Message(Style) string {
	s := fmt.Sprintf("%s: %s", e.Channel, e.State)
	if e.State == "waiting" {
		return s + " until " + e.Until.UTC().Format("15:04:05") + ", then " + e.Why
	}
	return s + ", " + e.counts(" of ")
}

// counts says what was read; of stands between a count and the whole.
func (e SourceExtractProgress) counts(of string) string {
	part := func(n, total int, word string) string {
		if total > 0 {
			return fmt.Sprintf("%d%s%s", n, of, Plural(total, word))
		}
		return Plural(n, word)
	}
	return part(e.Messages, e.OfMessages, "message") + ", " + part(e.Images, e.OfImages, "image") + ", " + megabytes(e.Bytes)
}

func megabytes(n int) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// barWidth is how wide the bar of a channel is, nameWidth what its name takes at least: with the counts of some hundreds the
// line fits 80 columns.
const (
	barWidth  = 15
	nameWidth = 16
)

// bar is the channel's line in the live view.
func (e SourceExtractProgress) bar(now time.Time) string {
	name := e.Channel
	if n := columns(name); n < nameWidth {
		name += strings.Repeat(" ", nameWidth-n)
	}
	if left := e.Until.Sub(now); e.State == "waiting" && left > 0 {
		return name + " waits " + short(left) + " as Telegram asks, then " + e.Why
	}
	if e.State == "connecting" {
		return name + " connects"
	}
	done := 0
	if e.OfMessages > 0 {
		done = min(barWidth, e.Messages*barWidth/e.OfMessages)
	}
	return name + " [" + strings.Repeat("#", done) + strings.Repeat("-", barWidth-done) + "] " + e.counts("/")
}

// SourceExtractLine is ours: what a plugin has to tell while it works.
type SourceExtractLine struct {
	UniqueID string `log:"unique_id"`
	Channel  string `log:"channel"`
	Msg      string `log:"msg"`
}

func (SourceExtractLine) Kind() Kind { return Kind{"SourceExtractLine", "G007", Debug} }
func (e SourceExtractLine) Message(Style) string {
	if e.Channel == "" {
		return e.Msg
	}
	return e.Channel + ": " + e.Msg
}

// ExtractedChannel is what came of a channel. Status is success, partial or error; Msg says why it is not success.
type ExtractedChannel struct {
	Channel       string  `log:"channel"`
	ChannelID     int     `log:"channel_id"`
	Status        string  `log:"status"`
	Messages      int     `log:"messages"`
	Refreshed     int     `log:"refreshed"`
	Deleted       int     `log:"deleted"`
	Images        int     `log:"images"`
	ImagesKept    int     `log:"images_kept"`
	Bytes         int     `log:"bytes"`
	Waits         int     `log:"waits"`
	Waited        float64 `log:"waited"`
	Errors        int     `log:"errors"`
	FirstID       int     `log:"first_id"`
	LastID        int     `log:"last_id"`
	ExecutionTime float64 `log:"execution_time"`
	Msg           string  `log:"msg"`
}

// level is how bad the channel's end is.
func (c ExtractedChannel) level() Level {
	switch c.Status {
	case "partial":
		return Warn
	case "error":
		return Error
	}
	return Info
}

// SourceExtractChannel is ours: a channel ended.
type SourceExtractChannel struct {
	UniqueID string           `log:"unique_id"`
	Result   ExtractedChannel `log:"result"`
}

func (e SourceExtractChannel) Kind() Kind {
	return Kind{"SourceExtractChannel", "G008", e.Result.level()}
}
func (e SourceExtractChannel) Message(s Style) string {
	r := e.Result
	status := s.Green(fmt.Sprintf("EXTRACT %d", r.Messages))
	word := "OK extracted "
	switch r.Status {
	case "partial":
		status, word = s.Yellow(fmt.Sprintf("PARTIAL %d", r.Messages)), "PARTIAL extract of "
	case "error":
		status, word = s.Red("ERROR"), "ERROR extracting "
	}
	line := s.fancy(word+r.Channel, status, 0, 0, r.ExecutionTime, false)
	if r.Msg != "" {
		line += "\n" + r.Msg
	}
	return line
}

// SourceExtractSummary is ours: what all channels of an invocation did, with a table.
type SourceExtractSummary struct {
	Channels []ExtractedChannel `log:"channels"`
	Total    ExtractedChannel   `log:"total"`
	Lake     string             `log:"lake"`
}

func (e SourceExtractSummary) Kind() Kind {
	return Kind{"SourceExtractSummary", "G009", e.Total.level()}
}
func (e SourceExtractSummary) Message(s Style) string {
	head := []string{"channel", "messages", "refreshed", "deleted", "images", "MB", "waits", "errors", "status"}
	row := func(c ExtractedChannel) []string {
		waits := fmt.Sprint(c.Waits)
		if c.Waited > 0 {
			waits += " (" + short(seconds(c.Waited)) + ")"
		}
		return []string{c.Channel, fmt.Sprint(c.Messages), fmt.Sprint(c.Refreshed), fmt.Sprint(c.Deleted), fmt.Sprint(c.Images),
			fmt.Sprintf("%.1f", float64(c.Bytes)/1e6), waits, fmt.Sprint(c.Errors), c.Status}
	}
	rows := [][]string{head}
	for _, c := range e.Channels {
		rows = append(rows, row(c))
	}
	rows = append(rows, row(e.Total))
	widths := make([]int, len(head))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		for i, cell := range r {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			switch i {
			case 0:
				b.WriteString(cell + pad)
			case len(r) - 1:
				b.WriteString("  " + paintStatus(s, cell))
			default:
				b.WriteString("  " + pad + cell)
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString("in the lake " + e.Lake)
	return b.String()
}

func paintStatus(s Style, status string) string {
	switch status {
	case "success":
		return s.Green(status)
	case "partial":
		return s.Yellow(status)
	case "error":
		return s.Red(status)
	}
	return status
}

// SourceVerifyProblem is ours: one thing that is wrong with a lake.
type SourceVerifyProblem struct {
	UniqueID string `log:"unique_id"`
	File     string `log:"file"`
	Problem  string `log:"problem"`
	Msg      string `log:"msg"`
}

func (SourceVerifyProblem) Kind() Kind { return Kind{"SourceVerifyProblem", "G010", Error} }
func (e SourceVerifyProblem) Message(s Style) string {
	return s.Red(e.Problem) + ": " + e.File + ": " + e.Msg
}

// SourceVerifyResult is ours: a lake was checked.
type SourceVerifyResult struct {
	UniqueID string `log:"unique_id"`
	Lake     string `log:"lake"`
	Files    int    `log:"files"`
	Messages int    `log:"messages"`
	Images   int    `log:"images"`
	Gaps     int    `log:"gaps"`
	Bytes    int    `log:"bytes"`
	Problems int    `log:"problems"`
	Msg      string `log:"msg"`
}

func (e SourceVerifyResult) Kind() Kind {
	if e.Problems > 0 {
		return Kind{"SourceVerifyResult", "G011", Error}
	}
	return Kind{"SourceVerifyResult", "G011", Info}
}
func (e SourceVerifyResult) Message(s Style) string {
	paint := s.Green
	if e.Problems > 0 {
		paint = s.Red
	}
	return e.Lake + ": " + paint(e.Msg)
}

// SourceLoginResult is ours: somebody is signed in.
type SourceLoginResult struct {
	Plugin      string `log:"plugin"`
	Account     string `log:"account"`
	SessionFile string `log:"session_file"`
	Encrypted   bool   `log:"encrypted"`
	Already     bool   `log:"already"`
}

func (SourceLoginResult) Kind() Kind { return Kind{"SourceLoginResult", "G012", Info} }
func (e SourceLoginResult) Message(s Style) string {
	word := "Signed in to "
	if e.Already {
		word = "Already signed in to "
	}
	how := "readable by you only"
	if e.Encrypted {
		how = "encrypted"
	}
	return word + e.Plugin + " as " + s.Green(e.Account) + "; the session is in " + e.SessionFile + " (" + how + ")"
}
