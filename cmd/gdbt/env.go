package main

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
)

func (p *process) lookupEnv(name string) (string, bool) {
	for _, e := range p.environ() {
		if n, v, ok := strings.Cut(e, "="); ok && n == name {
			return v, true
		}
	}
	return "", false
}

func (p *process) environment() *config.Environ {
	env := map[string]string{}
	for _, e := range p.environ() {
		if name, value, ok := strings.Cut(e, "="); ok && name != "" {
			env[name] = value
		}
	}
	return config.MapEnviron(env)
}

// customEnv are the DBT_ENV_CUSTOM_ENV_* variables without their prefix: they go into logs and artifacts.
func customEnv(environ []string) map[string]string {
	const prefix = "DBT_ENV_CUSTOM_ENV_"
	found := map[string]string{}
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok && strings.HasPrefix(name, prefix) {
			found[strings.TrimPrefix(name, prefix)] = value
		}
	}
	return found
}

// clock is the time of the run: time.Now, or the fixed time of GDBT_NOW, which makes runs repeatable. It is nil when
// GDBT_NOW is no time.
func clock(lookup func(string) (string, bool)) func() time.Time {
	text, ok := lookup("GDBT_NOW")
	if !ok || text == "" {
		return time.Now
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return func() time.Time { return t }
		}
	}
	return nil
}

// newInvocationID makes a random UUID (version 4).
func newInvocationID() string {
	var b [16]byte
	// crypto/rand.Read never fails: it ends the program instead.
	_, _ = rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
