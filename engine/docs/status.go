package docs

import (
	"fmt"
	"strings"
	"time"
)

// status is the outcome of the last run for a resource.
func (s *site) status(e *entry) *status {
	if f := s.fresh[e.id]; f != nil {
		st := &status{Class: statusClass(f.Status), Text: map[string]string{"pass": "fresh", "warn": "stale (warning)", "error": "stale", "runtime error": "not known"}[f.Status]}
		if f.MaxLoadedAt != nil {
			st.Detail = "loaded " + f.MaxLoadedAt.UTC().Format("2006-01-02 15:04") + " UTC, " + duration(f.Age) + " before the check"
		} else {
			st.Detail = text(f.Error)
		}
		return st
	}
	r := s.results[e.id]
	if r == nil {
		return nil
	}
	st := &status{Class: statusClass(r.Status), Text: r.Status}
	switch {
	case r.Failures != nil && *r.Failures > 0 && (r.Status == "fail" || r.Status == "warn"):
		st.Detail = fmt.Sprintf("%d failing row", *r.Failures)
		if *r.Failures != 1 {
			st.Detail += "s"
		}
	case st.Class == "bad" && r.Message != nil:
		st.Detail = s.said(*r.Message)
	case r.ExecutionTime > 0:
		st.Detail = duration(r.ExecutionTime)
	}
	return st
}

// statusClass is ok, warn, bad or skip.
func statusClass(status string) string {
	switch status {
	case "success", "pass":
		return "ok"
	case "warn", "partial success":
		return "warn"
	case "error", "fail", "runtime error":
		return "bad"
	}
	return "skip"
}

// duration prints seconds for readers.
func duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 48*time.Hour:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// said is the text of an error, which may quote code below its first line.
func (s *site) said(text string) string {
	if s.in.NoSQL {
		text, _, _ = strings.Cut(text, "\n")
	}
	return text
}
