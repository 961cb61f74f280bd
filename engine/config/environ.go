package config

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// SecretPrefix starts the names of environment variables whose values are
// secret: allowed in profiles.yml and packages.yml only, never printed.
const SecretPrefix = "DBT_ENV_SECRET"

// Environ reads environment variables and records which were read. Safe for
// concurrent use.
type Environ struct {
	lookup func(string) (string, bool)
	names  func() []string

	mu   sync.Mutex
	read map[string]string
}

// OSEnviron reads the process's environment.
func OSEnviron() *Environ {
	return &Environ{lookup: os.LookupEnv, names: func() []string {
		var out []string
		for _, kv := range os.Environ() {
			if k, _, ok := strings.Cut(kv, "="); ok && k != "" {
				out = append(out, k)
			}
		}
		return out
	}}
}

// MapEnviron reads a fixed environment.
func MapEnviron(env map[string]string) *Environ {
	env = maps.Clone(env)
	return &Environ{
		lookup: func(k string) (string, bool) { v, ok := env[k]; return v, ok },
		names:  func() []string { return slices.Collect(maps.Keys(env)) },
	}
}

// Lookup reads a variable without recording it. A variable of an option has two names, DBT_ENGINE_X and DBT_X: where one
// is set the other has its value, and the first wins (dbt/cli/requires.py).
func (e *Environ) Lookup(name string) (string, bool) {
	if e == nil {
		return "", false
	}
	option, engine := strings.CutPrefix(name, "DBT_ENGINE_")
	if !engine {
		var ok bool
		if option, ok = strings.CutPrefix(name, "DBT_"); !ok {
			return e.lookup(name)
		}
	}
	if !optionVars()[option] {
		return e.lookup(name)
	}
	if v, ok := e.lookup("DBT_ENGINE_" + option); ok {
		return v, true
	}
	return e.lookup("DBT_" + option)
}

// own reads the variable of this very name.
func (e *Environ) own(name string) (string, bool) {
	if e == nil {
		return "", false
	}
	return e.lookup(name)
}

// Names lists the variables that are set, sorted.
func (e *Environ) Names() []string {
	if e == nil {
		return nil
	}
	out := e.names()
	slices.Sort(out)
	return out
}

// Secrets lists the values of the secret variables, longest first.
func (e *Environ) Secrets() []string {
	var out []string
	for _, n := range e.Names() {
		if v, _ := e.Lookup(n); strings.HasPrefix(n, SecretPrefix) && strings.TrimSpace(v) != "" {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

// customPrefix starts the variables that artifacts and log lines carry.
const customPrefix = "DBT_ENV_CUSTOM_ENV_"

// CustomEnvs returns the DBT_ENV_CUSTOM_ENV_ variables without their prefix: the
// `env` of artifacts, Jinja's dbt_metadata_envs.
func (e *Environ) CustomEnvs() map[string]string {
	out := map[string]string{}
	for _, n := range e.Names() {
		if short, ok := strings.CutPrefix(n, customPrefix); ok {
			out[short], _ = e.Lookup(n)
		}
	}
	return out
}

// defaultPlaceholder is recorded when a default stood in for a missing variable.
const defaultPlaceholder = "$$$DBT_DEFAULT_ENV_VAR_VALUE$$$"

// Record notes a variable as read; value is its value, and fromDefault tells that
// the variable was not set. Secrets are not recorded.
func (e *Environ) Record(name, value string, fromDefault bool) {
	if e == nil || strings.HasPrefix(name, SecretPrefix) {
		return
	}
	if fromDefault {
		value = defaultPlaceholder
	}
	e.mu.Lock()
	if e.read == nil {
		e.read = map[string]string{}
	}
	e.read[name] = value
	e.mu.Unlock()
}

// Recorded returns the variables read so far with their values.
func (e *Environ) Recorded() map[string]string {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.read)
}
