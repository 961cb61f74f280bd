package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/config"
)

func retryCommand() command {
	return command{
		use: "retry", short: "Run again what failed or was skipped in the last run, with its options",
		options: []func(*cobra.Command, *options){fullRefreshOption, threadsOption},
		run: func(ctx context.Context, s *session) (int, error) {
			former, err := s.takeUp()
			if err != nil {
				return exitUsage, err
			}
			return onNodes(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
				return p.Retry(ctx, former)
			})(ctx, s)
		},
	}
}

// takeUp reads the last run's results and gives the session its command, flags and options. What the command line of
// retry says goes before them; --state tells where the results are.
func (s *session) takeUp() (*engine.Former, error) {
	dir := s.flags.State
	if dir == "" {
		var err error
		if dir, err = s.targetPath(); err != nil {
			return nil, err
		}
	}
	former, err := engine.ReadFormer(s.projectDir, dir)
	if err != nil {
		return nil, err
	}
	if s.vars == "" {
		if s.vars, err = former.Vars(); err != nil {
			return nil, err
		}
	}
	given := former.Flags()
	for name, v := range s.given {
		if name != "state" {
			given[name] = v
		}
	}
	now := s.flags
	if s.flags, _, err = config.ResolveFlags(given, s.env, s.block); err != nil {
		return nil, asUsage(s.cmd, err)
	}
	s.flags.Which, s.flags.ProjectDir, s.flags.LogPath = former.Command, now.ProjectDir, now.LogPath
	s.given, s.formerArgs = given, former.Options()
	return former, s.checkFlags()
}

// targetPath is the target folder as the flags or the project name it.
func (s *session) targetPath() (string, error) {
	if s.flags.TargetPath != "" {
		return s.flags.TargetPath, nil
	}
	raw, err := config.ReadProject(s.projectDir)
	if err != nil {
		return "", err
	}
	vars, err := config.ParseVars(s.vars)
	if err != nil {
		return "", err
	}
	return raw.TargetPath(config.RenderOptions{Env: s.env, Vars: vars})
}
