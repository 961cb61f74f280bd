package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// starter is a small project that works: PROJECT_NAME and PROFILE_NAME stand for the names.
//
//go:embed all:starter
var starter embed.FS

const profileDocs = "https://docs.getdbt.com/docs/configure-your-profile"

func initCommand() command {
	return command{
		use: "init [PROJECT_NAME]", short: "Start a project, or set up the profile of the one that is here", words: 1,
		long: "Makes a folder with a small project that works, and an entry in profiles.yml that says where its tables are built.\n" +
			"In a terminal it asks for the name, the warehouse and its fields; elsewhere it takes DuckDB and asks nothing.\n" +
			"Inside a project it sets up the profile only.",
		example: "  gdbt init shop && cd shop && gdbt build\n  gdbt init shop --skip-profile-setup",
		options: []func(*cobra.Command, *options){initOptions},
		run: func(ctx context.Context, s *session) (int, error) {
			err := (&initializer{session: s}).run(ctx)
			if errors.Is(err, errAborted) {
				fmt.Fprintln(s.stderr, "Aborted!")
				return exitFailed, nil
			}
			if err != nil {
				return exitUsage, err
			}
			return exitOK, nil
		},
	}
}

func initOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.add(boolValue{&o.skipProfile}, "skip-profile-setup", "s", "leave profiles.yml alone").NoOptDefVal = "true"
}

// initializer is init at work.
type initializer struct {
	*session
	ask *prompter
}

func (i *initializer) run(ctx context.Context) error {
	i.ask = i.prompter()
	dir := i.profilesDir()
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && !i.skipProfile {
		i.bus.Emit(event.ConfigFolderDirectory{Dir: dir})
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("init: %w", err)
		}
	}
	if _, err := os.Stat(filepath.Join(i.projectDir, config.ProjectFile)); err == nil {
		return i.inProject(ctx)
	}
	name, err := i.name(ctx)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(name); err == nil {
		i.bus.Emit(event.ProjectNameAlreadyExists{Name: name})
		return nil
	}
	profile := i.flags.Profile
	if profile != "" {
		_, profiles, err := readProfiles(i.profilesFile())
		if err != nil {
			return err
		}
		if !profiles.Has(profile) {
			return diag.New(diag.RuntimeError, "Could not find profile named '%s'", profile).WithHint("%s", diag.DidYouMean(profile, profiles.Keys()))
		}
	}
	if err := i.create(name, orElse(profile, name)); err != nil {
		return err
	}
	i.bus.Emit(event.ProjectCreated{ProjectName: name, DocsURL: profileDocs, Program: i.program()})
	if profile != "" || i.skipProfile {
		return nil
	}
	return i.setUpProfile(ctx, name, name)
}

// inProject sets up the profile of the project that is here.
func (i *initializer) inProject(ctx context.Context) error {
	if i.flags.Profile != "" {
		return diag.New(diag.RuntimeError, "Can not init existing project with specified profile, edit %s instead", config.ProjectFile)
	}
	if i.skipProfile {
		return nil
	}
	raw, err := config.ReadProject(i.projectDir)
	if err != nil {
		return err
	}
	vars, err := config.ParseVars(i.vars)
	if err != nil {
		return err
	}
	name, err := raw.ProfileName(config.RenderOptions{Env: i.env, Vars: vars})
	if err != nil {
		return err
	}
	if name == "" {
		return diag.New(diag.RuntimeError, "The project names no profile").At(config.ProjectFile, 0, 0).WithHint("add a line like `profile: %s`", orElse(raw.Name(), "name"))
	}
	return i.setUpProfile(ctx, name, i.projectDir)
}

// name is the project's name, asked for until it is valid.
func (i *initializer) name(ctx context.Context) (string, error) {
	name := ""
	if len(i.words) > 0 {
		name = i.words[0]
	}
	for {
		problem := projectNameProblem(name)
		if problem == "" {
			return name, nil
		}
		if !i.interactive {
			if fixed := validName(name); projectNameProblem(fixed) == "" {
				problem += " Did you mean '" + fixed + "'?"
			}
			return "", usagef(i.cmd, "%s", problem)
		}
		if name != "" {
			fmt.Fprintln(i.stdout, problem)
		}
		v, err := i.ask.ask(ctx, question{text: "Enter a name for your project (letters, digits, underscore)", kind: "string"})
		if err != nil {
			return "", err
		}
		name = v.(string)
	}
}

// projectNameProblem says why a project can't have this name, "" when it can.
func projectNameProblem(name string) string {
	if name == "" {
		return "init needs the name of the project: letters, digits, underscore."
	}
	internal := []string{"dbt"}
	for _, d := range drivers() {
		internal = append(internal, "dbt_"+d.Name())
	}
	for _, taken := range internal {
		if name == taken {
			return name + " is not a valid project name: it is that of a package of dbt."
		}
	}
	if !config.ValidProjectName(name) {
		return name + " is not a valid project name."
	}
	return ""
}

// validName puts underscores for what a name may not have.
func validName(name string) string {
	fixed := strings.Map(func(r rune) rune {
		if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	return strings.TrimLeft(fixed, "0123456789")
}

// create writes the starter to a folder of another name and renames it: there is a whole project or none.
func (i *initializer) create(name, profile string) (err error) {
	i.bus.Emit(event.StarterProjectPath{Dir: "starter"})
	temp, err := os.MkdirTemp(".", "."+name+".")
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	names := strings.NewReplacer("PROJECT_NAME", name, "PROFILE_NAME", profile)
	err = fs.WalkDir(starter, "starter", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(temp, filepath.FromSlash(strings.TrimPrefix(path, "starter")))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		text, err := starter.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, []byte(names.Replace(string(text))), 0o644)
	})
	if err == nil {
		err = os.Chmod(temp, 0o755)
	}
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	return nil
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
