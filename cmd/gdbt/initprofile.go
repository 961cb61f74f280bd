package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func (i *initializer) profilesFile() string {
	return filepath.Join(i.profilesDir(), config.ProfilesFile)
}

// readProfiles reads a profiles.yml; both are nil when there is none.
func readProfiles(path string) (*yamldoc.Document, *yamldoc.Map, error) {
	src, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("init: %w", err)
	}
	doc, err := yamldoc.Parse(path, src, yamldoc.Limits{})
	if err != nil {
		return nil, nil, err
	}
	v, err := doc.Value()
	if err != nil {
		return nil, nil, err
	}
	m, ok := v.(*yamldoc.Map)
	if !ok && v != nil {
		return nil, nil, diag.New(diag.RuntimeError, "%s holds no profiles: a mapping of names is needed", path)
	}
	return doc, m, nil
}

// setUpProfile writes the project's profile. One that is there stays, unless the user wants another. The project's
// profile_template.yml takes the place of the adapters' (docs.getdbt.com/reference/commands/init).
func (i *initializer) setUpProfile(ctx context.Context, name, projectDir string) error {
	i.bus.Emit(event.SettingUpProfile{})
	path := i.profilesFile()
	_, profiles, err := readProfiles(path)
	if err != nil {
		return err
	}
	if profiles.Has(name) {
		if !i.interactive {
			i.bus.Emit(event.Note{Msg: fmt.Sprintf("The profile %s already exists in %s; it is left as it is.", name, path)})
			return nil
		}
		yes, err := i.ask.confirm(ctx, fmt.Sprintf("The profile %s already exists in %s. Continue and overwrite it?", name, path))
		if err != nil || !yes {
			return err
		}
	}
	if template, err := projectTemplate(filepath.Join(projectDir, "profile_template.yml")); err != nil {
		i.bus.Emit(event.InvalidProfileTemplateYAML{})
	} else if template != nil {
		if err := i.fromTemplate(ctx, template, name, path); err != nil {
			return err
		}
		i.bus.Emit(event.ProfileWrittenWithProjectTemplateYAML{Name: name, Path: path})
		return nil
	}
	driver, err := i.driver(ctx)
	if err != nil {
		return err
	}
	template, err := parseTemplate("profile_template.yml", driver.ProfileTemplate())
	if err != nil {
		return err
	}
	if err := i.fromTemplate(ctx, template, name, path); err != nil {
		return err
	}
	i.bus.Emit(event.ProfileWrittenWithTargetTemplateYAML{Name: name, Path: path})
	return nil
}

// projectTemplate is the project's own template, nil when there is none.
func projectTemplate(path string) (*yamldoc.Map, error) {
	src, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseTemplate(path, src)
}

// parseTemplate checks that a template has its parts.
func parseTemplate(path string, src []byte) (*yamldoc.Map, error) {
	v, err := yamldoc.ToValue(path, src, yamldoc.Limits{})
	if err != nil {
		return nil, err
	}
	m, ok := v.(*yamldoc.Map)
	if !ok {
		return nil, fmt.Errorf("%s: no mapping", path)
	}
	for _, part := range []string{"fixed", "prompts"} {
		if v := m.Value(part); v != nil && m.Map(part) == nil {
			return nil, fmt.Errorf("%s: %s is no mapping", path, part)
		}
	}
	return m, nil
}

// driver is the warehouse of the profile: asked for in a terminal, else the first, which is DuckDB.
func (i *initializer) driver(ctx context.Context) (adapter.ProfileTemplater, error) {
	var names []string
	var known []adapter.ProfileTemplater
	for _, d := range drivers() {
		if t, ok := d.(adapter.ProfileTemplater); ok {
			names, known = append(names, d.Name()), append(known, t)
		}
	}
	if !i.interactive {
		return known[0], nil
	}
	n, err := i.ask.choose(ctx, "Which database would you like to use?\n", names, "\nEnter a number")
	if err != nil {
		return nil, err
	}
	return known[n], nil
}

// fromTemplate asks for what the template wants and writes the profile.
func (i *initializer) fromTemplate(ctx context.Context, template *yamldoc.Map, name, path string) error {
	target := yamldoc.NewMap()
	for key, v := range template.Map("fixed").All() {
		target.Set(key, v)
	}
	if err := i.fill(ctx, template.Map("prompts"), target); err != nil {
		return err
	}
	targetName := "dev"
	if v, ok := target.Delete("target"); ok {
		targetName = yamldoc.Text(v)
	}
	profile := yamldoc.NewMap(name, yamldoc.NewMap("target", targetName, "outputs", yamldoc.NewMap(targetName, target)))
	return addProfile(path, name, profileText(profile, 0))
}

// fill asks for the fields of prompts.
func (i *initializer) fill(ctx context.Context, prompts, target *yamldoc.Map) error {
	for key, v := range prompts.All() {
		if fixed, ok := strings.CutPrefix(key, "_fixed_"); ok {
			target.Set(fixed, v)
			continue
		}
		spec, _ := v.(*yamldoc.Map)
		if what, ok := strings.CutPrefix(key, "_choose_"); ok {
			if !i.interactive {
				return noDefault(key)
			}
			names := spec.Keys()
			n, err := i.ask.choose(ctx, "", names, fmt.Sprintf("Desired %s option (enter a number)", strings.ReplaceAll(what, "_", " ")))
			if err != nil {
				return err
			}
			if err := i.fill(ctx, spec.Map(names[n]), target); err != nil {
				return err
			}
			continue
		}
		q := question{text: key, def: spec.Value("default"), kind: spec.Str("type")}
		if hint := spec.Str("hint"); hint != "" {
			q.text += " (" + hint + ")"
		}
		q.secret, _ = spec.Value("hide_input").(bool)
		if !i.interactive {
			if q.def == nil {
				return noDefault(key)
			}
			target.Set(key, q.def)
			continue
		}
		value, err := i.ask.ask(ctx, q)
		if err != nil {
			return err
		}
		target.Set(key, value)
	}
	return nil
}

func noDefault(key string) error {
	return diag.New(diag.RuntimeError, "profile_template.yml asks for '%s', which has no default", key).WithHint("run init in a terminal, or write the profile by hand")
}

// profileText writes a mapping as YAML.
func profileText(m *yamldoc.Map, depth int) string {
	var b strings.Builder
	for key, v := range m.All() {
		b.WriteString(strings.Repeat("  ", depth) + yamlScalar(key) + ":")
		if sub, ok := v.(*yamldoc.Map); ok {
			b.WriteString("\n" + profileText(sub, depth+1))
			continue
		}
		b.WriteString(" " + yamlScalar(v) + "\n")
	}
	return b.String()
}

var plainScalar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// yamlScalar writes a value so that YAML reads the same.
func yamlScalar(v any) string {
	switch v := v.(type) {
	case string:
		if read, err := yamldoc.ToValue("", []byte(v), yamldoc.Limits{}); err == nil && read == any(v) && plainScalar.MatchString(v) {
			return v
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	}
	return yamldoc.Repr(v)
}

// addProfile puts a profile into profiles.yml: in the place of the one with this name, else at the end. All else stays as it
// is, comments too. The file is written under another name and renamed; only its owner may read a new one, for it may hold a
// password.
func addProfile(path, name, text string) error {
	doc, before, err := readProfiles(path)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o600)
	if doc != nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("init: %w", err)
		}
		mode = info.Mode().Perm()
		text = withProfile(doc, before, name, text)
	}
	// A file in an unusual form is left alone: what was there must be there afterwards.
	v, err := yamldoc.ToValue(path, []byte(text), yamldoc.Limits{})
	after, _ := v.(*yamldoc.Map)
	kept := err == nil && after.Has(name)
	for key, v := range before.All() {
		kept = kept && (key == name || yamldoc.Repr(after.Value(key)) == yamldoc.Repr(v))
	}
	if !kept {
		return diag.New(diag.RuntimeError, "The profile %s can't be added to %s without changing the rest of the file", name, path).
			WithHint("add it by hand, or write each profile of the file as a block of its own")
	}
	return replaceFile(path, []byte(text), mode)
}

// withProfile is the text of the file with the profile in it.
func withProfile(doc *yamldoc.Document, profiles *yamldoc.Map, name, text string) string {
	lines := strings.SplitAfter(string(doc.Src), "\n")
	if !profiles.Has(name) {
		src := strings.TrimRight(string(doc.Src), "\n")
		if src == "" {
			return text
		}
		return src + "\n\n" + text
	}
	start, end := doc.FindKey(nil, name).Line-1, len(lines)
	for _, key := range profiles.Keys() {
		if at := doc.FindKey(nil, key).Line - 1; at > start && at < end {
			end = at
		}
	}
	// Comments in front of the next profile are its own.
	for end > start+1 && (strings.TrimSpace(lines[end-1]) == "" || strings.HasPrefix(lines[end-1], "#")) {
		end--
	}
	return strings.Join(slices.Concat(lines[:start], []string{text}, lines[end:]), "")
}

// replaceFile writes a file under another name and renames it.
func replaceFile(path string, text []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			err = errors.Join(fmt.Errorf("init: %w", err), os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(text); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
